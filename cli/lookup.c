#include "cli/lookup.h"

#include <stdio.h>
#include <string.h>

#include "cli/field.h"
#include "cli/sql.h"

bool
lookup_no_user(const char *user_id)
{
	return command_say("user `%.64s` not found", user_id);
}

bool
lookup_no_contract(const char *number)
{
	return command_say("contract `%.64s` not found", number);
}

bool
lookup_no_certificate(const char *serial)
{
	return command_say("certificate %s not found", serial);
}

bool
lookup_no_mail(const char *id)
{
	return command_say("mail %s not found", id);
}

static bool
judged(struct session *d, enum authority_act act, enum authority_target target,
    bool master_revokes, lookup_none_fn *none, const char *name)
{
	switch (authority_judge(d->who, act, target, master_revokes)) {
	case AUTHORITY_ALLOWED:
		return true;
	case AUTHORITY_REFUSED:
		return command_say("%s", authority_why(act));
	default:
		return none(name);
	}
}

/* The first row. False: it has been said. */
static bool
read_account(const struct database *db, struct facts_account *a)
{
	const char *role = database_text(db, 0, "role");
	const char *state = database_text(db, 0, "state");

	a->id = database_number(db, 0, "id");
	snprintf(a->user_id, sizeof(a->user_id), "%s",
	    database_text(db, 0, "user_id"));
	snprintf(a->contract, sizeof(a->contract), "%s",
	    database_text(db, 0, "contract"));
	if (facts_read_role(role, &a->role) &&
	    facts_read_state(state, &a->state))
		return true;
	return command_say("the database holds a role or state of user %s that "
			   "is unknown: %s, %s",
	    a->user_id, role, state);
}

/* `out` is zeros if there is none. */
static bool
ask_account(struct session *d, const char *sql, const char *name,
    struct facts_account *out)
{
	*out = (struct facts_account){ .id = 0 };
	return DATABASE_ASK(d->database, sql, name, session_contract(d)) &&
	       (database_rows(d->database) == 0 ||
		   read_account(d->database, out));
}

bool
lookup_account(struct session *d, enum authority_act act, const char *user_id,
    struct facts_account *out)
{
	return ask_account(d, cli_sql_lookup_account, user_id, out) &&
	       judged(d, act, authority_of_account(&d->self, out), false,
		   lookup_no_user, user_id);
}

bool
lookup_contract(struct session *d, enum authority_act act, const char *number)
{
	return judged(d, act, authority_of_contract(&d->self, number), false,
	    lookup_no_contract, number);
}

static bool
master_revokes(const struct session *d)
{
	const struct profile *profile = NULL;
	const char *name;

	if (database_rows(d->database) == 1) {
		name = database_text(d->database, 0, "profile");
		profile = config_profile(d->config, name, strlen(name));
	}
	return profile != NULL && profile->master_revokes;
}

static bool
lookup_certificate(
    struct session *d, enum authority_act act, const char *serial)
{
	return ask_account(d, cli_sql_lookup_certificate, serial, &d->target) &&
	       judged(d, act, authority_of_account(&d->self, &d->target),
		   master_revokes(d), lookup_no_certificate, serial);
}

bool
lookup_target(struct session *d)
{
	const struct command *c = d->line->command;
	const char *word = d->line->word;

	switch (c->target) {
	case COMMAND_ACCOUNT:
		return lookup_account(d, c->may, word, &d->target);
	case COMMAND_CONTRACT:
		return lookup_contract(d, c->may, word);
	case COMMAND_HOME:
		return d->who == AUTHORITY_OPERATOR ||
		       lookup_contract(d, c->may, d->self.contract);
	case COMMAND_CERTIFICATE:
		return field_serial(word, d->serial) &&
		       lookup_certificate(d, c->may, d->serial);
	default:
		return true;
	}
}

bool
lookup_free(struct session *d, const char *user_id, bool *is_free)
{
	const char *sql = d->who == AUTHORITY_OPERATOR
			      ? "SELECT NOT EXISTS (SELECT FROM koshin.account "
				"WHERE user_id = $1)"
			      : "SELECT koshin.claim_user_id($1)";

	if (!DATABASE_ASK(d->database, sql, user_id))
		return false;
	*is_free = database_said(d->database);
	return true;
}
