-- rights - may whoever asks do what it needs, and no more? Nothing is done.
--
-- KEYS[1]: one of its keys   ARGV: the commands it needs, key in front
-- Returns: those that it may not use; what else it may do, in words

local MORE = {
	{ 'FLUSHALL' }, { 'KEYS', '*' }, { 'CONFIG', 'GET', '*' },
	{ 'ACL', 'LIST' }, { 'SCRIPT', 'FLUSH' }, { 'SHUTDOWN' },
	{ 'REPLICAOF', 'NO', 'ONE' }, { 'CLIENT', 'LIST' }, { 'PUBLISH', 'c', '' },
}

local function may(...)
	local known, allowed = pcall(redis.acl_check_cmd, ...)
	return known and allowed
end

-- Of a command that counts its keys Redis 7.0 reads the count, also where there
-- is none, and falls over: those are written out. EVAL is what we are.
local lacking, more = {}, {}
if not may('EVALSHA', '', '1', KEYS[1]) then
	lacking[1] = 'evalsha'
end
for _, command in ipairs(ARGV) do
	if not may(command, KEYS[1]) then
		lacking[#lacking + 1] = command
	end
end
for _, call in ipairs(MORE) do
	if may(unpack(call)) then
		more[#more + 1] = call[1]
	end
end
if may('GET', 'another:key') or may('SET', 'another:key', '') then
	more[#more + 1] = 'foreign keys'
end
return { table.concat(lacking, ', '), table.concat(more, ', ') }
