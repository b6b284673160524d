-- account - what the scripts of one account share. It stands in front of each
-- of them (db/scripts.c).
--
-- Three clocks: NOW is the wall clock of the front that asks; births of codes
-- and ends of locks are written and read by it, so that a jump of Redis'
-- clock lengthens neither. The time to live of a key is the second bound.
-- Ages of places are differences of Redis' own clock, one for all fronts.
--
-- Each script reads and judges everything first and writes then: an error in
-- the middle of a script does not undo what it has written.

local TRY = KEYS[1]    -- failures in a row, "3"; and whence the last of them
                       -- came, "3 192.0.2.1 2001:db8::1"
local PLACE = KEYS[2]  -- operation -> "taken_ms floor", attempts in flight;
                       -- "taken_ms floor held": begun under a lock
local LOCKS = KEYS[3]  -- locks in a row, "2"
local LOCK = KEYS[4]   -- "number until_ms"; until 0: it does not end
local CODE = KEYS[5]   -- digest, id, born (ms), csr ("" or digest), mailed
local MAILED = KEYS[6] -- operation -> ms, code mails of the last hour
local OP = KEYS[7]     -- what this operation was answered

local OPERATION = ARGV[1]
local NOW = tonumber(ARGV[2])      -- ms, by the clock of the front
local MEMORY_S = tonumber(ARGV[3]) -- life of counters without an event
local FAILURES = tonumber(ARGV[4]) -- that lead to a lock
local LOCK_MS = tonumber(ARGV[5])
local LAST = tonumber(ARGV[6])     -- the lock that does not end

local ANSWER_S = 120 -- an operation can be repeated this long
local SKEW_MS = 60000 -- clocks of two fronts are not further apart
local WHENCE = 3 -- addresses that are remembered

local function refuse(word, key)
	error({ err = word .. ' ' .. (key or OPERATION) })
end

-- What cannot be read is never taken for "none" (F-35).
local function integer(text, key)
	if not text:find('^%d+$') or #text > 15 then
		refuse('CORRUPT', key)
	end
	return tonumber(text)
end

local function whole(number)
	return string.format('%.0f', number)
end

local function read_counter(key)
	local text = redis.call('GET', key)
	return text and integer(text, key) or 0
end

-- Failures in a row, and whence they came.
local function read_try()
	local text = redis.call('GET', TRY) or '0'
	local count, list = text:match('^(%d+) ([%x.: ]+)$')
	local whence = {}
	for address in (list or ''):gmatch('%S+') do
		whence[#whence + 1] = address
	end
	return integer(count or text, TRY), whence
end

-- The last ones, `address` included; what is not numeric is none.
local function with_address(whence, address)
	local all = {}
	for _, known in ipairs(whence) do
		if known ~= address then
			all[#all + 1] = known
		end
	end
	if address:find('^[%x.:]+$') then
		all[#all + 1] = address
	end
	while #all > WHENCE do
		table.remove(all, 1)
	end
	return all
end

local function read_pair(text, key)
	local first, second = text:match('^(%d+) (%d+)$')
	if not first then
		refuse('CORRUPT', key)
	end
	return integer(first, key), integer(second, key)
end

-- Number and end (ms) of the lock that holds now, or nil.
local function read_lock()
	local text = redis.call('GET', LOCK)
	if not text then
		return nil
	end
	local number, ends = read_pair(text, LOCK)
	if ends ~= 0 and ends <= NOW then
		return nil
	end
	return number, ends
end

-- The outstanding or bound code, or nil; a late one is none.
local function read_code(life_ms)
	local f = redis.call('HMGET', CODE, 'digest', 'id', 'born', 'csr',
	    'mailed')
	if not (f[1] or f[2] or f[3] or f[4] or f[5]) then
		return nil
	end
	if not (f[1] and #f[1] == 32 and f[2] and #f[2] == 32 and f[3]
	    and f[4] and (#f[4] == 0 or #f[4] == 32)
	    and (f[5] == '0' or f[5] == '1')) then
		refuse('CORRUPT', CODE)
	end
	local age = NOW - integer(f[3], CODE)
	if age >= life_ms or age < -SKEW_MS then
		return nil
	end
	return { digest = f[1], id = f[2], age = age, csr = f[4],
	    mailed = f[5] == '1' }
end

-- The answer this operation got before, or nil. One operation settles once:
-- the same question again is a repeat, another one is a fault of the caller.
local function answered(question)
	local f = redis.call('HMGET', OP, 'question', 'answer')
	if not f[1] then
		return nil
	end
	if f[1] ~= question then
		refuse('REUSED')
	end
	return cmsgpack.unpack(f[2])
end

local function answer(question, told)
	redis.call('HSET', OP, 'question', question, 'answer',
	    cmsgpack.pack(told))
	redis.call('EXPIRE', OP, ANSWER_S)
	return told
end

-- When a place was taken, the floor that came with it, and whether a lock held
-- then: what is tried during one moves no counter (R-LOCK-2).
local function read_place(text)
	local pair = text:match('^(.*) held$')
	local taken, floor = read_pair(pair or text, PLACE)
	return taken, floor, pair ~= nil
end

-- The floor that came with this operation's place. Nothing is settled that
-- has none: it was counted long ago, or Redis has lost its memory.
local function my_place()
	local text = redis.call('HGET', PLACE, OPERATION)
	if not text then
		refuse('NOPLACE')
	end
	local _, floor = read_place(text)
	return floor
end

-- The last lock of the ladder does not end (R-LOCK-3). A name that PostgreSQL
-- knows to have been locked is blocked for good; one that it does not know may
-- have been invented to fill memory.
local function write_lock(number, floor)
	if number < LAST then
		local ends = NOW + LOCK_MS
		redis.call('SET', LOCK, number .. ' ' .. whole(ends), 'PX',
		    whole(LOCK_MS))
		return ends
	end
	if floor > 0 then
		redis.call('SET', LOCK, number .. ' 0')
	else
		redis.call('SET', LOCK, number .. ' 0', 'EX', MEMORY_S)
	end
	return 0
end

-- Writes `failures`; the last one locks (R-LOCK-1), and the code is dead
-- (R-LOCK-5). Returns what C knows as struct attempts_settled: locked now,
-- number, end in ms, blocked; of how many failures, and whence.
local function write_failures(failures, whence, locks, floor)
	if failures < FAILURES then
		redis.call('SET', TRY, table.concat({ failures,
		    unpack(whence) }, ' '), 'EX', MEMORY_S)
		return 0, 0, 0, 0, 0, ''
	end
	local number = math.max(locks, floor) + 1
	redis.call('DEL', TRY, PLACE, CODE)
	redis.call('SET', LOCKS, number, 'EX', MEMORY_S)
	local ends = write_lock(number, floor)
	return 1, number, ends, ends == 0 and 1 or 0, failures,
	    table.concat(whence, ' ')
end
