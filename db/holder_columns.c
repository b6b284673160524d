#include "db/holder_columns.h"

#include "db/pg.h"

#include <string.h>

#define TEXT(column, field) pg_get_text(r, 0, (column), (field), sizeof(field))

bool
holder_columns_read_account(
    const PGresult *r, int column, struct facts_account *out)
{
	memset(out, 0, sizeof *out);
	if (pg_is_null(r, 0, column))
		return true;
	out->id = pg_get_integer(r, 0, column);
	out->version = pg_get_integer(r, 0, column + 1);
	out->temporary_password = pg_get_bool(r, 0, column + 7);
	out->locked_until = (time_t)pg_get_integer(r, 0, column + 10);
	out->locks = (unsigned)pg_get_integer(r, 0, column + 11);
	return TEXT(column + 2, out->user_id) &&
	       TEXT(column + 3, out->contract) && TEXT(column + 4, out->name) &&
	       TEXT(column + 5, out->email) && TEXT(column + 6, out->locale) &&
	       facts_read_role(PQgetvalue(r, 0, column + 8), &out->role) &&
	       facts_read_state(PQgetvalue(r, 0, column + 9), &out->state);
}

bool
holder_columns_read_certificate(
    const PGresult *r, int column, struct facts_certificate *out)
{
	size_t serial, key;

	memset(out, 0, sizeof *out);
	if (pg_is_null(r, 0, column))
		return true;
	out->exists = true;
	out->account = pg_get_integer(r, 0, column + 1);
	out->not_before = (time_t)pg_get_integer(r, 0, column + 2);
	out->not_after = (time_t)pg_get_integer(r, 0, column + 3);
	out->issued = pg_get_bool(r, 0, column + 4);
	out->revoked = pg_get_bool(r, 0, column + 5);
	out->current = pg_get_bool(r, 0, column + 6);
	return pg_get_bytes(
		   r, 0, column, out->serial, sizeof out->serial, &serial) &&
	       serial == sizeof out->serial &&
	       pg_get_bytes(r, 0, column + 7, out->key_digest,
		   sizeof out->key_digest, &key) &&
	       key == sizeof out->key_digest;
}
