/*
 * koshin cert show, export, revoke - one certificate by its serial number.
 */
#include <stdio.h>

#include "cli/commands/commands.h"
#include "cli/listing.h"
#include "cli/lookup.h"
#include "cli/sql.h"

/* The hexadecimal that PostgreSQL writes, as the bytes it stands for. */
static void
put_der(const char *hex)
{
	unsigned byte;

	for (; hex[0] != '\0' && sscanf(hex, "%2x", &byte) == 1; hex += 2)
		fputc((int)byte, stdout);
}

bool
cert_show(struct session *d)
{
	return field_serial(d->line->word, d->serial) &&
	       listing_show_word(d, d->serial);
}

bool
cert_export(struct session *d)
{
	const struct database *db = d->database;

	if (!field_serial(d->line->word, d->serial) ||
	    !DATABASE_ASK(
		d->database, cli_sql_cert_der, d->serial, session_contract(d)))
		return false;
	if (database_rows(db) == 0)
		return lookup_no_certificate(d->serial);
	if (database_text(db, 0, "hex") == NULL) {
		return command_say(
		    "certificate %s is %s; there is nothing to export",
		    d->serial, database_text(db, 0, "state"));
	}
	if (command_given(d->line, "--der"))
		put_der(database_text(db, 0, "hex"));
	else
		printf("-----BEGIN CERTIFICATE-----\n%s\n-----END "
		       "CERTIFICATE-----\n",
		    database_text(db, 0, "base64"));
	return true;
}

/* R-CERT-6, X-03: done once; the second time says so. */
bool
cert_revoke(struct session *d)
{
	struct people_sql_question q = people_sql_withdraw_certificate(
	    d->remark, d->serial, command_value(d->line, "--reason"));

	if (!database_do(d->database, &q))
		return false;
	if (!database_said(d->database))
		command_say("certificate %s was revoked before; nothing to do",
		    d->serial);
	return true;
}
