-- session_put - keeps a session of the pages. One that has ended does not come
-- back by the answer to a request of before.
--
-- KEYS[1]: the session   ARGV[1]: its text   ARGV[2]: how long it may rest, ms
-- ARGV[3]: 1 it begins, 0 it goes on
-- Returns: 1 kept, 0 it has ended

if ARGV[3] == '1' then
	redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
	return 1
end
return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'XX') and 1 or 0
