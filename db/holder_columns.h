/*
 * holder_columns - the columns that db/sql/holder.sql selects, by their names,
 * and how they become a struct facts_holder; for accounts.c, ledger.c
 * and `koshin simulate`.
 *
 * Where a name stands in a row is looked up once for a statement
 * (pg_find_columns); from then on it is a number.
 */
#ifndef DB_HOLDER_COLUMNS_H
#define DB_HOLDER_COLUMNS_H

#include "policy/facts.h"

struct pg_result;

#define HOLDER_COLUMNS_ACCOUNT(X)                                              \
	X(ID, "id")                                                            \
	X(VERSION, "version")                                                  \
	X(USER_ID, "user_id")                                                  \
	X(CONTRACT, "contract")                                                \
	X(NAME, "name")                                                        \
	X(EMAIL, "email")                                                      \
	X(LOCALE, "locale")                                                    \
	X(TEMPORARY, "temporary_password")                                     \
	X(ROLE, "role")                                                        \
	X(STATE, "state")                                                      \
	X(LOCKED_UNTIL, "locked_until")                                        \
	X(LOCKS, "locks")                                                      \
	X(PROFILES, "profiles")                                                \
	X(TIME, "time")

/* `of` begins the names of a certificate: current or presented. */
#define HOLDER_COLUMNS_CERTIFICATE(X, OF, of)                                  \
	X(OF##_SERIAL, of "_serial")                                           \
	X(OF##_ACCOUNT, of "_account")                                         \
	X(OF##_PROFILE, of "_profile")                                         \
	X(OF##_NOT_BEFORE, of "_not_before")                                   \
	X(OF##_NOT_AFTER, of "_not_after")                                     \
	X(OF##_ISSUED, of "_issued")                                           \
	X(OF##_REVOKED, of "_revoked")                                         \
	X(OF##_CURRENT, of "_current")                                         \
	X(OF##_INSTALLED, of "_installed")                                     \
	X(OF##_ISSUED_AT, of "_issued_at")                                     \
	X(OF##_KEY_IDENTITY, of "_key_identity")

#define HOLDER_COLUMNS_LIST(X)                                                 \
	HOLDER_COLUMNS_ACCOUNT(X)                                              \
	HOLDER_COLUMNS_CERTIFICATE(X, CURRENT, "current")                      \
	HOLDER_COLUMNS_CERTIFICATE(X, PRESENTED, "presented")

#define HOLDER_COLUMNS_NAME(WORD, name) name,
#define HOLDER_COLUMNS_WORD(WORD, name) HOLDER_##WORD,

/* A statement that selects more puts its names behind these. */
#define HOLDER_COLUMNS_NAMES HOLDER_COLUMNS_LIST(HOLDER_COLUMNS_NAME)
enum holder_columns {
	HOLDER_COLUMNS_LIST(HOLDER_COLUMNS_WORD) HOLDER_COLUMNS
};

/*
 * Reads a row; `at` says where the columns are. An account or a
 * certificate that is not there (an outer join) gives zeros. False if the
 * database holds what it cannot hold.
 */
bool holder_columns_read(
    const struct pg_result *, int row, const int *at, struct facts_holder *out);

/* The same where nobody keeps the places: of an answer that is read once. */
bool holder_columns_read_once(
    const struct pg_result *, int row, struct facts_holder *out);

#endif
