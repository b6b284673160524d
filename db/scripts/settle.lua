-- settle - an attempt ended as a failure, or as neither failure nor success.
--
-- ARGV[7]: 1 failed, 0 neutral   ARGV[8]: address of the client, or ''
-- Returns: locked now, lock's number, its end in ms, blocked, of how many
-- failures, whence

local failed = ARGV[7] == '1'
local question = 'settle ' .. ARGV[7]

local told = answered(question)
if told then
	return told
end
local floor = my_place()
local failures, whence = read_try()
local locks = read_counter(LOCKS)

redis.call('HDEL', PLACE, OPERATION)
if not failed then
	return answer(question, { 0, 0, 0, 0, 0, '' })
end
return answer(question, { write_failures(failures + 1,
    with_address(whence, ARGV[8]), locks, floor) })
