    -- $1 end of the month, $2 list, $3 search, $4 order, $5 down, $6 behind
    -- whom, $7 how many: a page.
    d.found AS found
FROM (VALUES (1)) one
LEFT JOIN koshin.desk_list(to_timestamp($1::bigint), $2, $3, $4, $5, $6,
    $7::integer) d ON true
