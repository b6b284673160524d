-- $1 end of the month: how many are on each list, and how many can be closed.
SELECT
    koshin.session_contract() IS NOT NULL AS open,
    d.*,
    l.closes AS closes_left
FROM koshin.desk_figures(to_timestamp($1::bigint)) d
LEFT JOIN koshin.desk_left('') l ON true
