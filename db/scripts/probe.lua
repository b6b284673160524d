-- probe - is this a Redis to rely on? A server that loads its data refuses it.
--
-- KEYS[1]: the epoch, a mark that only the loss of all data removes
-- ARGV[1]: a random one, in case there is none
-- Returns: the epoch, the time in ms, INFO memory

local epoch = redis.call('GET', KEYS[1])
if not epoch then
	epoch = ARGV[1]
	redis.call('SET', KEYS[1], epoch)
end
local time = redis.call('TIME')
return { epoch, time[1] * 1000 + math.floor(time[2] / 1000),
    redis.call('INFO', 'memory') }
