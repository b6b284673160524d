#include "db/accounts.h"

#include "base/log.h"
#include "base/password.h"
#include "base/xalloc.h"
#include "db/holder_columns.h"
#include "db/pg.h"
#include "db/skew.h"
#include "db/sql.h"

#include <stdlib.h>
#include <string.h>

#define WAITING_MAX 4096

enum statement {
	BY_CERTIFICATE,
	CHECK_KEY,
	CERTIFICATES,
	FEED,
	STOP_EMAIL,
	OF_FRONT, /* so many are a front's */
	BY_USER = OF_FRONT,
	LOCK,
	REHASH,
	COSTS,
	MAIL_CODE,
	CODE_FAILED,
	FIND_SPENT,
	STATEMENTS
};

enum column {
	HASH = HOLDER_COLUMNS,
	COLUMNS
};

/* Of both statements that find somebody. */
static const char *const columns[COLUMNS] = {
	HOLDER_COLUMNS_NAMES[HASH] = "password_hash",
};

static const struct pg_statement statements[STATEMENTS] = {
	[BY_USER] = { SQL(by_user) },
	[BY_CERTIFICATE] = { SQL(by_certificate) },
	[CHECK_KEY] = { "check_key", "SELECT NOT koshin.key_taken($1, $2)" },
	[CERTIFICATES] = { SQL(certificates) },
	[FEED] = { SQL(feed) },
	[STOP_EMAIL] = { "stop_email", "SELECT koshin.stop_email($1)" },
	[LOCK] = { SQL(lock_account) },
	[REHASH] = { "rehash", "SELECT koshin.rehash_password($1, $2, $3)" },
	[COSTS] = { SQL(costs) },
	[MAIL_CODE] = { SQL(mail_code) },
	[CODE_FAILED] = { SQL(code_failed) },
	[FIND_SPENT] = { SQL(spent) },
};

struct accounts {
	struct pg *pg;
	/* Of auth: nothing that is asked waits behind a commit, whose time
	 * would tell whose account there is (I-15). A front writes nothing but
	 * what tells that by its answer. */
	struct pg *writes;
	struct skew skew;
	bool found; /* where the columns are */
	int at[COLUMNS];
};

struct accounts *
accounts_open(
    struct event_base *base, const char *conninfo, enum accounts_whose whose)
{
	struct accounts *a = xcalloc(1, sizeof *a);
	bool front = whose == ACCOUNTS_FRONT;
	struct pg_options options = {
		.conninfo = conninfo,
		.application = front ? "koshin front" : "koshin auth",
		.statements = statements,
		.statement_count = front ? OF_FRONT : STATEMENTS,
		.waiting_max = WAITING_MAX,
	};

	a->pg = pg_open(base, &options);
	if (!front)
		a->writes = pg_open(base, &options);
	return a;
}

void
accounts_close(struct accounts *a)
{
	if (a == NULL)
		return;
	pg_close(a->writes);
	pg_close(a->pg);
	free(a);
}

void
accounts_when_up(struct accounts *a, void (*up)(void *arg), void *arg)
{
	pg_when_up(a->pg, up, arg);
	if (a->writes != NULL)
		pg_when_up(a->writes, up, arg);
}

bool
accounts_up(const struct accounts *a)
{
	return pg_up(a->pg) && (a->writes == NULL || pg_up(a->writes));
}

bool
accounts_idle(const struct accounts *a)
{
	return pg_waiting(a->pg) == 0 &&
	       (a->writes == NULL || pg_waiting(a->writes) == 0);
}

static enum db_rc
read_holder(struct accounts *a, const PGresult *r, struct facts_holder *h)
{
	if (!a->found)
		pg_find_columns(r, columns, COLUMNS, a->at);
	a->found = true;
	if (!skew_small(
		&a->skew, (time_t)pg_get_integer(r, 0, a->at[HOLDER_TIME])))
		return DB_DOWN;
	if (holder_columns_read(r, 0, a->at, h) &&
	    pg_get_text(r, 0, a->at[HASH], h->account.password_hash,
		sizeof h->account.password_hash))
		return DB_OK;
	log_say(LOG_LINE_ERROR, "accounts", "a row cannot be understood");
	return DB_DOWN;
}

static void
on_holder(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	struct facts_holder h;

	memset(&h, 0, sizeof h);
	if (rc == DB_OK)
		rc = read_holder(a->module, row, &h);
	else if (rc == DB_NONE)
		rc = DB_OK; /* no such certificate: nobody */
	((accounts_holder_fn *)a->heard)(a->arg, rc, &h);
	explicit_bzero(&h, sizeof h);
}

static void
add_presented(struct pg_values *v, const struct accounts_question *q)
{
	if (q->serial == NULL || q->fingerprint == NULL) {
		pg_null(v);
		pg_null(v);
		return;
	}
	pg_bytes(v, q->serial, sizeof(*q->serial));
	pg_bytes(v, q->fingerprint, sizeof(*q->fingerprint));
}

struct call *
accounts_find(struct accounts *accounts, const struct accounts_question *q,
    accounts_holder_fn *answer, void *arg)
{
	struct pg_values v = { .count = 0 };

	if (q->user_id != NULL)
		pg_text(&v, q->user_id);
	add_presented(&v, q);
	return pg_ask(accounts->pg,
	    q->user_id != NULL ? BY_USER : BY_CERTIFICATE, &v, on_holder,
	    DB_ASKER(accounts, answer, arg));
}

struct call *
accounts_check_key(struct accounts *accounts, int64_t account,
    const struct digest *key_identity, accounts_key_fn *answer, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_integer(&v, account);
	pg_bytes(&v, key_identity, sizeof(*key_identity));
	return pg_ask(accounts->pg, CHECK_KEY, &v, pg_tell_bool,
	    DB_ASKER(accounts, answer, arg));
}

/* ------------------------------------------------------------ certificates */

static bool
read_certificate(const PGresult *r, int row, struct facts_certificate *out)
{
	size_t len;

	*out = (struct facts_certificate){ .exists = true, .issued = true };
	out->not_before =
	    (time_t)pg_get_integer(r, row, pg_column(r, "not_before"));
	out->not_after =
	    (time_t)pg_get_integer(r, row, pg_column(r, "not_after"));
	out->current = pg_get_bool(r, row, pg_column(r, "current"));
	out->revoked = pg_get_bool(r, row, pg_column(r, "revoked"));
	return pg_get_text(r, row, pg_column(r, "profile"), out->profile,
		   sizeof out->profile) &&
	       pg_get_bytes(r, row, pg_column(r, "serial"), &out->serial,
		   sizeof out->serial, &len) &&
	       len == sizeof out->serial;
}

static void
on_certificates(const struct db_asker *a, enum db_rc rc, const PGresult *rows)
{
	struct facts_certificate list[ACCOUNTS_CERTIFICATES_MAX];
	int count = rc == DB_OK ? PQntuples(rows) : 0;

	for (int i = 0; i < count; i++)
		if (!read_certificate(rows, i, &list[i])) {
			log_say(LOG_LINE_ERROR, "accounts",
			    "a row cannot be understood");
			rc = DB_DOWN;
			count = 0;
		}
	((accounts_certificates_fn *)a->heard)(
	    a->arg, rc == DB_NONE ? DB_OK : rc, list, (size_t)count);
}

struct call *
accounts_list_certificates(struct accounts *accounts, int64_t account,
    accounts_certificates_fn *answer, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_integer(&v, account);
	pg_integer(&v, ACCOUNTS_CERTIFICATES_MAX);
	return pg_ask(accounts->pg, CERTIFICATES, &v, on_certificates,
	    DB_ASKER(accounts, answer, arg));
}

/* --------------------------------------------------------------- calendar */

struct accounts_rows {
	const PGresult *from;
	int at;
};

static const char *
text(const struct accounts_rows *r, const char *column)
{
	return PQgetvalue(r->from, r->at, pg_column(r->from, column));
}

static time_t
moment(const struct accounts_rows *r, const char *column)
{
	return (time_t)pg_get_integer(
	    r->from, r->at, pg_column(r->from, column));
}

bool
accounts_next(struct accounts_rows *r, struct accounts_entry *out)
{
	if (++r->at >= PQntuples(r->from) || text(r, "serial")[0] == '\0')
		return false;
	*out = (struct accounts_entry){ .user_id = text(r, "user_id"),
		.serial = text(r, "serial"),
		.profile = text(r, "profile"),
		.not_before = moment(r, "not_before"),
		.not_after = moment(r, "not_after") };
	return true;
}

static void
on_feed(const struct db_asker *a, enum db_rc rc, const PGresult *rows)
{
	struct accounts_rows r = { .from = rows };
	const char *locale = rc == DB_OK ? text(&r, "locale") : NULL;

	r.at = -1;
	((accounts_feed_fn *)a->heard)(a->arg, rc, locale, &r);
}

struct call *
accounts_read_feed(struct accounts *accounts, const struct digest *token,
    accounts_feed_fn *answer, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_bytes(&v, token, sizeof(*token));
	return pg_ask(
	    accounts->pg, FEED, &v, on_feed, DB_ASKER(accounts, answer, arg));
}

struct call *
accounts_stop_email(struct accounts *accounts, const struct digest *token,
    accounts_stopped_fn *stopped, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_bytes(&v, token, sizeof(*token));
	return pg_ask(accounts->pg, STOP_EMAIL, &v, pg_tell_bool,
	    DB_ASKER(accounts, stopped, arg));
}

struct call *
accounts_lock(struct accounts *accounts, const struct accounts_lock *lock,
    accounts_done_fn *done, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_integer(&v, lock->account);
	pg_integer(&v, lock->number);
	pg_time(&v, lock->until);
	pg_bool(&v, lock->block);
	pg_integer(&v, lock->failures);
	pg_text(&v, lock->whence);
	return pg_ask(accounts->writes, LOCK, &v, pg_tell_done,
	    DB_ASKER(accounts, done, arg));
}

struct call *
accounts_rehash(struct accounts *accounts, int64_t account, const char *old,
    const char *anew, accounts_done_fn *done, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_integer(&v, account);
	pg_text(&v, old);
	pg_text(&v, anew);
	return pg_ask(accounts->writes, REHASH, &v, pg_tell_done,
	    DB_ASKER(accounts, done, arg));
}

static void
on_costs(const struct db_asker *a, enum db_rc rc, const PGresult *rows)
{
	struct password_costs costs = password_costs_now();
	char text[PASSWORD_HASH_SIZE];

	for (int i = 0; rc == DB_OK && i < PQntuples(rows); i++)
		if (!pg_get_text(rows, i, 0, text, sizeof text) ||
		    !password_costs_add(&costs, text))
			log_say(LOG_LINE_ERROR, "password-costs", text);
	((accounts_costs_fn *)a->heard)(
	    a->arg, rc == DB_NONE ? DB_OK : rc, &costs);
}

struct call *
accounts_find_costs(
    struct accounts *accounts, accounts_costs_fn *answer, void *arg)
{
	struct pg_values v = { .count = 0 };

	return pg_ask(
	    accounts->pg, COSTS, &v, on_costs, DB_ASKER(accounts, answer, arg));
}

static void
on_mailed(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	if (rc == DB_OK && !pg_get_bool(row, 0, 0))
		rc = DB_CONFLICT; /* closed or blocked meanwhile */
	((accounts_done_fn *)a->heard)(a->arg, rc);
}

struct call *
accounts_mail_code(struct accounts *accounts, const struct accounts_code *code,
    accounts_done_fn *done, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_integer(&v, code->account);
	pg_bytes(&v, code->nonce, sizeof code->nonce);
	pg_time(&v, code->made_at);
	pg_time(&v, code->dies_at);
	pg_text(&v, code->address);
	pg_bytes(&v, code->id, sizeof code->id);
	pg_bytes(&v, &code->digest, sizeof code->digest);
	return pg_ask(accounts->writes, MAIL_CODE, &v, on_mailed,
	    DB_ASKER(accounts, done, arg));
}

static void
on_failed(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	bool failed = rc == DB_OK && pg_get_bool(row, 0, 0);

	if (rc == DB_NONE)
		rc = DB_OK;
	((accounts_failed_fn *)a->heard)(a->arg, rc, failed);
}

struct call *
accounts_code_failed(struct accounts *accounts, int64_t account,
    const unsigned char id[GRANT_CODE_ID_SIZE], accounts_failed_fn *answer,
    void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_integer(&v, account);
	pg_bytes(&v, id, GRANT_CODE_ID_SIZE);
	return pg_ask(accounts->pg, CODE_FAILED, &v, on_failed,
	    DB_ASKER(accounts, answer, arg));
}

static void
on_spent(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	unsigned char id[GRANT_CODE_ID_SIZE];
	const unsigned char *found = NULL;
	size_t len;

	if (rc == DB_OK && pg_get_bytes(row, 0, 0, id, sizeof id, &len) &&
	    len == sizeof id)
		found = id;
	if (rc == DB_NONE)
		rc = DB_OK;
	((accounts_spent_fn *)a->heard)(a->arg, rc, found);
}

struct call *
accounts_find_spent(struct accounts *accounts, int64_t account,
    const struct digest *code, const struct digest *csr,
    accounts_spent_fn *answer, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_integer(&v, account);
	pg_bytes(&v, code, sizeof *code);
	pg_bytes(&v, csr, sizeof *csr);
	return pg_ask(accounts->pg, FIND_SPENT, &v, on_spent,
	    DB_ASKER(accounts, answer, arg));
}
