-- probe - is this a Redis to rely on? A server that loads its data refuses it.
--
-- KEYS[1]: the epoch, a mark that only the loss of all data removes
-- ARGV[1]: a random one, in case there is none
-- Returns: the epoch, INFO memory

local epoch = redis.call('GET', KEYS[1])
if not epoch then
	epoch = ARGV[1]
	redis.call('SET', KEYS[1], epoch)
end
return { epoch, redis.call('INFO', 'memory') }
