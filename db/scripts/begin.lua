-- begin - takes a place before anything is evaluated (I-7). Failures and
-- places together are never more than FAILURES, so a lock leaves no place. It
-- has as many of its own: who asks often at once hears the same of a name that
-- is locked as of any other (I-15).
--
-- ARGV[7]: locks in a row that PostgreSQL knows   ARGV[8]: life of a place, ms
-- ARGV[9]: by Redis' clock, ms: whoever asked has given up by then (F-25)
-- Returns: what (0 go, 1 locked, 2 busy), lock's number, its end in ms

local floor = tonumber(ARGV[7])
local life_ms = tonumber(ARGV[8])
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
if clock > tonumber(ARGV[9]) then
	refuse('LATE')
end
if redis.call('HEXISTS', OP, 'question') == 1 then
	refuse('REUSED')
end

local number, ends = read_lock()
local failures, whence = read_try()
local locks = read_counter(LOCKS)
local places = redis.call('HGETALL', PLACE)
local others, left, over, highest = 0, {}, {}, floor
for i = 1, #places, 2 do
	local taken, known, held = read_place(places[i + 1])
	if math.abs(clock - taken) < life_ms then
		if places[i] ~= OPERATION then -- not a repeat of this one
			others = others + 1
		end
	elseif held then
		over[#over + 1] = places[i]
	else
		left[#left + 1] = places[i]
		highest = math.max(highest, known)
	end
end

-- Nobody settled these in time: whoever asked has died (F-02). That is a
-- failure, but for what was begun under a lock.
if #over > 0 then
	redis.call('HDEL', PLACE, unpack(over))
end
if #left > 0 and not number then
	failures = failures + #left
	redis.call('HDEL', PLACE, unpack(left))
	local locked, n, e = write_failures(failures, whence, locks, highest)
	if locked == 1 then
		number, ends, others = n, e, 0
	end
end

if (number and 0 or failures) + others >= FAILURES then
	return { 2, 0, 0 }
end
redis.call('HSET', PLACE, OPERATION,
    whole(clock) .. ' ' .. floor .. (number and ' held' or ''))
redis.call('EXPIRE', PLACE, MEMORY_S)
if number then
	return { 1, number, ends }
end
return { 0, 0, 0 }
