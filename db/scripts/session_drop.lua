-- session_drop - a session of the pages ends. Safe to repeat.
--
-- KEYS[1]: the session
-- Returns: 1

redis.call('DEL', KEYS[1])
return 1
