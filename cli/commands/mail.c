/*
 * koshin mail retry - for mails that were refused for good, once the reason is
 * gone (R-MAIL-4). koshin mail list, show: the outbox; codes are not in it.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/commands/commands.h"
#include "cli/listing.h"
#include "cli/lookup.h"
#include "mailer/mail_kinds.h"

static bool
retry_all(struct session *d)
{
	struct database *db = d->database;
	int64_t tried, left;

	if (!DATABASE_ASK(
		db, "SELECT koshin.retry_failed_mails($1)", d->remark))
		return false;
	tried = database_count(db);
	if (!database_ask(db,
		"SELECT count(*) FROM koshin.mail WHERE state = 'failed'",
		NULL))
		return false;
	left = database_count(db);
	command_say("%" PRId64 " mails will be tried again", tried);
	if (left > 0)
		command_say("%" PRId64 " stay as they are: expired codes and "
			    "outdated notices",
		    left);
	return true;
}

/* Why a mail is not one that can be tried again. */
static bool
say_why_not(struct database *db, const char *id)
{
	const char *state, *kind;

	if (!DATABASE_ASK(db,
		"SELECT state, kind FROM koshin.mail WHERE id = $1::bigint",
		id))
		return false;
	if (database_rows(db) == 0)
		return lookup_no_mail(id);
	state = database_text(db, 0, "state");
	kind = database_text(db, 0, "kind");
	if (strcmp(kind, "code") == 0)
		return command_say(
		    "mail %s cannot be tried again: its code has expired; "
		    "the user has to request a new one",
		    id);
	if (strcmp(state, "failed") == 0)
		return command_say(
		    "mail %s cannot be tried again: it has expired, or its "
		    "certificate is another one now",
		    id);
	return command_say("mail %s cannot be tried again: it has not "
			   "failed, it is %s",
	    id, state);
}

static bool
retry_one(struct session *d, const char *id)
{
	if (!field_mail(id) ||
	    !DATABASE_ASK(d->database,
		"SELECT koshin.retry_mail($1, $2::bigint)", d->remark, id))
		return false;
	if (database_said(d->database))
		return true;
	return say_why_not(d->database, id);
}

bool
mail_retry(struct session *d)
{
	return d->line->word != NULL ? retry_one(d, d->line->word)
				     : retry_all(d);
}

bool
mail_retry_fits(const struct command_line *line)
{
	return (line->word != NULL) != command_given(line, "--all-failed") ||
	       command_misused(line->command,
		   "missing the ID of a mail, or --all-failed", "");
}

/* ------------------------------------------------------------ list, show */

bool
mail_list_fits(const struct command_line *line)
{
	return !command_given(line, "--failed") ||
	       !command_given(line, "--queued") ||
	       command_misused(line->command,
		   "--failed and --queued exclude each other", "");
}

/* Those that are parts of others come last. */
const char *
mail_list_kinds(size_t i)
{
	return i < kinds_count && !kinds[i].part ? kinds[i].name : NULL;
}

bool
mail_show(struct session *d)
{
	return field_mail(d->line->word) && listing_show(d);
}
