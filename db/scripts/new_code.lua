-- new_code - the password was right and a code is wanted (R-AUTH-1, -2, -5).
-- Settles the attempt as neutral.
--
-- ARGV[7]: digest of the code   ARGV[8]: its life, ms
-- ARGV[9]: no new one while a mailed one is younger, ms
-- ARGV[10]: between two mails, ms   ARGV[11]: mails in an hour
-- Returns: 0 new, 1 recent, 2 limit; the outstanding code's birth and id, 0 and
-- '' of none; when there may be another one; when, if the mail of the outstanding
-- one has failed (all in ms)

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

-- A code that is bound to a CSR is spent: it waits for nobody any more. One
-- whose mail was never queued (F-12) is known to nobody; but who asks while the
-- first question is still at the outbox, is not to hear that there is none.
local QUEUED_WITHIN_MS = 5000
local code = read_code(life_ms)
local out = code and code.csr == '' and
    (code.mailed or code.age < QUEUED_WITHIN_MS)

local mails = redis.call('ZRANGEBYSCORE', MAILED,
    '(' .. whole(NOW - HOUR_MS), whole(NOW + SKEW_MS), 'WITHSCORES')
local times = {}
for i = 2, #mails, 2 do
	times[#times + 1] = tonumber(mails[i])
end

-- When there may be another mail behind these.
local function next_mail()
	local at = #times > 0 and times[#times] + spacing_ms or 0
	if #times >= per_hour then -- one of the hour has to go first
		at = math.max(at, times[#times - per_hour + 1] + HOUR_MS)
	end
	return at
end

local but_for_it = next_mail()
local again = but_for_it
if out then
	again = math.max(again, NOW - code.age + resend_ms)
end

redis.call('HDEL', PLACE, OPERATION)
if again > NOW then
	return answer(question, { out and 1 or 2, out and NOW - code.age or 0,
	    out and code.id or '', again, but_for_it })
end
redis.call('DEL', CODE)
redis.call('HSET', CODE, 'digest', digest, 'id', OPERATION, 'born',
    whole(NOW), 'csr', '', 'mailed', '0')
redis.call('PEXPIRE', CODE, whole(life_ms))
redis.call('ZREMRANGEBYSCORE', MAILED, '-inf', whole(NOW - HOUR_MS))
redis.call('ZREMRANGEBYSCORE', MAILED, '(' .. whole(NOW + SKEW_MS), '+inf')
redis.call('ZADD', MAILED, whole(NOW), OPERATION)
redis.call('PEXPIRE', MAILED, HOUR_MS)
times[#times + 1] = NOW
but_for_it = next_mail()
return answer(question, { 0, NOW, OPERATION,
    math.max(but_for_it, NOW + resend_ms), but_for_it })
