#include "db/people.h"

#include "base/xalloc.h"
#include "db/pg.h"
#include "db/sql.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define WAITING_MAX 256

enum statement {
	ENTER,
	LEAVE,
	LIST,
	USER,
	CERTIFICATES,
	FIGURES,
	TAKEN,
	CLAIM,
	OWN,
	OPERATORS, /* from here on as enum people_reading */
	CHANGES =
	    OPERATORS + PEOPLE_READINGS, /* from here on those of people_sql */
	LIFT = CHANGES,
	CLOSE,
	REOPEN,
	REMIND,
	GIVE_PASSWORD,
	REGISTER,
	WITHDRAW,
	REVOKE_OWN,
	SUSPEND,
	RESUME,
	SET_NAME,
	SET_EMAIL,
	KEEP_EMAIL,
	SET_LOCALE,
	SET_FEED,
	ADD_ACCOUNT,
	ADD_CONTRACT,
	LIFT_CONTRACT,
	RESET_CONTRACT,
	CLOSE_CONTRACT,
	REVOKE_CONTRACT,
	SET_PROFILES,
	RETRY_MAIL,
	RETRY_MAILS,
	PROPOSE,
	PROPOSAL_RESETS,
	CONFIRM,
	DECLINE,
	STATEMENTS
};

static const struct pg_statement reading[CHANGES] = {
	[ENTER] = { "enter_session", "SELECT koshin.enter_session($1, true)" },
	[LEAVE] = { "end_session", "SELECT koshin.end_session()" },
	[LIST] = { SQL(desk_list) },
	[USER] = { SQL(desk_user) },
	[CERTIFICATES] = { SQL(desk_certificates) },
	[FIGURES] = { SQL(desk_figures) },
	[TAKEN] = { SQL(desk_taken) },
	[CLAIM] = { "claim_user_id", "SELECT koshin.claim_user_id($1)" },
	[OWN] = { SQL(own) },
	[OPERATORS + PEOPLE_CONTRACTS] = { SQL(operator_contracts) },
	[OPERATORS + PEOPLE_USERS] = { SQL(operator_users) },
	[OPERATORS + PEOPLE_CERTIFICATES] = { SQL(operator_certificates) },
	[OPERATORS + PEOPLE_MAILS] = { SQL(operator_mails) },
	[OPERATORS + PEOPLE_AUDIT] = { SQL(operator_audit) },
	[OPERATORS + PEOPLE_FIGURES] = { SQL(operator_figures) },
	[OPERATORS + PEOPLE_PROPOSALS] = { SQL(operator_proposals) },
};

/* How many parameters each of them has. */
static const unsigned char values_of[PEOPLE_READINGS] = {
	[PEOPLE_CONTRACTS] = 5,
	[PEOPLE_USERS] = 7,
	[PEOPLE_CERTIFICATES] = 2,
	[PEOPLE_MAILS] = 4,
	[PEOPLE_AUDIT] = 7,
	[PEOPLE_FIGURES] = 3,
	[PEOPLE_PROPOSALS] = 1,
};

struct people {
	struct pg *pg;
	struct pg_statement statements[STATEMENTS];
};

static void
find_changes(struct people *p)
{
	static const struct people_sql_holder nobody;
	const struct people_sql_question all[STATEMENTS - CHANGES] = {
		[LIFT - CHANGES] = people_sql_lift_account("", "", ""),
		[CLOSE - CHANGES] = people_sql_close_account("", "", ""),
		[REOPEN - CHANGES] = people_sql_reopen_account("", "", ""),
		[REMIND - CHANGES] = people_sql_remind_account("", ""),
		[GIVE_PASSWORD - CHANGES] =
		    people_sql_give_password("", "", ""),
		[REGISTER - CHANGES] = people_sql_register_member(&nobody, ""),
		[WITHDRAW - CHANGES] =
		    people_sql_withdraw_certificate("", "", ""),
		[REVOKE_OWN - CHANGES] = people_sql_revoke_own("", "", ""),
		[SUSPEND - CHANGES] = people_sql_suspend_account("", "", ""),
		[RESUME - CHANGES] = people_sql_resume_account("", "", ""),
		[SET_NAME - CHANGES] = people_sql_set_name("", "", ""),
		[SET_EMAIL - CHANGES] = people_sql_set_email("", "", ""),
		[ADD_ACCOUNT - CHANGES] =
		    people_sql_add_account("", &nobody, "", true),
		[ADD_CONTRACT - CHANGES] =
		    people_sql_add_contract("", "", "", ""),
		[LIFT_CONTRACT - CHANGES] =
		    people_sql_lift_contract("", "", ""),
		[RESET_CONTRACT - CHANGES] =
		    people_sql_reset_contract("", "", "", ""),
		[CLOSE_CONTRACT - CHANGES] =
		    people_sql_close_contract("", "", ""),
		[REVOKE_CONTRACT - CHANGES] =
		    people_sql_revoke_contract("", "", "", ""),
		[SET_PROFILES - CHANGES] = people_sql_set_profiles("", "", ""),
		[RETRY_MAIL - CHANGES] = people_sql_retry_mail("", ""),
		[RETRY_MAILS - CHANGES] = people_sql_retry_failed_mails(""),
		[PROPOSE - CHANGES] = people_sql_propose("", "", "", "", ""),
		[PROPOSAL_RESETS - CHANGES] = people_sql_proposal_resets(""),
		[CONFIRM - CHANGES] = people_sql_confirm("", "", ""),
		[DECLINE - CHANGES] = people_sql_decline("", ""),
		[KEEP_EMAIL - CHANGES] = people_sql_keep_email("", ""),
		[SET_LOCALE - CHANGES] = people_sql_set_locale("", "", ""),
		[SET_FEED - CHANGES] = people_sql_set_feed(""),
	};

	for (size_t i = 0; i < STATEMENTS - CHANGES; i++)
		p->statements[CHANGES + i] =
		    (struct pg_statement){ all[i].name, all[i].sql };
}

struct people *
people_open(struct event_base *base, const char *conninfo)
{
	struct people *p = xcalloc(1, sizeof(*p));

	memcpy(p->statements, reading, sizeof(reading));
	find_changes(p);
	p->pg = pg_open(base, &(struct pg_options){ .conninfo = conninfo,
				  .application = "koshin member",
				  .statements = p->statements,
				  .statement_count = STATEMENTS,
				  .waiting_max = WAITING_MAX });
	return p;
}

void
people_close(struct people *p)
{
	if (p == NULL)
		return;
	pg_close(p->pg);
	free(p);
}

bool
people_up(const struct people *p)
{
	return pg_up(p->pg);
}

void
people_when_up(struct people *p, void (*up)(void *arg), void *arg)
{
	pg_when_up(p->pg, up, arg);
}

/* In one transaction with the session of the token. */
static struct call *
ask(struct people *p, const char *token, enum statement which,
    const struct pg_values *v, pg_answer_fn *answer, struct db_asker asker)
{
	const struct db_asker nobody = { 0 };
	struct pg_values key = { .count = 0 };
	struct pg_batch *b = pg_batch_new(p->pg);

	if (b == NULL)
		return NULL;
	pg_text(&key, token);
	pg_batch_add(b, ENTER, &key, NULL, nobody);
	pg_batch_add(b, which, v, answer, asker);
	return pg_batch_send(b, NULL, NULL);
}

/* ---------------------------------------------------------------- reading */

struct people_rows {
	const PGresult *from;
	int at;
};

static const char *
text(const struct people_rows *r, const char *column)
{
	return PQgetvalue(r->from, r->at, pg_column(r->from, column));
}

static bool
flag(const struct people_rows *r, const char *column)
{
	return pg_get_bool(r->from, r->at, pg_column(r->from, column));
}

static unsigned
number(const struct people_rows *r, const char *column)
{
	return (unsigned)pg_get_integer(
	    r->from, r->at, pg_column(r->from, column));
}

static time_t
moment(const struct people_rows *r, const char *column)
{
	return (time_t)pg_get_integer(
	    r->from, r->at, pg_column(r->from, column));
}

static enum db_rc
in_session(enum db_rc rc, const PGresult *rows)
{
	struct people_rows first = { .from = rows };

	return rc == DB_OK && !flag(&first, "open") ? DB_NONE : rc;
}

bool
people_next(struct people_rows *r, struct people_user *u)
{
	if (++r->at >= PQntuples(r->from) || text(r, "user_id")[0] == '\0')
		return false;
	*u = (struct people_user){ .user_id = text(r, "user_id"),
		.role = text(r, "role"),
		.name = text(r, "name"),
		.email = text(r, "email"),
		.state = text(r, "state"),
		.locked_until = moment(r, "locked_until"),
		.temporary_password = flag(r, "temporary_password"),
		.serial = text(r, "serial"),
		.not_after = moment(r, "not_after"),
		.installed_at = moment(r, "installed_at"),
		.refused_at = moment(r, "refused_at"),
		.closed_at = moment(r, "closed_at") };
	return true;
}

static void
on_list(const struct db_asker *a, enum db_rc rc, const PGresult *rows)
{
	struct people_rows r = { .from = rows };
	unsigned found = 0;

	rc = in_session(rc, rows);
	if (rc == DB_OK)
		found = number(&r, "found");
	r.at = -1;
	((people_page_fn *)a->heard)(a->arg, rc, &r, found);
}

struct call *
people_list(struct people *p, const char *token, const struct people_page *page,
    people_page_fn *answer, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_time(&v, page->month_ends);
	pg_text(&v, page->list);
	pg_text(&v, page->search);
	pg_text(&v, page->sort);
	pg_bool(&v, page->down);
	pg_text(&v, page->after);
	pg_integer(&v, page->most);
	return ask(p, token, LIST, &v, on_list, DB_ASKER(p, answer, arg));
}

static void
on_user(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	struct people_rows r = { .from = row };
	struct people_left left = { 0 };
	struct people_user user;
	bool there = false;

	rc = in_session(rc, row);
	if (rc == DB_OK) {
		left.lifts = number(&r, "lifts");
		left.passwords = number(&r, "passwords");
		r.at = -1;
		there = people_next(&r, &user);
	}
	((people_user_fn *)a->heard)(a->arg, rc, there ? &user : NULL, &left);
}

struct call *
people_find(struct people *p, const char *token, const char *user_id,
    people_user_fn *answer, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_text(&v, user_id);
	return ask(p, token, USER, &v, on_user, DB_ASKER(p, answer, arg));
}

static void
on_certificates(const struct db_asker *a, enum db_rc rc, const PGresult *rows)
{
	struct people_certificate list[PEOPLE_CERTIFICATES_MAX];
	struct people_rows r = { .from = rows };
	int count = rc == DB_OK ? PQntuples(rows) : 0;

	for (; r.at < count; r.at++)
		list[r.at] = (struct people_certificate){
			.serial = text(&r, "serial"),
			.profile = text(&r, "profile"),
			.not_before = moment(&r, "not_before"),
			.not_after = moment(&r, "not_after"),
			.current = flag(&r, "current"),
			.installed = flag(&r, "installed"),
			.revoked = flag(&r, "revoked"),
		};
	((people_certificates_fn *)a->heard)(
	    a->arg, rc == DB_NONE ? DB_OK : rc, list, (unsigned)count);
}

struct call *
people_list_certificates(struct people *p, const char *token,
    const char *user_id, people_certificates_fn *answer, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_text(&v, user_id);
	pg_integer(&v, PEOPLE_CERTIFICATES_MAX);
	return ask(p, token, CERTIFICATES, &v, on_certificates,
	    DB_ASKER(p, answer, arg));
}

static void
on_figures(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	struct people_rows r = { .from = row };
	struct people_figures f = { .all = 0 };

	rc = in_session(rc, row);
	if (rc == DB_OK)
		f = (struct people_figures){ .all = number(&r, "all"),
			.without = number(&r, "without"),
			.expiring = number(&r, "expiring"),
			.uninstalled = number(&r, "uninstalled"),
			.locked = number(&r, "locked"),
			.bounced = number(&r, "bounced"),
			.closed = number(&r, "closed"),
			.closes_left = number(&r, "closes_left") };
	((people_figures_fn *)a->heard)(a->arg, rc, &f);
}

struct call *
people_count(struct people *p, const char *token, time_t month_ends,
    people_figures_fn *answer, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_time(&v, month_ends);
	return ask(p, token, FIGURES, &v, on_figures, DB_ASKER(p, answer, arg));
}

static void
on_taken(const struct db_asker *a, enum db_rc rc, const PGresult *rows)
{
	struct people_rows r = { .from = rows };
	int count = rc == DB_OK ? PQntuples(rows) : 0;

	for (; r.at < count; r.at++)
		((people_taken_fn *)a->heard)(a->arg, rc, text(&r, "user_id"));
	((people_taken_fn *)a->heard)(a->arg, rc == DB_NONE ? DB_OK : rc, NULL);
}

struct call *
people_find_taken(struct people *p, const char *token, const char *user_ids,
    people_taken_fn *answer, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_text(&v, user_ids);
	return ask(p, token, TAKEN, &v, on_taken, DB_ASKER(p, answer, arg));
}

static void
on_json(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	bool there = rc == DB_OK;

	((people_json_fn *)a->heard)(a->arg, rc,
	    there ? PQgetvalue(row, 0, 0) : "",
	    there ? (size_t)PQgetlength(row, 0, 0) : 0);
}

struct call *
people_read(struct people *p, const char *token, enum people_reading what,
    const char *const values[PEOPLE_VALUES_MAX], people_json_fn *answer,
    void *arg)
{
	struct pg_values v = { .count = 0 };

	for (int i = 0; i < values_of[what]; i++)
		pg_text(&v, values[i]);
	return ask(
	    p, token, OPERATORS + what, &v, on_json, DB_ASKER(p, answer, arg));
}

static void
on_own(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	struct people_rows r = { .from = row };
	struct people_own own = { .name = NULL };

	if (rc == DB_OK)
		own = (struct people_own){ .name = text(&r, "name"),
			.email = text(&r, "email"),
			.locale = text(&r, "locale"),
			.email_next = text(&r, "email_next"),
			.email_at = moment(&r, "email_at"),
			.email_code = flag(&r, "email_code"),
			.feed = flag(&r, "feed") };
	((people_own_fn *)a->heard)(a->arg, rc, &own);
}

struct call *
people_find_own(
    struct people *p, const char *token, people_own_fn *answer, void *arg)
{
	const struct pg_values none = { .count = 0 };

	return ask(p, token, OWN, &none, on_own, DB_ASKER(p, answer, arg));
}

/* --------------------------------------------------------------- changing */

struct call *
people_claim(struct people *p, const char *token, const char *user_id,
    people_done_fn *done, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_text(&v, user_id);
	return ask(p, token, CLAIM, &v, pg_tell_bool, DB_ASKER(p, done, arg));
}

/* By the name that its maker gave it. */
static enum statement
statement_of(const struct people *p, const struct people_sql_question *q)
{
	for (enum statement s = CHANGES; s < STATEMENTS; s++)
		if (strcmp(p->statements[s].name, q->name) == 0)
			return s;
	assert(!"people: a change that is not here");
	abort();
}

struct call *
people_do(struct people *p, const char *token,
    const struct people_sql_question *q, people_done_fn *done, void *arg)
{
	struct pg_values v = { .count = 0 };

	for (int i = 0; i < q->count; i++)
		pg_text(&v, q->parameter[i]);
	return ask(p, token, statement_of(p, q), &v, pg_tell_bool,
	    DB_ASKER(p, done, arg));
}

struct call *
people_leave(
    struct people *p, const char *token, people_done_fn *done, void *arg)
{
	return ask(p, token, LEAVE, NULL, pg_tell_bool, DB_ASKER(p, done, arg));
}
