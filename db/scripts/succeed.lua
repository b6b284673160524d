-- succeed - password and code were right: both counters to zero (R-LOCK-4).
-- Attempts in flight keep their places, so that there are not more than
-- FAILURES further ones (F-69). The bound code stays until its own end.
--
-- Returns: 1, or 0 when it was done before

if redis.call('HEXISTS', OP, 'succeeded') == 1 then
	return { 0 }
end
redis.call('DEL', TRY, LOCKS, LOCK)
redis.call('HDEL', PLACE, OPERATION)
redis.call('HSET', OP, 'succeeded', '1')
redis.call('EXPIRE', OP, ANSWER_S)
return { 1 }
