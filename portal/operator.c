#include "portal/operator.h"

#include "base/clock.h"
#include "policy/validity.h"

#include <stdio.h>
#include <string.h>

#define PAGE 50
#define PAGE_MAX 100
#define CERTIFICATES_MAX "20"
#define PROPOSALS_MAX "50"
#define NUMBER_SIZE 24
/* Of an answer; a row of the trail has at most some hundred bytes. */
#define ANSWER_MAX ((size_t)PAGE_MAX * 4096)

enum flow_next
operator_need_session(struct flow *f)
{
	return visit_need(f, 1U << SESSION_OPERATOR);
}

void
operator_write(struct flow *f, struct buf *out)
{
	const struct facts_holder *holder = &visit_of(f)->holder;
	char moment[VALIDITY_MOMENT_SIZE];

	json_text(out, "at", "operator");
	json_text(out, "user", holder->account.user_id);
	json_text(out, "contract", holder->account.contract);
	json_text(out, "locale", visit_of(f)->session.member.locale);
	validity_moment(holder->presented.not_after, moment);
	json_text(out, "not_after", moment);
}

/* ---------------------------------------------------------------- answers */

static enum flow_next
tell(struct flow *f, const char *json, size_t len)
{
	struct buf out;

	buf_init(&out, ANSWER_MAX);
	buf_add(&out, json, len);
	return visit_answer(f, &out);
}

/* In the database nobody reads but in a session; it has ended there. */
static enum flow_next
refuse_reading(struct flow *f, enum db_rc rc)
{
	if (rc != DB_REFUSED && rc != DB_NONE)
		return problem_refuse(f, PROBLEM_DOWN);
	visit_lose_session(f);
	return problem_refuse(f, PROBLEM_SESSION);
}

static void
on_json(void *arg, enum db_rc rc, const char *json, size_t len)
{
	struct flow *f = arg;

	flow_resume(
	    f, rc == DB_OK ? tell(f, json, len) : refuse_reading(f, rc));
}

static enum flow_next
read_json(struct flow *f, enum people_reading what,
    const char *const values[PEOPLE_VALUES_MAX])
{
	f->asked = people_read(
	    portal_of(f)->people, visit_of(f)->token, what, values, on_json, f);
	return FLOW_WAIT;
}

/* ------------------------------------------------------------------- words */

static const char *
text_of(const struct json_value *v)
{
	return v->there ? v->text : "";
}

static const char *
flag_of(const struct json_value *v)
{
	return v->there && v->flag ? "true" : "false";
}

/* One of these words, which end with NULL; the first, if it is not there. */
static const char *
word_of(const struct json_value *v, const char *const *words)
{
	if (!v->there)
		return words[0];
	while (*words != NULL && strcmp(v->text, *words) != 0)
		words++;
	return *words;
}

static enum flow_next
refuse(struct flow *f, const char *field, const char *why)
{
	return visit_refuse_field(f, PROBLEM_FIELD, field, why);
}

/* Into `out`. False: it is told. */
static bool
number_of(struct flow *f, const struct json_value *v, const char *field,
    int64_t standard, int64_t most, char out[NUMBER_SIZE])
{
	int64_t n = v->there ? v->integer : standard;

	if (n < 0 || n > most) {
		(void)refuse(f, field, "is out of range");
		return false;
	}
	snprintf(out, NUMBER_SIZE, "%lld", (long long)n);
	return true;
}

static bool
most_of(struct flow *f, char out[NUMBER_SIZE])
{
	return number_of(f, &visit_of(f)->most, "most", PAGE, PAGE_MAX, out);
}

/* A state, or none: any. */
static bool
state_of(struct flow *f, const char **out)
{
	static const char *const words[] = { "", "active", "locked", "blocked",
		"suspended", "closed", NULL };

	*out = word_of(&operator_of(f)->state, words);
	if (*out == NULL)
		(void)refuse(f, "state",
		    "must be active, locked, blocked, suspended or closed");
	return *out != NULL;
}

/* ------------------------------------------------------------------- lists */

enum flow_next
operator_list_contracts(struct flow *f)
{
	const struct visit *v = visit_of(f);
	const char *state;
	char most[NUMBER_SIZE];

	if (!state_of(f, &state) || !most_of(f, most))
		return FLOW_FAIL;
	return read_json(f, PEOPLE_CONTRACTS,
	    (const char *const[PEOPLE_VALUES_MAX]){ text_of(&v->search), state,
		flag_of(&v->down), text_of(&v->after), most });
}

enum flow_next
operator_list_users(struct flow *f)
{
	static const char *const sorts[] = { "user_id", "contract", NULL };
	const struct visit *v = visit_of(f);
	const char *state, *sort = word_of(&v->sort, sorts);
	char most[NUMBER_SIZE];

	if (sort == NULL)
		return refuse(f, "sort", "must be user_id or contract");
	if (!state_of(f, &state) || !most_of(f, most))
		return FLOW_FAIL;
	return read_json(f, PEOPLE_USERS,
	    (const char *const[PEOPLE_VALUES_MAX]){ text_of(&v->search),
		text_of(&v->contract), state, sort, flag_of(&v->down),
		text_of(&v->after), most });
}

enum flow_next
operator_list_certificates(struct flow *f)
{
	return read_json(f, PEOPLE_CERTIFICATES,
	    (const char *const[PEOPLE_VALUES_MAX]){
		visit_of(f)->user.text, CERTIFICATES_MAX });
}

enum flow_next
operator_list_mails(struct flow *f)
{
	const struct operator_visit *o = operator_of(f);
	char before[NUMBER_SIZE], most[NUMBER_SIZE];

	if (!number_of(f, &o->before, "before", 0, INT64_MAX, before) ||
	    !most_of(f, most))
		return FLOW_FAIL;
	return read_json(f, PEOPLE_MAILS,
	    (const char *const[PEOPLE_VALUES_MAX]){
		text_of(&o->visit.user), flag_of(&o->failed), before, most });
}

/* A day of the calendar of the service, as its first second; `days` later. An
 * empty one is none. False: it is told. */
static bool
day_of(struct flow *f, const struct json_value *v, const char *field,
    unsigned days, char out[NUMBER_SIZE])
{
	time_t at;

	out[0] = '\0';
	if (!v->there)
		return true;
	if (!validity_read_day(v->text, &at) ||
	    !validity_day_after(at, days, &at)) {
		(void)refuse(f, field, "must be a day, as 2026-11-28");
		return false;
	}
	snprintf(out, NUMBER_SIZE, "%lld", (long long)at);
	return true;
}

static const char *
or_null(const char *number)
{
	return number[0] != '\0' ? number : NULL;
}

enum flow_next
operator_search_audit(struct flow *f)
{
	const struct operator_visit *o = operator_of(f);
	char since[NUMBER_SIZE], until[NUMBER_SIZE], before[NUMBER_SIZE],
	    most[NUMBER_SIZE];

	if (!day_of(f, &o->since, "since", 0, since) ||
	    !day_of(f, &o->until, "until", 1, until) ||
	    !number_of(f, &o->before, "before", 0, INT64_MAX, before) ||
	    !most_of(f, most))
		return FLOW_FAIL;
	return read_json(f, PEOPLE_AUDIT,
	    (const char *const[PEOPLE_VALUES_MAX]){ text_of(&o->visit.user),
		text_of(&o->visit.contract), text_of(&o->action),
		or_null(since), or_null(until), before, most });
}

enum flow_next
operator_count(struct flow *f)
{
	static const char *const steps[] = { "hour", "day", NULL };
	const struct operator_visit *o = operator_of(f);
	const char *by = word_of(&o->by, steps);
	char count[NUMBER_SIZE];

	if (by == NULL)
		return refuse(f, "by", "must be hour or day");
	if (!number_of(f, &o->count, "count", 24, 48, count))
		return FLOW_FAIL;
	return read_json(f, PEOPLE_FIGURES,
	    (const char *const[PEOPLE_VALUES_MAX]){
		by, portal_of(f)->shared->config->service.zone, count });
}

enum flow_next
operator_list_proposals(struct flow *f)
{
	return read_json(f, PEOPLE_PROPOSALS,
	    (const char *const[PEOPLE_VALUES_MAX]){ PROPOSALS_MAX });
}
