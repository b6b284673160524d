-- lift - somebody with authority lifted a lock or block (R-LOCK-6). Counting
-- starts at zero; attempts in flight keep their places (F-70).
--
-- Returns: 1 when there was a lock, otherwise 0

local held = redis.call('EXISTS', LOCK)
redis.call('DEL', TRY, LOCKS, LOCK)
return { held }
