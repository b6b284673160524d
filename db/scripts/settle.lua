-- settle - an attempt ended as a failure, or as neither failure nor success.
--
-- ARGV[7]: 1 failed, 0 neutral
-- Returns: locked now, lock's number, its end in ms, blocked

local failed = ARGV[7] == '1'
local question = 'settle ' .. ARGV[7]

local told = answered(question)
if told then
	return told
end
local floor = my_place()
local failures = read_counter(TRY)
local locks = read_counter(LOCKS)

redis.call('HDEL', PLACE, OPERATION)
if not failed then
	return answer(question, { 0, 0, 0, 0 })
end
return answer(question, { write_failures(failures + 1, locks, floor) })
