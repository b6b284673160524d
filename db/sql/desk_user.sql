    -- $1 user: the one, and what the master may still do for it.
    l.lifts AS lifts,
    l.passwords AS passwords
FROM (VALUES (1)) one
LEFT JOIN koshin.desk_users(now()) d ON d.user_id = $1 COLLATE "C"
LEFT JOIN koshin.desk_left($1) l ON true
