/*
 * koshin user register - how people begin by themselves: the master with the
 * initial password of the contract (R-ACC-2), a general user with the
 * temporary password (R-ACC-7). What can be refused is refused before the
 * password is tried.
 */
#include <string.h>

#include "base/secret.h"
#include "cli/change.h"
#include "cli/commands/commands.h"
#include "cli/counters.h"
#include "cli/session.h"
#include "cli/field.h"
#include "cli/password.h"
#include "cli/person.h"
#include "cli/proof.h"

#define OLD "--old-password-file"

/* ---------------------------------------------------------------- master */

static bool
judge_master(const struct session *d, struct person *p)
{
	const char *email = command_value(d->line, "--email-again");
	char again[128] = "";
	bool good;

	person_of_line(p, d);
	p->fold = true;
	good = person_judge(p);
	/* R-ACC-6: entered twice and equal. */
	if (strlen(email) >= sizeof(again) ||
	    !input_fold_width(email, strlen(email), again) ||
	    strcmp(again, p->ready.email) != 0)
		good = field_ok("--email-again", "is not the same as --email");
	return good;
}

static bool
begin_master(struct session *d, const struct person *p, const char *initial,
    const char *hash)
{
	struct people_sql_question q =
	    people_sql_register_master(&p->ready, hash);

	if (!proof_of_contract(d, p->ready.contract, initial) ||
	    !database_do(d->database, &q))
		return false;
	/* The ladder of the contract begins anew; in Redis too. */
	counters_lift_contract(d->counters, p->ready.contract);
	return true;
}

static bool
register_master(struct session *d)
{
	struct person p;
	char initial[PASSWORD_TEXT_SIZE] = "", hash[PASSWORD_HASH_SIZE];
	char made[PASSWORD_TEXT_SIZE];
	bool done;

	done = judge_master(d, &p) &&
	       password_prove(
		   d->line, OLD, "Initial password of the contract", initial) &&
	       password_take(d, PASSWORD_OF_ACCOUNT, hash, made) &&
	       begin_master(d, &p, initial, hash);
	secret_wipe(initial, sizeof(initial));
	return done;
}

/* --------------------------------------------------------------- general */

static bool
replace(struct session *d, const char *user_id, const char *hash)
{
	struct people_sql_question q = people_sql_replace_temporary(hash);
	bool replaced;

	if (!change_account(d, user_id, &q, &replaced))
		return false;
	if (!replaced)
		command_say("the temporary password has just been changed; "
			    "try again");
	return replaced;
}

static bool
begin_general(struct session *d, const char *user_id, const char *temporary)
{
	struct facts_account a = { .id = 0 };
	char hash[PASSWORD_HASH_SIZE], made[PASSWORD_TEXT_SIZE];
	bool done = false;

	if (!password_replace(d, temporary, hash, made) ||
	    !proof_of_account(d, user_id, temporary, &a))
		return false;
	if (!a.temporary_password)
		command_say("user %s is registered already; the password is "
			    "not temporary",
		    user_id);
	else
		done = replace(d, user_id, hash);
	return done;
}

static bool
register_general(struct session *d)
{
	char temporary[PASSWORD_TEXT_SIZE] = "";
	struct person p;
	bool done;

	person_of_line(&p, d);
	p.fold = true;
	done = person_judge(&p) &&
	       password_prove(d->line, OLD, "Temporary password", temporary) &&
	       begin_general(d, p.ready.user_id, temporary);
	secret_wipe(temporary, sizeof(temporary));
	return done;
}

/* ------------------------------------------------------------------------ */

bool
user_register_fits(const struct command_line *line)
{
	static const char *const of_master[] = { "--name", "--email",
		"--email-again", "--locale" };
	bool master = command_given(line, "--contract");

	for (size_t i = 0; i < 4; i++) {
		bool given = command_given(line, of_master[i]);

		if (master && !given && i < 3) /* --locale may be left out */
			return command_misused(
			    line->command, "missing ", of_master[i]);
		if (!master && given)
			return command_misused(line->command,
			    "without --contract there is no ", of_master[i]);
	}
	return true;
}

bool
user_register(struct session *d)
{
	return command_given(d->line, "--contract") ? register_master(d)
						    : register_general(d);
}
