/*
 * audit_row - the columns that db/sql/audit_row.sql selects, by their names,
 * and how they become a struct chain_row; for seals.c and `koshin audit
 * verify`.
 */
#ifndef DB_AUDIT_ROW_H
#define DB_AUDIT_ROW_H

#include "policy/chain.h"

struct pg_result;

#define AUDIT_ROW_LIST(X)                                                      \
	X(ID, "id")                                                            \
	X(AT_US, "at_us")                                                      \
	X(ROLE, "role")                                                        \
	X(ACTOR, "actor")                                                      \
	X(ACTION, "action")                                                    \
	X(OBJECT, "object")                                                    \
	X(ACCOUNT, "account")                                                  \
	X(DETAILS, "details")

#define AUDIT_ROW_WORD(WORD, name) AUDIT_ROW_##WORD,
enum audit_row_column {
	AUDIT_ROW_LIST(AUDIT_ROW_WORD) AUDIT_ROW_COLUMNS
};

/* Where they stand in an answer. */
struct audit_row_columns {
	int at[AUDIT_ROW_COLUMNS];
};
void audit_row_find(const struct pg_result *, struct audit_row_columns *);
/* False, and all is null: there is none (an outer join). Texts are the
 * result's. */
bool audit_row_read(const struct pg_result *, const struct audit_row_columns *,
    int row, struct chain_row *);

#endif
