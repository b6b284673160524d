-- probe - is this a Redis to rely on? A server that loads its data refuses it,
-- and so does a replica, for it writes even where nothing will change.
--
-- KEYS[1]: the epoch, a mark that only the loss of all data removes
-- ARGV[1]: a random one, in case there is none
-- Returns: the epoch, the time in ms, INFO memory

local epoch = redis.call('SET', KEYS[1], ARGV[1], 'NX', 'GET') or ARGV[1]
local time = redis.call('TIME')
return { epoch, time[1] * 1000 + math.floor(time[2] / 1000),
    redis.call('INFO', 'memory') }
