#include "db/proofs.h"

#include "base/log.h"
#include "base/secret.h"
#include "base/xalloc.h"
#include "db/pg.h"

#define WAITING_MAX 16

enum statement {
	ACCOUNT,
	CONTRACT,
	LOCK_ACCOUNT,
	LOCK_CONTRACT,
	STATEMENTS
};

static const struct pg_statement statements[STATEMENTS] = {
	[ACCOUNT] = { "account",
	    "SELECT locks, locked_until, state, hash, contract, role, id,"
	    " temporary_password, $1::text"
	    " FROM koshin.proof_of_account($1::text)" },
	[CONTRACT] = { "contract",
	    "SELECT locks, locked_until, state, coalesce(hash, ''),"
	    " $1::text FROM koshin.proof_of_contract($1::text)" },
	[LOCK_ACCOUNT] = { "lock_account",
	    "SELECT koshin.lock_person($1::text, $2::int,"
	    " to_timestamp($3::bigint), $4::boolean)" },
	[LOCK_CONTRACT] = { "lock_contract",
	    "SELECT koshin.lock_contract($1::text, $2::int,"
	    " to_timestamp($3::bigint), $4::boolean)" },
};

struct proofs {
	struct pg *pg;
};

/* A question of ours: outlives the asker, is freed by its answer. */
struct asked {
	struct call call; /* first */
	bool contract;
	accounts_holder_fn *answer;
	accounts_done_fn *done;
	void *arg;
};

struct proofs *
proofs_open(struct event_base *base, const char *conninfo)
{
	struct proofs *p = xcalloc(1, sizeof(*p));

	p->pg = pg_open(base, &(struct pg_options){ .conninfo = conninfo,
				  .application = "koshin proof",
				  .statements = statements,
				  .statement_count = STATEMENTS,
				  .waiting_max = WAITING_MAX });
	return p;
}

void
proofs_close(struct proofs *p)
{
	if (p == NULL)
		return;
	pg_close(p->pg);
	free(p);
}

bool
proofs_up(const struct proofs *p)
{
	return pg_up(p->pg);
}

bool
proofs_idle(const struct proofs *p)
{
	return pg_waiting(p->pg) == 0;
}

/* --------------------------------------------------------------- looking */

#define TEXT(column, field) pg_get_text(r, 0, (column), (field), sizeof(field))

/* Behind what account and contract have in common. */
static bool
read_account(const PGresult *r, struct facts_account *a)
{
	a->id = pg_get_integer(r, 0, 6);
	a->temporary_password = pg_get_bool(r, 0, 7);
	return facts_read_role(PQgetvalue(r, 0, 5), &a->role) &&
	       TEXT(8, a->user_id);
}

static bool
read_row(const struct asked *q, const PGresult *r, struct facts_account *a)
{
	a->locks = (unsigned)pg_get_integer(r, 0, 0);
	a->locked_until = (time_t)pg_get_integer(r, 0, 1);
	return facts_read_state(PQgetvalue(r, 0, 2), &a->state) &&
	       TEXT(3, a->password_hash) && TEXT(4, a->contract) &&
	       (q->contract || read_account(r, a));
}

static void
on_row(void *arg, enum db_rc rc, const PGresult *row)
{
	struct asked *q = arg;
	struct facts_holder h = { .account = { .id = 0 } };

	if (rc == DB_NONE) {
		rc = DB_OK; /* nobody */
	} else if (rc == DB_OK && !read_row(q, row, &h.account)) {
		log_say(LOG_LINE_ERROR, "proofs", "a row cannot be understood");
		secret_wipe(&h, sizeof(h));
		rc = DB_DOWN;
	}
	if (!q->call.forgotten)
		q->answer(q->arg, rc, &h);
	secret_wipe(&h, sizeof(h));
	free(q);
}

static struct call *
find(struct proofs *p, enum statement which, const char *name,
    accounts_holder_fn *answer, void *arg)
{
	struct asked *q = xcalloc(1, sizeof(*q));
	struct pg_values v = { .count = 0 };

	q->contract = which == CONTRACT;
	q->answer = answer;
	q->arg = arg;
	pg_text(&v, name);
	pg_ask(p->pg, which, &v, on_row, q);
	return &q->call;
}

struct call *
proofs_find_account(struct proofs *p, const char *user_id,
    accounts_holder_fn *answer, void *arg)
{
	return find(p, ACCOUNT, user_id, answer, arg);
}

struct call *
proofs_find_contract(
    struct proofs *p, const char *number, accounts_holder_fn *answer, void *arg)
{
	return find(p, CONTRACT, number, answer, arg);
}

/* --------------------------------------------------------------- locking */

static void
on_locked(void *arg, enum db_rc rc, const PGresult *row)
{
	struct asked *q = arg;

	(void)row;
	if (!q->call.forgotten)
		q->done(q->arg, rc);
	free(q);
}

static struct call *
tell(struct proofs *p, enum statement which, const char *name,
    const struct accounts_lock *lock, const struct asked *question)
{
	struct asked *q = xcalloc(1, sizeof(*q));
	struct pg_values v = { .count = 0 };

	*q = *question;
	pg_text(&v, name);
	pg_integer(&v, lock->number);
	pg_time(&v, lock->until);
	pg_bool(&v, lock->block);
	pg_ask(p->pg, which, &v, on_locked, q);
	return &q->call;
}

struct call *
proofs_lock_account(struct proofs *p, const char *user_id,
    const struct accounts_lock *lock, accounts_done_fn *done, void *arg)
{
	return tell(p, LOCK_ACCOUNT, user_id, lock,
	    &(struct asked){ .done = done, .arg = arg });
}

struct call *
proofs_lock_contract(struct proofs *p, const char *number,
    const struct accounts_lock *lock, accounts_done_fn *done, void *arg)
{
	return tell(p, LOCK_CONTRACT, number, lock,
	    &(struct asked){ .done = done, .arg = arg });
}
