#include "portal/desk.h"

#include "base/clock.h"
#include "policy/validity.h"
#include "portal/login.h"
#include "portal/visit.h"

#include <string.h>

#define PAGE 50
#define PAGE_MAX 100
#define ROW_MAX 2048 /* bytes of a user, with all that can be said of him */
#define ANSWER_MAX 16384
#define REOPENS_DAYS 30 /* koshin.reopens() */

enum flow_next
desk_need_master(struct flow *f)
{
	return visit_of(f)->holder.account.role == FACTS_MASTER
		   ? FLOW_NEXT
		   : problem_refuse(f, PROBLEM_MASTER);
}

enum flow_next
desk_lost(struct flow *f)
{
	visit_lose_session(f);
	return problem_refuse(f, PROBLEM_SESSION);
}

/* Of a question that reads. */
static enum flow_next
refuse_reading(struct flow *f, enum db_rc rc)
{
	return rc == DB_NONE ? desk_lost(f) : problem_refuse(f, PROBLEM_DOWN);
}

/* Its last second, in the calendar of the service. */
static time_t
month_ends(void)
{
	time_t next;

	return validity_next_month(clock_now(), &next) ? next - 1 : 0;
}

/* ---------------------------------------------------------------- figures */

static enum flow_next
tell_figures(struct flow *f, const struct people_figures *n)
{
	char day[VALIDITY_DAY_SIZE];
	struct buf out;

	validity_day(month_ends(), day);
	buf_init(&out, ANSWER_MAX);
	json_open(&out, NULL, '{');
	json_text(&out, "contract", visit_of(f)->holder.account.contract);
	json_open(&out, "figures", '{');
	json_number(&out, "all", n->all);
	json_number(&out, "without", n->without);
	json_number(&out, "expiring", n->expiring);
	json_number(&out, "uninstalled", n->uninstalled);
	json_number(&out, "locked", n->locked);
	json_number(&out, "bounced", n->bounced);
	json_number(&out, "closed", n->closed);
	json_close(&out, '}');
	json_text(&out, "month_ends", day);
	json_number(&out, "closes_left", n->closes_left);
	json_number(&out, "rows_max", DESK_TABLE_ROWS_MAX);
	json_close(&out, '}');
	return visit_answer(f, &out);
}

static void
on_figures(void *arg, enum db_rc rc, const struct people_figures *figures)
{
	struct flow *f = arg;

	flow_resume(
	    f, rc == DB_OK ? tell_figures(f, figures) : refuse_reading(f, rc));
}

enum flow_next
desk_count(struct flow *f)
{
	f->asked = people_count(portal_of(f)->people, visit_of(f)->token,
	    month_ends(), on_figures, f);
	return FLOW_WAIT;
}

/* ------------------------------------------------------------------- rows */

static void
put_moment(struct buf *out, const char *name, time_t at)
{
	char moment[VALIDITY_MOMENT_SIZE];

	if (at == 0)
		return;
	validity_moment(at, moment);
	json_text(out, name, moment);
}

static void
put_certificate(struct buf *out, const struct people_user *u)
{
	if (u->serial[0] == '\0')
		return;
	json_open(out, "certificate", '{');
	json_text(out, "serial", u->serial);
	put_moment(out, "not_after", u->not_after);
	json_flag(out, "installed", u->installed_at != 0);
	json_close(out, '}');
}

static void
put_user(struct buf *out, const char *name, const struct people_user *u)
{
	json_open(out, name, '{');
	json_text(out, "user", u->user_id);
	json_text(out, "role", u->role);
	json_text(out, "name", u->name);
	json_text(out, "email", u->email);
	json_text(out, "state", u->state);
	put_moment(out, "locked_until", u->locked_until);
	json_flag(out, "temporary", u->temporary_password);
	put_certificate(out, u);
	put_moment(out, "mail_refused_at", u->refused_at);
	put_moment(out, "closed_at", u->closed_at);
	json_close(out, '}');
}

/* ------------------------------------------------------------------- list */

static enum flow_next
tell_page(struct flow *f, struct people_rows *rows, unsigned found)
{
	unsigned most = (unsigned)visit_of(f)->most.integer, count = 0;
	struct people_user u;
	char last[64] = "";
	struct buf out;

	buf_init(&out, (size_t)most * ROW_MAX + ANSWER_MAX);
	json_open(&out, NULL, '{');
	json_number(&out, "found", found);
	json_open(&out, "users", '[');
	for (; people_next(rows, &u); count++) {
		put_user(&out, NULL, &u);
		if (count + 1 == most && strlen(u.user_id) < sizeof(last))
			memcpy(last, u.user_id, strlen(u.user_id) + 1);
	}
	json_close(&out, ']');
	if (last[0] != '\0')
		json_text(&out, "after", last);
	json_close(&out, '}');
	return visit_answer(f, &out);
}

static void
on_page(void *arg, enum db_rc rc, struct people_rows *rows, unsigned found)
{
	struct flow *f = arg;

	flow_resume(
	    f, rc == DB_OK ? tell_page(f, rows, found) : refuse_reading(f, rc));
}

struct word {
	const char *asked, *column;
};

/* NULL: it is none of them. What was not said is the first. */
static const char *
column_of(const struct json_value *v, const struct word *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!v->there || strcmp(v->text, words[i].asked) == 0)
			return words[i].column;
	return NULL;
}

static const char *
sort_of(const struct json_value *v)
{
	static const struct word words[] = { { "user", "user_id" },
		{ "name", "name" }, { "state", "state" },
		{ "not_after", "not_after" } };

	return column_of(v, words, sizeof(words) / sizeof(words[0]));
}

static const char *
list_of(const struct json_value *v)
{
	static const struct word words[] = { { "all", "all" },
		{ "without", "without" }, { "expiring", "expiring" },
		{ "uninstalled", "uninstalled" }, { "locked", "locked" },
		{ "bounced", "bounced" }, { "closed", "closed" } };

	return column_of(v, words, sizeof(words) / sizeof(words[0]));
}

static enum flow_next
refuse(struct flow *f, const char *field, const char *why)
{
	return visit_refuse_field(f, PROBLEM_FIELD, field, why);
}

enum flow_next
desk_list(struct flow *f)
{
	struct visit *v = visit_of(f);
	struct people_page page = { .month_ends = month_ends(),
		.list = list_of(&v->list),
		.search = v->search.there ? v->search.text : "",
		.sort = sort_of(&v->sort),
		.down = v->down.flag,
		.after = v->after.there ? v->after.text : NULL };

	if (!v->most.there)
		v->most.integer = PAGE;
	if (page.list == NULL)
		return refuse(f, "list", "must be one of those lists");
	if (page.sort == NULL)
		return refuse(
		    f, "sort", "must be user, name, state or not_after");
	if (v->most.integer < 1 || v->most.integer > PAGE_MAX)
		return refuse(f, "most", "must be 1 to 100");
	page.most = (unsigned)v->most.integer;
	f->asked =
	    people_list(portal_of(f)->people, v->token, &page, on_page, f);
	return FLOW_WAIT;
}

/* ------------------------------------------------------------------ target */

/* What the answer points to lives for that alone. */
static const char *
kept(struct flow *f, const char *text)
{
	const char *copy = arena_text(f->arena, text, strlen(text));

	return copy != NULL ? copy : ""; /* the engine answers then */
}

static const struct people_user *
keep(struct flow *f, const struct people_user *u)
{
	struct people_user *copy = arena_zero(f->arena, sizeof(*copy));

	if (copy == NULL)
		return NULL;
	*copy = *u;
	copy->user_id = kept(f, u->user_id);
	copy->role = kept(f, u->role);
	copy->name = kept(f, u->name);
	copy->email = kept(f, u->email);
	copy->state = kept(f, u->state);
	copy->serial = kept(f, u->serial);
	return copy;
}

static void
on_user(void *arg, enum db_rc rc, const struct people_user *user,
    const struct people_left *left)
{
	struct flow *f = arg;
	struct visit *v = visit_of(f);
	enum flow_next next = FLOW_NEXT;

	if (rc != DB_OK) {
		next = refuse_reading(f, rc);
	} else if (user == NULL) {
		next = problem_refuse(f, PROBLEM_NO_USER);
	} else {
		v->target = keep(f, user);
		v->left = *left;
	}
	flow_resume(f, next);
}

enum flow_next
desk_find(struct flow *f)
{
	struct visit *v = visit_of(f);

	if (!login_fold(&v->user))
		return problem_refuse(f, PROBLEM_NO_USER);
	f->asked = people_find(
	    portal_of(f)->people, v->token, v->user.text, on_user, f);
	return FLOW_WAIT;
}

/* --------------------------------------------------------------- one user */

static enum authority_target
target_of(struct flow *f)
{
	const struct visit *v = visit_of(f);

	if (strcmp(v->target->user_id, v->holder.account.user_id) == 0)
		return AUTHORITY_SELF;
	if (strcmp(v->target->role, "master") == 0)
		return AUTHORITY_CHIEF;
	return strcmp(v->target->role, "device") == 0 ? AUTHORITY_DEVICE
						      : AUTHORITY_PERSON;
}

static bool
may(struct flow *f, enum authority_act act, bool master_revokes)
{
	return authority_judge(authority_who(&visit_of(f)->holder.account), act,
		   target_of(f), master_revokes) == AUTHORITY_ALLOWED;
}

/* As the functions of the schema have it. */
static bool
state_fits(const struct people_user *u, enum authority_act act)
{
	bool closed = strcmp(u->state, "closed") == 0;

	switch (act) {
	case AUTHORITY_REOPEN:
		return closed;
	case AUTHORITY_LIFT:
		return !closed && strcmp(u->state, "suspended") != 0;
	default:
		return !closed;
	}
}

enum problem
desk_judge(struct flow *f, enum authority_act act)
{
	if (!may(f, act, false))
		return PROBLEM_NOT_YOURS;
	return state_fits(visit_of(f)->target, act) ? PROBLEM_NONE
						    : PROBLEM_STATE;
}

time_t
desk_reopens_until(time_t closed_at)
{
	return closed_at != 0 ? closed_at + (time_t)REOPENS_DAYS * 86400 : 0;
}

static void
put_acts(struct flow *f, struct buf *out)
{
	static const struct {
		const char *name;
		enum authority_act act;
	} acts[] = {
		{ "lift", AUTHORITY_LIFT },
		{ "password", AUTHORITY_SET_TEMPORARY },
		{ "close", AUTHORITY_CLOSE },
		{ "reopen", AUTHORITY_REOPEN },
		{ "remind", AUTHORITY_REMIND },
	};
	time_t until = desk_reopens_until(visit_of(f)->target->closed_at);

	json_open(out, "may", '[');
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (desk_judge(f, acts[i].act) == PROBLEM_NONE &&
		    (acts[i].act != AUTHORITY_REOPEN || clock_now() < until))
			json_text(out, NULL, acts[i].name);
	json_close(out, ']');
	put_moment(out, "reopens_until", until);
	json_number(out, "lifts_left", visit_of(f)->left.lifts);
	json_number(out, "passwords_left", visit_of(f)->left.passwords);
}

bool
desk_revocable(struct flow *f, const struct people_certificate *c)
{
	const struct profile *profile = config_profile(
	    portal_of(f)->shared->config, c->profile, strlen(c->profile));

	return may(
	    f, AUTHORITY_REVOKE, profile != NULL && profile->master_revokes);
}

static void
put_whole(struct flow *f, const struct people_certificate *c, struct buf *out)
{
	bool expired = clock_now() > c->not_after;

	json_open(out, NULL, '{');
	json_text(out, "serial", c->serial);
	put_moment(out, "not_before", c->not_before);
	put_moment(out, "not_after", c->not_after);
	json_text(out, "state",
	    c->revoked ? "revoked"
	    : expired  ? "expired"
		       : "good");
	json_flag(out, "current", c->current);
	json_flag(out, "installed", c->installed);
	json_flag(
	    out, "revocable", !c->revoked && !expired && desk_revocable(f, c));
	json_close(out, '}');
}

static enum flow_next
tell_user(struct flow *f, const struct people_certificate *list, unsigned count)
{
	struct buf out;

	buf_init(&out, ANSWER_MAX);
	json_open(&out, NULL, '{');
	put_user(&out, "row", visit_of(f)->target);
	json_open(&out, "certificates", '[');
	for (unsigned i = 0; i < count; i++)
		put_whole(f, &list[i], &out);
	json_close(&out, ']');
	put_acts(f, &out);
	json_close(&out, '}');
	return visit_answer(f, &out);
}

static void
on_certificates(void *arg, enum db_rc rc, const struct people_certificate *list,
    unsigned count)
{
	struct flow *f = arg;

	flow_resume(f, rc == DB_OK ? tell_user(f, list, count)
				   : problem_refuse(f, PROBLEM_DOWN));
}

enum flow_next
desk_show(struct flow *f)
{
	const struct visit *v = visit_of(f);

	f->asked = people_list_certificates(portal_of(f)->people, v->token,
	    v->target->user_id, on_certificates, f);
	return FLOW_WAIT;
}
