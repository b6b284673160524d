-- drop_code - the outstanding code is good no more: what it was mailed for has
-- changed, the password or the address (O-09), or nobody got its mail (C-24).
-- Counters and the limit of mails stay.
--
-- ARGV[7]: the id of the code that is meant; '': whichever there is
-- Returns: 1 when there was that code, otherwise 0

if ARGV[7] ~= '' and redis.call('HGET', CODE, 'id') ~= ARGV[7] then
	return { 0 }
end
return { redis.call('DEL', CODE) }
