-- address_back - an attempt of an address was no failure (R-AUTH-5): it gets its
-- place back. Where the window has ended meanwhile, one of the next.
--
-- KEYS[1]: counter
-- Returns: 1, or 0 when there is nothing to give back

local seen = redis.call('GET', KEYS[1])
if not seen or not seen:find('^[1-9]%d*$') then
	return { 0 }
end
redis.call('DECR', KEYS[1])
return { 1 }
