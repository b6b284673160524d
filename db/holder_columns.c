#include "db/holder_columns.h"

#include "db/pg.h"

#include <string.h>

#define TEXT(column, field)                                                    \
	pg_get_text(r, row, at[HOLDER_##column], (field), sizeof(field))

static bool
read_account(
    const PGresult *r, int row, const int *at, struct facts_account *out)
{
	memset(out, 0, sizeof *out);
	if (pg_is_null(r, row, at[HOLDER_ID]))
		return true;
	out->id = pg_get_integer(r, row, at[HOLDER_ID]);
	out->version = pg_get_integer(r, row, at[HOLDER_VERSION]);
	out->temporary_password = pg_get_bool(r, row, at[HOLDER_TEMPORARY]);
	out->locked_until =
	    (time_t)pg_get_integer(r, row, at[HOLDER_LOCKED_UNTIL]);
	out->locks = (unsigned)pg_get_integer(r, row, at[HOLDER_LOCKS]);
	return TEXT(USER_ID, out->user_id) && TEXT(CONTRACT, out->contract) &&
	       TEXT(NAME, out->name) && TEXT(EMAIL, out->email) &&
	       TEXT(LOCALE, out->locale) && TEXT(PROFILES, out->profiles) &&
	       facts_read_role(
		   PQgetvalue(r, row, at[HOLDER_ROLE]), &out->role) &&
	       facts_read_state(
		   PQgetvalue(r, row, at[HOLDER_STATE]), &out->state);
}

static bool
read_exactly(const PGresult *r, int row, int column, void *out, size_t size)
{
	size_t len;

	return pg_get_bytes(r, row, column, out, size, &len) && len == size;
}

/* `at` is where the columns of this certificate begin, in the list's order. */
static bool
read_certificate(
    const PGresult *r, int row, const int *at, struct facts_certificate *out)
{
	enum {
		HOLDER_COLUMNS_CERTIFICATE(HOLDER_COLUMNS_WORD, ITS, "")
	};

	memset(out, 0, sizeof *out);
	if (pg_is_null(r, row, at[HOLDER_ITS_SERIAL]))
		return true;
	out->exists = true;
	out->account = pg_get_integer(r, row, at[HOLDER_ITS_ACCOUNT]);
	out->not_before =
	    (time_t)pg_get_integer(r, row, at[HOLDER_ITS_NOT_BEFORE]);
	out->not_after =
	    (time_t)pg_get_integer(r, row, at[HOLDER_ITS_NOT_AFTER]);
	out->issued = pg_get_bool(r, row, at[HOLDER_ITS_ISSUED]);
	out->revoked = pg_get_bool(r, row, at[HOLDER_ITS_REVOKED]);
	out->current = pg_get_bool(r, row, at[HOLDER_ITS_CURRENT]);
	out->installed = pg_get_bool(r, row, at[HOLDER_ITS_INSTALLED]);
	out->issued_at =
	    (time_t)pg_get_integer(r, row, at[HOLDER_ITS_ISSUED_AT]);
	return pg_get_text(r, row, at[HOLDER_ITS_PROFILE], out->profile,
		   sizeof out->profile) &&
	       read_exactly(r, row, at[HOLDER_ITS_SERIAL], &out->serial,
		   sizeof out->serial) &&
	       read_exactly(r, row, at[HOLDER_ITS_KEY_IDENTITY],
		   &out->key_identity, sizeof out->key_identity);
}

bool
holder_columns_read(
    const PGresult *r, int row, const int *at, struct facts_holder *out)
{
	return read_account(r, row, at, &out->account) &&
	       read_certificate(
		   r, row, at + HOLDER_CURRENT_SERIAL, &out->current) &&
	       read_certificate(
		   r, row, at + HOLDER_PRESENTED_SERIAL, &out->presented);
}

bool
holder_columns_read_once(const PGresult *r, int row, struct facts_holder *out)
{
	static const char *const names[HOLDER_COLUMNS] = {
		HOLDER_COLUMNS_NAMES
	};
	int at[HOLDER_COLUMNS];

	pg_find_columns(r, names, HOLDER_COLUMNS, at);
	return holder_columns_read(r, row, at, out);
}
