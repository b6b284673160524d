-- address - attempts of one client address in a window (R-AUTH-5). Refused
-- ones do not lengthen it.
--
-- KEYS[1]: counter   ARGV[1]: limit   ARGV[2]: window, ms
-- Returns: 1 allowed or 0, seconds until it is allowed again

local limit, window_ms = tonumber(ARGV[1]), tonumber(ARGV[2])

local seen = redis.call('GET', KEYS[1])
if seen and not seen:find('^%d+$') then
	return redis.error_reply('CORRUPT ' .. KEYS[1])
end
local left_ms = redis.call('PTTL', KEYS[1])
if not seen or left_ms < 0 or left_ms > window_ms then
	redis.call('SET', KEYS[1], 1, 'PX', ARGV[2])
	return { 1, 0 }
end
if tonumber(seen) >= limit then
	return { 0, math.max(1, math.ceil(left_ms / 1000)) }
end
redis.call('INCR', KEYS[1])
return { 1, 0 }
