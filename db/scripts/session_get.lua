-- session_get - what a session of the pages holds, which lives on with it.
--
-- KEYS[1]: the session   ARGV[1]: how long it may rest, ms
-- Returns: its text; '' of none

return redis.call('GETEX', KEYS[1], 'PX', ARGV[1]) or ''
