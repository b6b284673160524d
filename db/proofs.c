#include "db/proofs.h"

#include "base/log.h"
#include "base/secret.h"
#include "base/xalloc.h"
#include "db/pg.h"
#include "db/sql.h"

#define WAITING_MAX 1024

enum statement {
	ACCOUNT,
	CONTRACT,
	LOCK_ACCOUNT,
	LOCK_CONTRACT,
	OPEN_SESSION,
	GIVES,
	OWED,
	SETTLE,
	PREPARE_EMAIL,
	CONFIRM_EMAIL,
	BEGIN_ACCOUNT,
	BEGIN_MASTER,
	STATEMENTS
};

static const struct pg_statement statements[STATEMENTS] = {
	[ACCOUNT] = { SQL(proof_of_account) },
	[CONTRACT] = { SQL(proof_of_contract) },
	[LOCK_ACCOUNT] = { SQL(lock_account) },
	[LOCK_CONTRACT] = { "lock_contract",
	    "SELECT koshin.lock_contract($1, $2, to_timestamp($3), $4)" },
	[OPEN_SESSION] = { SQL(open_session) },
	[GIVES] = { "session_gives", "SELECT koshin.session_gives($1)" },
	[OWED] = { "owed_by",
	    "SELECT name, of_contract, lift FROM koshin.owed_by($1)" },
	[SETTLE] = { "settle_owed", "SELECT koshin.settle_owed($1, $2, $3)" },
	[PREPARE_EMAIL] = { "prepare_email",
	    "SELECT koshin.prepare_email($1, $2, $3, $4)" },
	[CONFIRM_EMAIL] = { "confirm_email",
	    "SELECT koshin.confirm_email($1, $2)" },
	[BEGIN_ACCOUNT] = { "begin_account",
	    "SELECT koshin.begin_account($1, $2, $3, $4)" },
	[BEGIN_MASTER] = { "begin_master",
	    "SELECT koshin.begin_master($1, $2, $3, $4, $5, $6, $7)" },
};

struct proofs {
	struct pg *pg;
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

static bool
read_row(const PGresult *r, struct facts_account *a)
{
#define COLUMN(name) r, 0, pg_column(r, name)
#define TEXT(name, field) pg_get_text(COLUMN(name), (field), sizeof(field))
	a->id = pg_get_integer(COLUMN("id"));
	a->locks = (unsigned)pg_get_integer(COLUMN("locks"));
	a->locked_until = (time_t)pg_get_integer(COLUMN("locked_until"));
	a->temporary_password = pg_get_bool(COLUMN("temporary_password"));
	return facts_read_role(PQgetvalue(COLUMN("role")), &a->role) &&
	       facts_read_state(PQgetvalue(COLUMN("state")), &a->state) &&
	       TEXT("hash", a->password_hash) &&
	       TEXT("contract", a->contract) && TEXT("user_id", a->user_id);
}

static void
on_row(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	struct facts_holder h = { .account = { .id = 0 } };

	if (rc == DB_NONE) {
		rc = DB_OK; /* nobody */
	} else if (rc == DB_OK && !read_row(row, &h.account)) {
		log_say(LOG_LINE_ERROR, "proofs", "a row cannot be understood");
		secret_wipe(&h, sizeof(h));
		rc = DB_DOWN;
	}
	((accounts_holder_fn *)a->heard)(a->arg, rc, &h);
	secret_wipe(&h, sizeof(h));
}

static struct call *
find(struct proofs *p, enum statement which, const char *name,
    accounts_holder_fn *answer, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_text(&v, name);
	return pg_ask(p->pg, which, &v, on_row, DB_ASKER(p, answer, arg));
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

static struct call *
lock(struct proofs *p, enum statement which, struct pg_values *v,
    const struct accounts_lock *l, struct db_asker asker)
{
	pg_integer(v, l->number);
	pg_time(v, l->until);
	pg_bool(v, l->block);
	if (which == LOCK_ACCOUNT) { /* a contract has no mailbox */
		pg_integer(v, l->failures);
		pg_text(v, l->whence);
	}
	return pg_ask(p->pg, which, v, pg_tell_done, asker);
}

struct call *
proofs_lock_account(struct proofs *p, const struct accounts_lock *l,
    accounts_done_fn *done, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_integer(&v, l->account);
	return lock(p, LOCK_ACCOUNT, &v, l, DB_ASKER(p, done, arg));
}

struct call *
proofs_lock_contract(struct proofs *p, const char *number,
    const struct accounts_lock *l, accounts_done_fn *done, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_text(&v, number);
	return lock(p, LOCK_CONTRACT, &v, l, DB_ASKER(p, done, arg));
}

/* --------------------------------------------------------------- session */

struct call *
proofs_open_session(struct proofs *p, const struct digest *token,
    const struct facts_account *who, const struct authority_limits *limits,
    unsigned lives_s, proofs_opened_fn *opened, void *arg)
{
	char seconded[SECOND_LIST_SIZE];
	struct pg_values v = { .count = 0 };

	pg_bytes(&v, token, sizeof(*token));
	pg_text(&v, who->contract);
	if (who->id == 0)
		pg_null(&v);
	else
		pg_integer(&v, who->id);
	pg_text(&v, who->password_hash);
	pg_integer(&v, limits->lifts);
	pg_integer(&v, limits->passwords);
	pg_integer(&v, limits->closes);
	second_list(&limits->second, seconded);
	pg_text(&v, seconded);
	pg_integer(&v, limits->second.within_s);
	pg_integer(&v, limits->second.revokes);
	pg_integer(&v, limits->email_wait_s);
	pg_integer(&v, lives_s);
	return pg_ask(
	    p->pg, OPEN_SESSION, &v, pg_tell_bool, DB_ASKER(p, opened, arg));
}

struct call *
proofs_may_give(struct proofs *p, const struct digest *token,
    proofs_opened_fn *answer, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_bytes(&v, token, sizeof(*token));
	return pg_ask(p->pg, GIVES, &v, pg_tell_bool, DB_ASKER(p, answer, arg));
}

static void
on_owed(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	struct proofs_owed owed = { .owes = PROOFS_NOTHING, .name = "" };

	if (rc == DB_OK)
		owed = (struct proofs_owed){
			.owes = pg_get_bool(row, 0, pg_column(row, "lift"))
				    ? PROOFS_LIFT
				    : PROOFS_CODE,
			.name = PQgetvalue(row, 0, pg_column(row, "name")),
			.contract =
			    pg_get_bool(row, 0, pg_column(row, "of_contract")),
		};
	((proofs_owed_fn *)a->heard)(a->arg, rc == DB_NONE ? DB_OK : rc, &owed);
}

struct call *
proofs_find_owed(struct proofs *p, const struct digest *token,
    proofs_owed_fn *answer, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_bytes(&v, token, sizeof(*token));
	return pg_ask(p->pg, OWED, &v, on_owed, DB_ASKER(p, answer, arg));
}

struct call *
proofs_settle(struct proofs *p, const struct digest *token, const char *name,
    bool contract, accounts_done_fn *done, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_bytes(&v, token, sizeof(*token));
	pg_text(&v, name);
	pg_bool(&v, contract);
	return pg_ask(p->pg, SETTLE, &v, pg_tell_done, DB_ASKER(p, done, arg));
}

/* ------------------------------------------------------- another address */

struct call *
proofs_prepare_email(struct proofs *p, const struct digest *token,
    const struct proofs_email *e, proofs_opened_fn *opened, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_bytes(&v, token, sizeof(*token));
	pg_bytes(&v, e->nonce, sizeof(e->nonce));
	pg_bytes(&v, &e->code, sizeof(e->code));
	pg_bytes(&v, &e->stop, sizeof(e->stop));
	return pg_ask(
	    p->pg, PREPARE_EMAIL, &v, pg_tell_bool, DB_ASKER(p, opened, arg));
}

struct call *
proofs_confirm_email(struct proofs *p, int64_t account,
    const struct digest *code, proofs_opened_fn *right, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_integer(&v, account);
	pg_bytes(&v, code, sizeof(*code));
	return pg_ask(
	    p->pg, CONFIRM_EMAIL, &v, pg_tell_bool, DB_ASKER(p, right, arg));
}

/* -------------------------------------------------------------- beginning */

static void
on_begun(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	int64_t account = rc == DB_OK ? pg_get_integer(row, 0, 0) : 0;

	((proofs_begun_fn *)a->heard)(a->arg, rc, account);
}

struct call *
proofs_begin_account(struct proofs *p, const struct facts_account *who,
    const char *hash, proofs_begun_fn *begun, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_text(&v, who->contract);
	pg_integer(&v, who->id);
	pg_text(&v, who->password_hash);
	pg_text(&v, hash);
	return pg_ask(
	    p->pg, BEGIN_ACCOUNT, &v, on_begun, DB_ASKER(p, begun, arg));
}

struct call *
proofs_begin_master(struct proofs *p, const struct facts_account *contract,
    const struct people_sql_holder *master, const char *hash,
    proofs_begun_fn *begun, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_text(&v, contract->contract);
	pg_text(&v, contract->password_hash);
	pg_text(&v, master->user_id);
	pg_text(&v, master->name);
	pg_text(&v, master->email);
	pg_text(&v, master->locale);
	pg_text(&v, hash);
	return pg_ask(
	    p->pg, BEGIN_MASTER, &v, on_begun, DB_ASKER(p, begun, arg));
}
