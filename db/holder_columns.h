/*
 * holder_columns - the columns that make up a struct facts_holder, for
 * accounts.c and ledger.c: what to select, and how to read it.
 */
#ifndef DB_HOLDER_COLUMNS_H
#define DB_HOLDER_COLUMNS_H

#include <libpq-fe.h>

#include "policy/facts.h"

/* Of koshin.account AS a. The password hash is not among them. */
#define HOLDER_COLUMNS_ACCOUNT_SQL                                             \
	"a.id, a.version, a.user_id, a.contract, a.name, a.email, a.locale,"   \
	" a.temporary_password, a.role, a.state,"                              \
	" koshin.epoch(a.locked_until), a.locks"
#define HOLDER_COLUMNS_ACCOUNT_COLUMNS 12

/* Of koshin.certificate under that alias, a string literal. */
#define HOLDER_COLUMNS_CERTIFICATE_SQL(alias)                                  \
	alias ".serial, " alias ".account, koshin.epoch(" alias                \
	      ".not_before), koshin.epoch(" alias ".not_after), " alias        \
	      ".state = 'issued', EXISTS (SELECT FROM koshin.revocation r"     \
	      " WHERE r.serial = " alias ".serial), " alias ".current, " alias \
	      ".key_digest"
#define HOLDER_COLUMNS_CERTIFICATE_COLUMNS 8

/*
 * Each reads from `column` on. A row of NULLs (an outer join) gives zeros.
 * False if the database holds what it cannot hold.
 */
bool holder_columns_read_account(
    const PGresult *, int column, struct facts_account *out);
bool holder_columns_read_certificate(
    const PGresult *, int column, struct facts_certificate *out);

#endif
