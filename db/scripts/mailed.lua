-- mailed - the mail of the code that this operation made is on its way.
--
-- Returns: 1, or 0 when that code has gone in the meantime

if redis.call('HGET', CODE, 'id') ~= OPERATION then
	return { 0 }
end
redis.call('HSET', CODE, 'mailed', '1')
return { 1 }
