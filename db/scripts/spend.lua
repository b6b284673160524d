-- spend - compares the code and binds it to one CSR (I-6).
--
-- Digests are compared, made with a key that Redis does not have: the time of
-- the comparison tells a guesser nothing.
--
-- ARGV[7]: digest of the code given   ARGV[8]: digest of the CSR
-- ARGV[9]: 1 bind it, 0 only compare   ARGV[10]: life of a code, ms
-- ARGV[11]: address of the client, or ''
-- Returns: 0 wrong, 1 right, 2 again; the code's id; wrong ones that are left
-- until the lock; then as settle does

local given, csr, bind = ARGV[7], ARGV[8], ARGV[9] == '1'
local life_ms = tonumber(ARGV[10])
local question = 'spend ' .. ARGV[9] .. redis.sha1hex(given .. csr)

local told = answered(question)
if told then
	return told
end
local floor = my_place()
local code = read_code(life_ms)
local right = code and code.digest == given
    and (code.csr == '' or code.csr == csr)
local failures, whence = read_try()
local locks = read_counter(LOCKS)

redis.call('HDEL', PLACE, OPERATION)
if not right then
	return answer(question, { 0, '', math.max(FAILURES - failures - 1, 0),
	    write_failures(failures + 1, with_address(whence, ARGV[11]), locks,
	    floor) })
end
if code.csr == csr then
	return answer(question, { 2, code.id, 0, 0, 0, 0, 0, 0, '' })
end
if bind then
	redis.call('HSET', CODE, 'csr', csr)
end
return answer(question, { 1, code.id, 0, 0, 0, 0, 0, 0, '' })
