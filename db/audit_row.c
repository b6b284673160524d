#include "db/audit_row.h"

#include "db/pg.h"

#define NAME(WORD, name) name,

void
audit_row_find(const PGresult *r, struct audit_row_columns *c)
{
	static const char *const names[AUDIT_ROW_COLUMNS] = { AUDIT_ROW_LIST(
	    NAME) };

	pg_find_columns(r, names, AUDIT_ROW_COLUMNS, c->at);
}

bool
audit_row_read(const PGresult *r, const struct audit_row_columns *c, int row,
    struct chain_row *out)
{
#define THERE(column) (!pg_is_null(r, row, c->at[AUDIT_ROW_##column]))
#define NUMBER(column) pg_get_integer(r, row, c->at[AUDIT_ROW_##column])
#define TEXT(column)                                                           \
	(THERE(column) ? PQgetvalue(r, row, c->at[AUDIT_ROW_##column]) : NULL)

	*out = (struct chain_row){
		.id = NUMBER(ID),
		.has_at = THERE(AT_US),
		.at_us = NUMBER(AT_US),
		.role = TEXT(ROLE),
		.actor = TEXT(ACTOR),
		.action = TEXT(ACTION),
		.object = TEXT(OBJECT),
		.has_account = THERE(ACCOUNT),
		.account = NUMBER(ACCOUNT),
		.details = TEXT(DETAILS),
	};
	return THERE(ID);
}
