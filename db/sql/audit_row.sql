-- Begins each statement that reads rows of the trail (db/sql.c): `a`, as its
-- seal sees it. Their names are those of db/audit_row.h. It is read from the
-- table itself, not through a view or a function: those could be changed by
-- whoever changes rows. An infinite time has no microseconds.
SELECT
    a.id AS id,
    CASE WHEN isfinite(a.at)
    THEN (extract(epoch FROM a.at) * 1000000)::bigint END AS at_us,
    a.role AS role,
    a.actor AS actor,
    a.action AS action,
    a.object AS object,
    a.account AS account,
    a.details::text AS details
