-- A row of a master's desk; `open` is there in any case, so that a session that
-- is over is no empty list. Continued by desk_list and desk_user.
SELECT
    (SELECT koshin.session_contract()) IS NOT NULL AS open,
    d.user_id AS user_id,
    d.role AS role,
    d.name AS name,
    d.email AS email,
    d.state AS state,
    koshin.epoch(d.locked_until) AS locked_until,
    d.temporary_password AS temporary_password,
    encode(d.serial, 'hex') AS serial,
    koshin.epoch(d.not_after) AS not_after,
    koshin.epoch(d.installed_at) AS installed_at,
    koshin.epoch(d.refused_at) AS refused_at,
    koshin.epoch(d.closed_at) AS closed_at,
