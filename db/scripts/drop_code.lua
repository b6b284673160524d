-- drop_code - what the outstanding code was mailed for has changed: the password
-- or the address (O-09). Counters and the limit of mails stay.
--
-- Returns: 1 when there was a code, otherwise 0

return { redis.call('DEL', CODE) }
