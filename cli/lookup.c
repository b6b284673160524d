#include "cli/lookup.h"

#include <stdio.h>
#include <string.h>

void
lookup_no_user(const char *user_id)
{
	command_say("there is no user `%.64s`", user_id);
}

void
lookup_no_contract(const char *number)
{
	command_say("there is no contract `%.64s`", number);
}

void
lookup_no_certificate(const char *serial)
{
	command_say("there is no certificate %s", serial);
}

static bool
judged(struct session *d, enum authority_act act, enum authority_target target,
    bool master_revokes, void (*none)(const char *), const char *name)
{
	switch (authority_judge(d->who, act, target, master_revokes)) {
	case AUTHORITY_ALLOWED:
		return true;
	case AUTHORITY_REFUSED:
		command_say("%s", authority_why(act));
		return false;
	default:
		none(name);
		return false;
	}
}

/* From columns id, user_id, contract, role, state. False: it has been said. */
static bool
read_account(const struct database *db, struct facts_account *a)
{
	*a = (struct facts_account){ .id = database_number(db, 0, 0) };
	snprintf(a->user_id, sizeof(a->user_id), "%s", database_text(db, 0, 1));
	snprintf(
	    a->contract, sizeof(a->contract), "%s", database_text(db, 0, 2));
	if (facts_read_role(database_text(db, 0, 3), &a->role) &&
	    facts_read_state(database_text(db, 0, 4), &a->state))
		return true;
	command_say("the database holds a role or state of user %s that is "
		    "unknown: %s, %s",
	    a->user_id, database_text(db, 0, 3), database_text(db, 0, 4));
	return false;
}

bool
lookup_account(struct session *d, enum authority_act act, const char *user_id,
    struct facts_account *out)
{
	*out = (struct facts_account){ .id = 0 };
	if (!database_ask(
		d->database, &(struct database_question){
				 "SELECT id, user_id, contract, role, state"
				 " FROM koshin.account WHERE user_id = $1"
				 " AND ($2::text IS NULL OR contract = $2)",
				 { user_id, session_contract(d) } }))
		return false;
	if (database_rows(d->database) == 1 && !read_account(d->database, out))
		return false;
	return judged(d, act, authority_of_account(&d->self, out), false,
	    lookup_no_user, user_id);
}

bool
lookup_contract(struct session *d, enum authority_act act, const char *number)
{
	return judged(d, act, authority_of_contract(&d->self, number), false,
	    lookup_no_contract, number);
}

bool
lookup_certificate(struct session *d, const char *serial)
{
	struct facts_account holder = { .id = 0 };
	const struct profile *profile = NULL;

	if (!database_ask(d->database,
		&(struct database_question){
		    "SELECT a.id, a.user_id, a.contract, a.role, a.state,"
		    " c.profile FROM koshin.certificate c"
		    " JOIN koshin.account a ON a.id = c.account"
		    " WHERE c.serial = decode($1, 'hex')"
		    " AND c.state = 'issued'"
		    " AND ($2::text IS NULL OR a.contract = $2)",
		    { serial, session_contract(d) } }))
		return false;
	if (database_rows(d->database) == 1) {
		const char *name = database_text(d->database, 0, 5);

		if (!read_account(d->database, &holder))
			return false;
		profile = config_profile(d->config, name, strlen(name));
	}
	return judged(d, AUTHORITY_REVOKE,
	    authority_of_account(&d->self, &holder),
	    profile != NULL && profile->master_revokes, lookup_no_certificate,
	    serial);
}
