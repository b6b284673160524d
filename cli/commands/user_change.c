/*
 * koshin user unlock, suspend, resume, close, reopen, remind, set-name,
 * set-email, set-password, temporary-password.
 */
#include "cli/change.h"
#include "cli/commands/commands.h"
#include "cli/field.h"
#include "cli/password.h"
#include "cli/lookup.h"

/*
 * R-LOCK-6. Redis while the transaction is open: were it away, the account
 * would look open and still be refused, or be locked again by what Redis
 * remembers; and a master who has lifted too often (T6) lifts nothing there
 * either.
 */
static bool
lift(struct session *d)
{
	struct people_sql_question q = people_sql_lift_account(
	    d->remark, d->line->word, command_value(d->line, "--reason"));
	bool anything;

	if (!database_begin(d->database) || !database_do(d->database, &q))
		return false;
	anything = database_said(d->database);
	if (!counters_lift(d->counters, d->line->word) ||
	    !database_commit(d->database))
		return false;
	if (!anything)
		command_say("user %s was neither locked nor blocked; failures "
			    "in a row are at zero",
		    d->line->word);
	return true;
}

bool
user_unlock(struct session *d)
{
	if (d->target.state == FACTS_CLOSED)
		return command_say(
		    "user %s is closed; nothing to unlock", d->line->word);
	if (d->target.state == FACTS_SUSPENDED)
		return command_say(
		    "user %s is suspended; koshin user resume ends that",
		    d->line->word);
	return lift(d);
}

static bool
is_open(const struct session *d)
{
	return d->target.state != FACTS_CLOSED ||
	       command_say("user %s is closed", d->line->word);
}

/* Neither logs in nor renews, by certificate neither (R-LOCK-9). */
bool
user_suspend(struct session *d)
{
	return is_open(d) && change_for_reason(d, people_sql_suspend_account,
				 "was suspended before; nothing to do");
}

bool
user_resume(struct session *d)
{
	return is_open(d) && change_for_reason(d, people_sql_resume_account,
				 "is not suspended; nothing to do");
}

bool
user_close(struct session *d)
{
	if (d->target.state == FACTS_CLOSED) {
		command_say(
		    "user %s was closed before; nothing to do", d->line->word);
		return true;
	}
	return change_for_reason(d, people_sql_close_account, NULL);
}

/* T7. It is what it was before; what was revoked stays so. */
bool
user_reopen(struct session *d)
{
	const char *reason = command_value(d->line, "--reason");
	struct people_sql_question q =
	    people_sql_reopen_account(d->remark, d->line->word, reason);

	if (d->target.state != FACTS_CLOSED)
		return command_say("user %s is not closed", d->line->word);
	return database_do(d->database, &q) &&
	       (database_said(d->database) ||
		   command_say("user %s was closed more than 30 days ago; "
			       "register a new user",
		       d->line->word));
}

bool
user_remind(struct session *d)
{
	struct people_sql_question q =
	    people_sql_remind_account(d->remark, d->line->word);

	if (!is_open(d) || !database_do(d->database, &q))
		return false;
	if (!database_said(d->database))
		command_say("user %s was reminded within a day, or may not log "
			    "in; nothing was mailed",
		    d->line->word);
	return true;
}

/* ------------------------------------------------------ name and address */

bool
user_set_name(struct session *d)
{
	char nfc[256] = "";
	struct people_sql_question q =
	    people_sql_set_name(d->remark, d->line->word, nfc);

	if (!field_name(command_value(d->line, "--name"), nfc, sizeof(nfc)) ||
	    !database_do(d->database, &q))
		return false;
	if (!database_said(d->database))
		command_say("this is the name already; nothing to do");
	return true;
}

/* The code that is outstanding dies with the old address (R-ACC-8). One's own
 * waits (T3), and the one of today is kept by saying it. */
bool
user_set_email(struct session *d)
{
	struct people_sql_question q = people_sql_set_email(
	    d->remark, d->line->word, command_value(d->line, "--email"));
	bool anything;

	if (!change_account(d, d->line->word, &q, &anything))
		return false;
	if (!anything)
		command_say("this is the address already, or waits to be; "
			    "nothing to do");
	else if (d->who != AUTHORITY_OPERATOR)
		command_say("both addresses are told; a new one is used when "
			    "policy.email_wait is over, and until then the old "
			    "one can be set again");
	return true;
}

/* ------------------------------------------------------------- passwords */

/* One's own: the password that --as has proved is the old one. */
static bool
change_own(struct session *d, const char *hash)
{
	struct people_sql_question q = people_sql_change_password(hash);
	bool changed;

	if (!change_account(d, d->self.user_id, &q, &changed))
		return false;
	if (!changed)
		command_say("the password has just been changed; try again");
	return changed;
}

/* `q` gives somebody another password; its hash comes with it. */
static bool
new_password(struct session *d, char hash[PASSWORD_HASH_SIZE],
    const struct people_sql_question *q)
{
	char made[PASSWORD_TEXT_SIZE];
	bool own = d->who != AUTHORITY_OPERATOR && d->target.id == d->self.id;
	bool anything;

	if (!password_take(d, PASSWORD_OF_ACCOUNT, hash, made))
		return false;
	return password_given(
	    own ? change_own(d, hash)
		: change_account(d, d->line->word, q, &anything),
	    made);
}

bool
user_set_password(struct session *d)
{
	bool temporary = command_given(d->line, "--temporary");
	char hash[PASSWORD_HASH_SIZE] = "";
	struct people_sql_question q =
	    d->who == AUTHORITY_OPERATOR
		? people_sql_set_password(
		      d->remark, d->line->word, hash, temporary)
		: people_sql_give_password(d->remark, d->line->word, hash);

	if (!lookup_account(d,
		temporary ? AUTHORITY_SET_TEMPORARY : AUTHORITY_SET_PASSWORD,
		d->line->word, &d->target))
		return false;
	return new_password(d, hash, &q);
}

/* To be replaced before anything else, but for a device (R-ACC-7). */
bool
user_temporary_password(struct session *d)
{
	char hash[PASSWORD_HASH_SIZE] = "";
	struct people_sql_question q =
	    people_sql_give_password(d->remark, d->line->word, hash);

	return new_password(d, hash, &q);
}
