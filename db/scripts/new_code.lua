-- new_code - the password was right and a code is wanted (R-AUTH-1, -2, -5).
-- Settles the attempt as neutral.
--
-- ARGV[7]: digest of the code   ARGV[8]: its life, ms
-- ARGV[9]: no new one while a mailed one is younger, ms
-- ARGV[10]: between two mails, ms   ARGV[11]: mails in an hour
-- Returns: 0 new, 1 recent, 2 limit

local HOUR_MS = 3600000
local digest = ARGV[7]
local life_ms = tonumber(ARGV[8])
local resend_ms = tonumber(ARGV[9])
local spacing_ms = tonumber(ARGV[10])
local per_hour = tonumber(ARGV[11])
local question = 'new_code ' .. redis.sha1hex(digest)

local told = answered(question)
if told then
	return told
end
my_place()

-- A code that is bound to a CSR is spent: it waits for nobody any more.
local code = read_code(life_ms)
local outstanding = code and code.csr == ''
local fresh = outstanding and code.mailed and code.age < resend_ms

local mails = redis.call('ZRANGEBYSCORE', MAILED,
    '(' .. whole(NOW - HOUR_MS), whole(NOW + SKEW_MS), 'WITHSCORES')
local newest = tonumber(mails[#mails])
local close = newest and NOW - newest < spacing_ms
local many = #mails / 2 >= per_hour

redis.call('HDEL', PLACE, OPERATION)
if fresh or close or many then
	return answer(question, { outstanding and 1 or 2 })
end
redis.call('DEL', CODE)
redis.call('HSET', CODE, 'digest', digest, 'id', OPERATION, 'born',
    whole(NOW), 'csr', '', 'mailed', '0')
redis.call('PEXPIRE', CODE, whole(life_ms))
redis.call('ZREMRANGEBYSCORE', MAILED, '-inf', whole(NOW - HOUR_MS))
redis.call('ZREMRANGEBYSCORE', MAILED, '(' .. whole(NOW + SKEW_MS), '+inf')
redis.call('ZADD', MAILED, whole(NOW), OPERATION)
redis.call('PEXPIRE', MAILED, HOUR_MS)
return answer(question, { 0 })
