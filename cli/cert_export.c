/*
 * koshin cert export, revoke - one certificate by its serial number.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/desk.h"
#include "cli/field.h"

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
put_certificate(struct desk *d)
{
	char serial[41];

	if (!field_serial(d->line->word, serial) ||
	    !database_ask(d->database,
		&(struct database_question){
		    "SELECT state, encode(der, 'hex'), encode(der, "
		    "'base64')"
		    " FROM koshin.certificate"
		    " WHERE serial = decode($1, 'hex')",
		    { serial } }))
		return COMMAND_FAILED;
	if (database_rows(d->database) == 0) {
		command_say("there is no certificate %s", serial);
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
	return desk_run(line, put_certificate);
}

const struct command cert_export = { "cert", "export", "SERIAL",
	"writes one certificate to standard output, as PEM",
	(const struct command_option[]){
	    { "--der", NULL, "as DER instead", false, false }, COMMAND_CONFIG,
	    COMMAND_END },
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
revoke(struct desk *d)
{
	const char *reason = command_value(d->line, "--reason");
	char serial[41];

	if (!field_serial(d->line->word, serial) || !reason_ok(reason) ||
	    !database_ask(d->database,
		&(struct database_question){
		    "SELECT koshin.revoke_certificate($1, decode($2, 'hex'),"
		    " $3)",
		    { d->actor, serial, reason } }))
		return COMMAND_FAILED;
	if (!database_switch(d->database, 0, 0))
		command_say(
		    "certificate %s was revoked before; nothing to do", serial);
	return COMMAND_DONE;
}

static enum command_exit
run_revoke(const struct command_line *line)
{
	return desk_run(line, revoke);
}

const struct command cert_revoke = { "cert", "revoke", "SERIAL",
	"revokes one certificate for good",
	(const struct command_option[]){
	    { "--reason", "REASON",
		"of RFC 5280 5.3.1: keyCompromise, superseded, ...", true,
		false },
	    COMMAND_ACTOR, COMMAND_CONFIG, COMMAND_END },
	run_revoke };
