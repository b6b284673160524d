#include "cli/proof.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "cli/counters.h"

/* What a password is proved against. */
struct subject {
	const char *name; /* user ID or contract number */
	bool known;	  /* and not closed */
	bool locked;	  /* or blocked, as PostgreSQL knows it */
	unsigned locks;
	const char *hash; /* NULL: there is none */
	struct people_sql_question (*lock)(
	    const char *name, const struct people_sql_lock *);
	const char *wrong; /* what is said, whatever it was */
};

static bool
is_locked(const char *state, int64_t until)
{
	return strcmp(state, "blocked") == 0 || until > clock_now();
}

/* R-LOCK-8: PostgreSQL learns of a lock that Redis has decided. */
static bool
tell_lock(struct session *d, const struct subject *s, unsigned number,
    time_t until, bool blocked)
{
	struct people_sql_lock lock =
	    people_sql_lock_of(number, until, blocked);
	struct people_sql_question q = s->lock(s->name, &lock);

	return database_do(d->database, &q);
}

/* Evaluates, and gives the place back or counts the failure. */
static bool
evaluate(struct session *d, struct counters *n, const struct attempts_who *who,
    const struct subject *s, const char *password)
{
	enum attempts_outcome outcome = ATTEMPTS_NEUTRAL;
	struct attempts_settled settled;
	bool right = false;

	password_ready(d);
	if (s->known && !s->locked && s->hash != NULL)
		right = password_matches(s->hash, password, strlen(password));
	else
		password_dummy(password, strlen(password));
	/* R-LOCK-2: during a lock nothing counts. */
	if (!right && !s->locked)
		outcome = ATTEMPTS_FAILED;
	if (!counters_settle(n, who, outcome, &settled))
		return false;
	if (settled.locked_now && !tell_lock(d, s, settled.lock_number,
				      settled.locked_until, settled.blocked))
		return false;
	if (!right)
		command_say("%s", s->wrong);
	return right;
}

static bool
attempt(struct session *d, const struct subject *s, const char *password)
{
	struct counters *n = counters_open(d->config);
	struct attempts_who who = counters_who(s->name);
	struct attempts_begin_answer begun;
	bool right = false;

	if (n == NULL || !counters_begin(n, &who, s->locks, &begun)) {
		counters_close(n);
		return false;
	}
	if (begun.begin == ATTEMPTS_GO) {
		right = evaluate(d, n, &who, s, password);
	} else if (begun.begin == ATTEMPTS_BUSY) {
		command_say("others are trying this password now; try again");
	} else if (tell_lock(d, s, begun.lock_number, begun.locked_until,
		       begun.blocked)) {
		command_say("%s", s->wrong);
	}
	counters_close(n);
	return right;
}

/* -------------------------------------------------------------- accounts */

static enum facts_role
role_of(const char *word)
{
	if (strcmp(word, "master") == 0)
		return FACTS_MASTER;
	return strcmp(word, "device") == 0 ? FACTS_DEVICE : FACTS_GENERAL;
}

static enum facts_state
state_of(const char *word)
{
	if (strcmp(word, "active") == 0)
		return FACTS_ACTIVE;
	return strcmp(word, "blocked") == 0 ? FACTS_BLOCKED : FACTS_CLOSED;
}

/* False, and it has been said, when the database could not be asked. */
static bool
read_account(struct session *d, const char *user_id, struct facts_account *a)
{
	struct people_sql_question q = people_sql_proof_of_account(user_id);
	struct database *db = d->database;

	*a = (struct facts_account){ .state = FACTS_CLOSED };
	if (!database_do(db, &q))
		return false;
	if (database_rows(db) == 0)
		return true;
	a->id = database_number(db, 0, 0);
	snprintf(a->user_id, sizeof(a->user_id), "%s", user_id);
	snprintf(
	    a->contract, sizeof(a->contract), "%s", database_text(db, 0, 1));
	a->role = role_of(database_text(db, 0, 2));
	snprintf(a->password_hash, sizeof(a->password_hash), "%s",
	    database_text(db, 0, 3));
	a->temporary_password = database_switch(db, 0, 4);
	a->state = state_of(database_text(db, 0, 5));
	a->locks = (unsigned)database_number(db, 0, 6);
	a->locked_until = (time_t)database_number(db, 0, 7);
	return true;
}

bool
proof_of_account(struct session *d, const char *user_id, const char *password,
    struct facts_account *out)
{
	struct subject s = { .name = user_id,
		.lock = people_sql_lock_person,
		.wrong = "the user ID or the password is wrong, or the "
			 "account is locked" };

	if (!read_account(d, user_id, out))
		return false;
	s.known = out->state != FACTS_CLOSED;
	s.locked = s.known && (out->state == FACTS_BLOCKED ||
				  out->locked_until > clock_now());
	s.locks = out->locks;
	s.hash = out->password_hash;
	if (attempt(d, &s, password))
		return true;
	secret_wipe(out, sizeof(*out));
	return false;
}

/* ------------------------------------------------------------- contracts */

bool
proof_of_contract(struct session *d, const char *number, const char *password,
    char out[PASSWORD_HASH_SIZE])
{
	struct people_sql_question q = people_sql_proof_of_contract(number);
	struct subject s = { .name = number,
		.lock = people_sql_lock_contract,
		.wrong = "the contract number or the initial password is "
			 "wrong or used up, or the contract is locked" };
	struct database *db = d->database;

	if (!database_do(db, &q))
		return false;
	if (database_rows(db) == 1) {
		const char *hash = database_text(db, 0, 0);
		const char *state = database_text(db, 0, 1);

		s.known = strcmp(state, "closed") != 0;
		s.locked =
		    s.known && is_locked(state, database_number(db, 0, 3));
		s.locks = (unsigned)database_number(db, 0, 2);
		snprintf(
		    out, PASSWORD_HASH_SIZE, "%s", hash != NULL ? hash : "");
		s.hash = hash != NULL ? out : NULL;
	}
	if (attempt(d, &s, password))
		return true;
	secret_wipe(out, PASSWORD_HASH_SIZE);
	return false;
}

/* --------------------------------------------------------------- session */

static bool
enter(struct session *d, const char *user_id)
{
	struct people_sql_question q = people_sql_enter_session(user_id, false);

	d->who = authority_who(&d->self);
	if (d->who == AUTHORITY_NOBODY && d->self.temporary_password) {
		command_say("the password of %s is temporary; replace it "
			    "first with `koshin user register`",
		    user_id);
		return false;
	}
	if (d->who == AUTHORITY_NOBODY) {
		command_say("a device does not act for a contract");
		return false;
	}
	if (!database_do(d->database, &q))
		return false;
	if (!database_switch(d->database, 0, 0))
		command_say(
		    "the account of %s has just changed; try again", user_id);
	return database_switch(d->database, 0, 0);
}

bool
proof_enter(struct session *d, const char *user_id)
{
	char text[PASSWORD_TEXT_SIZE] = "", question[64];
	bool right;

	snprintf(question, sizeof(question), "Password of %.40s", user_id);
	right = password_prove(d->line, "--as-password-file", question, text) &&
		proof_of_account(d, user_id, text, &d->self);
	secret_wipe(text, sizeof(text));
	return right && enter(d, user_id);
}
