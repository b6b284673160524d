/*
 * koshin cert export, revoke - one certificate by its serial number.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands/commands.h"
#include "cli/session.h"
#include "cli/field.h"
#include "cli/lookup.h"

/* The hexadecimal that PostgreSQL writes, as the bytes it stands for. */
static void
put_der(const char *hex)
{
	unsigned byte;

	for (; hex[0] != '\0' && sscanf(hex, "%2x", &byte) == 1; hex += 2)
		fputc((int)byte, stdout);
}

/* encode(..., 'base64') breaks lines after 76; PEM wants 64 (RFC 7468 2). */
static void
put_pem(const char *base64)
{
	size_t column = 0;

	puts("-----BEGIN CERTIFICATE-----");
	for (; *base64 != '\0'; base64++) {
		if (isspace((unsigned char)*base64))
			continue;
		fputc(*base64, stdout);
		if (++column % 64 == 0)
			fputc('\n', stdout);
	}
	if (column % 64 != 0)
		fputc('\n', stdout);
	puts("-----END CERTIFICATE-----");
}

static enum command_exit
put_certificate(struct session *d)
{
	char serial[41];

	if (!field_serial(d->line->word, serial) ||
	    !database_ask(d->database,
		&(struct database_question){
		    "SELECT c.state, encode(c.der, 'hex'),"
		    " encode(c.der, 'base64') FROM koshin.certificate c"
		    " JOIN koshin.account a ON a.id = c.account"
		    " WHERE c.serial = decode($1, 'hex')"
		    " AND ($2::text IS NULL OR a.contract = $2)",
		    { serial, session_contract(d) } }))
		return COMMAND_FAILED;
	if (database_rows(d->database) == 0) {
		lookup_no_certificate(serial);
		return COMMAND_FAILED;
	}
	if (database_text(d->database, 0, 1) == NULL) {
		command_say("certificate %s is %s; there is nothing to export",
		    serial, database_text(d->database, 0, 0));
		return COMMAND_FAILED;
	}
	if (command_given(d->line, "--der"))
		put_der(database_text(d->database, 0, 1));
	else
		put_pem(database_text(d->database, 0, 2));
	return COMMAND_DONE;
}

static enum command_exit
run_export(const struct command_line *line)
{
	return session_run(line, put_certificate);
}

const struct command cert_export = { "cert", "export", "SERIAL",
	"writes one certificate to standard output, as PEM",
	(const struct command_option[]){
	    { "--der", NULL, "as DER instead", false, false }, COMMAND_AS,
	    COMMAND_CONFIG, COMMAND_END },
	run_export };

/* ---------------------------------------------------------------- revoke */

static const char reasons[] =
    "must be unspecified, keyCompromise, affiliationChanged, superseded, "
    "cessationOfOperation or privilegeWithdrawn";

static bool
reason_ok(const char *reason)
{
	static const char *const all[] = { "unspecified", "keyCompromise",
		"affiliationChanged", "superseded", "cessationOfOperation",
		"privilegeWithdrawn" };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (strcmp(reason, all[i]) == 0)
			return true;
	return field_ok("--reason", reasons);
}

/* R-CERT-6, X-03: done once; the second time says so. */
static enum command_exit
revoke(struct session *d)
{
	const char *reason = command_value(d->line, "--reason");
	char serial[41] = "";
	struct people_sql_question q =
	    people_sql_withdraw_certificate(d->actor, serial, reason);

	if (!field_serial(d->line->word, serial) || !reason_ok(reason) ||
	    !lookup_certificate(d, serial) || !database_do(d->database, &q))
		return COMMAND_FAILED;
	if (!database_switch(d->database, 0, 0))
		command_say(
		    "certificate %s was revoked before; nothing to do", serial);
	return COMMAND_DONE;
}

static enum command_exit
run_revoke(const struct command_line *line)
{
	return session_run(line, revoke);
}

const struct command cert_revoke = { "cert", "revoke", "SERIAL",
	"revokes one certificate for good",
	(const struct command_option[]){
	    { "--reason", "REASON",
		"of RFC 5280 5.3.1: keyCompromise, superseded, ...", true,
		false },
	    COMMAND_ACTOR, COMMAND_AS, COMMAND_CONFIG, COMMAND_END },
	run_revoke };
