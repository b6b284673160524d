/*
 * seals_sql - the columns of an audit row as its seal sees them (`a` is
 * koshin.audit). They are read from the table itself, not through a view or
 * a function: those could be changed by whoever changes rows.
 */
#ifndef DB_SEALS_SQL_H
#define DB_SEALS_SQL_H

enum seals_column {
	SEALS_ID,
	SEALS_AT_US,
	SEALS_ROLE,
	SEALS_ACTOR,
	SEALS_ACTION,
	SEALS_OBJECT,
	SEALS_ACCOUNT,
	SEALS_DETAILS,
	SEALS_COLUMNS
};

/* An infinite time has no microseconds. */
#define SEALS_ROW_SQL                                                          \
	"a.id, CASE WHEN isfinite(a.at)"                                       \
	" THEN (extract(epoch FROM a.at) * 1000000)::bigint END,"              \
	" a.role, a.actor, a.action, a.object, a.account, a.details::text"

#endif
