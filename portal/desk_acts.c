/*
 * What a master does to a user (R-ACC-7, R-LOCK-6, R-CERT-6, T6, T7). The
 * database does it, in the session, with its audit row and its mail; what Redis
 * has to know of it auth tells it.
 */
#include "portal/desk.h"

#include "auth/ask.h"
#include "base/clock.h"
#include "policy/validity.h"
#include "portal/visit.h"

#include <string.h>

#define ANSWER_MAX 1024
#define REMARK "portal" /* beside the act, in the audit trail */

/* ---------------------------------------------------------------- may it be */

static enum flow_next
judge(struct flow *f, enum authority_act act)
{
	enum problem problem = desk_judge(f, act);

	return problem == PROBLEM_NONE ? FLOW_NEXT : problem_refuse(f, problem);
}

enum flow_next
desk_may_lift(struct flow *f)
{
	return judge(f, AUTHORITY_LIFT);
}

/* Before auth makes one for nothing. */
enum flow_next
desk_may_give(struct flow *f)
{
	enum flow_next next = judge(f, AUTHORITY_SET_TEMPORARY);

	if (next == FLOW_NEXT && visit_of(f)->left.passwords == 0)
		next = problem_refuse(f, PROBLEM_LIMIT);
	return next;
}

enum flow_next
desk_may_close(struct flow *f)
{
	return judge(f, AUTHORITY_CLOSE);
}

enum flow_next
desk_may_reopen(struct flow *f)
{
	return judge(f, AUTHORITY_REOPEN);
}

enum flow_next
desk_may_remind(struct flow *f)
{
	return judge(f, AUTHORITY_REMIND);
}

static enum flow_next
judge_certificate(
    struct flow *f, const struct people_certificate *list, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (strcmp(list[i].serial, visit_of(f)->certificate.text) != 0)
			continue;
		return desk_revocable(f, &list[i])
			   ? FLOW_NEXT
			   : problem_refuse(f, PROBLEM_NOT_YOURS);
	}
	return problem_refuse(f, PROBLEM_NO_USER);
}

static void
on_certificates(void *arg, enum db_rc rc, const struct people_certificate *list,
    unsigned count)
{
	struct flow *f = arg;

	flow_resume(f, rc == DB_OK ? judge_certificate(f, list, count)
				   : problem_refuse(f, PROBLEM_DOWN));
}

enum flow_next
desk_may_revoke(struct flow *f)
{
	const struct visit *v = visit_of(f);

	f->asked = people_list_certificates(portal_of(f)->people, v->token,
	    v->target->user_id, on_certificates, f);
	return FLOW_WAIT;
}

/* -------------------------------------------------------------------- doing */

/* What was found a moment ago may have gone, with the session or without. */
static enum flow_next
take_done(struct flow *f, enum db_rc rc)
{
	switch (rc) {
	case DB_OK:
		return FLOW_NEXT;
	case DB_NONE:
		return problem_refuse(f, PROBLEM_NO_USER);
	case DB_LIMIT:
		return problem_refuse(f, PROBLEM_LIMIT);
	default:
		return problem_refuse(f, PROBLEM_DOWN);
	}
}

static void
on_done(void *arg, enum db_rc rc, bool anything)
{
	struct flow *f = arg;

	visit_of(f)->done = anything;
	flow_resume(f, take_done(f, rc));
}

static void
on_closed(void *arg, enum db_rc rc, bool anything)
{
	struct flow *f = arg;

	(void)anything; /* it says nothing */
	visit_of(f)->reopens_until = desk_reopens_until(clock_now());
	on_done(arg, rc, rc == DB_OK);
}

static enum flow_next
act(struct flow *f, const struct people_sql_question *q, people_done_fn *done)
{
	f->unstoppable = true;
	f->asked =
	    people_do(portal_of(f)->people, visit_of(f)->token, q, done, f);
	return FLOW_WAIT;
}

enum flow_next
desk_lift_user(struct flow *f)
{
	const struct visit *v = visit_of(f);
	struct people_sql_question q =
	    people_sql_lift_account(REMARK, v->target->user_id, v->reason.text);

	return act(f, &q, on_done);
}

enum flow_next
desk_close_user(struct flow *f)
{
	const struct visit *v = visit_of(f);
	struct people_sql_question q = people_sql_close_account(
	    REMARK, v->target->user_id, v->reason.text);

	return act(f, &q, on_closed);
}

enum flow_next
desk_reopen_user(struct flow *f)
{
	const struct visit *v = visit_of(f);
	struct people_sql_question q = people_sql_reopen_account(
	    REMARK, v->target->user_id, v->reason.text);

	return act(f, &q, on_done);
}

enum flow_next
desk_remind_user(struct flow *f)
{
	struct people_sql_question q =
	    people_sql_remind_account(REMARK, visit_of(f)->target->user_id);

	return act(f, &q, on_done);
}

enum flow_next
desk_revoke_certificate(struct flow *f)
{
	const struct visit *v = visit_of(f);
	struct people_sql_question q = people_sql_withdraw_certificate(
	    REMARK, v->certificate.text, v->why.text);

	return act(f, &q, on_done);
}

/* ----------------------------------------------------------------- password */

static enum flow_next
take_made(struct flow *f, const struct auth_made *answer)
{
	struct auth_made *copy;

	switch (answer->end) {
	case AUTH_DONE:
		break;
	case AUTH_GONE:
		return desk_lost(f);
	default:
		return problem_refuse(f, PROBLEM_DOWN);
	}
	copy = arena_zero(f->arena, sizeof(*copy));
	if (copy != NULL)
		*copy = *answer;
	visit_of(f)->made = copy; /* without, the engine answers */
	return FLOW_NEXT;
}

static void
on_made(void *arg, const struct ipc_head *head)
{
	struct flow *f = arg;

	flow_resume(f, take_made(f, auth_made_of(head)));
}

enum flow_next
desk_make_password(struct flow *f)
{
	struct auth_make q = { .session =
				   session_token_digest(visit_of(f)->token) };

	f->asked = auth_make_password(portal_of(f)->auth, &q, on_made, f);
	return FLOW_WAIT;
}

static void
on_given(void *arg, enum db_rc rc, bool anything)
{
	(void)anything;
	on_done(arg, rc, rc == DB_OK);
}

enum flow_next
desk_give_password(struct flow *f)
{
	const struct visit *v = visit_of(f);
	struct people_sql_question q =
	    people_sql_give_password(REMARK, v->target->user_id, v->made->hash);

	return act(f, &q, on_given);
}

/* -------------------------------------------------------------------- Redis */

/*
 * A lock that Redis still has is no lifted one: it is done again. A password
 * has been given, and is shown: the codes of before are of no use without it.
 */
static enum flow_next
take_settled(struct flow *f, enum auth_end end)
{
	struct visit *v = visit_of(f);

	if (end == AUTH_DONE)
		return FLOW_NEXT;
	if (v->made == NULL)
		return problem_refuse(f, PROBLEM_DOWN);
	v->note = "code-not-dropped";
	return FLOW_NEXT;
}

static void
on_settled(void *arg, const struct ipc_head *head)
{
	struct flow *f = arg;

	flow_resume(f, take_settled(f, auth_end_answer_of(head)->end));
}

enum flow_next
desk_settle(struct flow *f)
{
	const struct visit *v = visit_of(f);
	struct auth_settle q = { .session = session_token_digest(v->token) };

	f->asked = auth_settle(portal_of(f)->auth, &q, on_settled, f);
	return FLOW_WAIT;
}

/* ----------------------------------------------------------- registration */

static const char *
role_of(const struct visit *v)
{
	return v->role.there ? v->role.text : "general";
}

static enum flow_next
take_claimed(struct flow *f, enum db_rc rc, bool nobodys)
{
	switch (rc) {
	case DB_OK:
		return nobodys
			   ? FLOW_NEXT
			   : visit_refuse_field(f, PROBLEM_TAKEN, "user", NULL);
	case DB_NONE:
		return desk_lost(f);
	case DB_LIMIT:
		return problem_refuse(f, PROBLEM_LIMIT);
	default:
		return problem_refuse(f, PROBLEM_DOWN);
	}
}

static void
on_claimed(void *arg, enum db_rc rc, bool nobodys)
{
	struct flow *f = arg;

	flow_resume(f, take_claimed(f, rc, nobodys));
}

enum flow_next
desk_claim_user(struct flow *f)
{
	const struct visit *v = visit_of(f);

	f->asked = people_claim(
	    portal_of(f)->people, v->token, v->user.text, on_claimed, f);
	return FLOW_WAIT;
}

static enum flow_next
take_registered(struct flow *f, enum db_rc rc)
{
	switch (rc) {
	case DB_OK:
		return FLOW_NEXT;
	case DB_CONFLICT:
		return visit_refuse_field(f, PROBLEM_TAKEN, "user", NULL);
	case DB_NONE:
		return desk_lost(f);
	default:
		return problem_refuse(f, PROBLEM_DOWN);
	}
}

static void
on_registered(void *arg, enum db_rc rc, bool anything)
{
	struct flow *f = arg;

	(void)anything; /* it says which account */
	flow_resume(f, take_registered(f, rc));
}

enum flow_next
desk_register_user(struct flow *f)
{
	const struct visit *v = visit_of(f);
	const char *locale = portal_of(f)->shared->config->service.locale;
	struct people_sql_holder holder = { .user_id = v->user.text,
		.role = role_of(v),
		.name = v->person_name.text,
		.email = v->email.text,
		.locale = v->locale.there ? v->locale.text : locale };
	struct people_sql_question q =
	    people_sql_register_member(&holder, v->made->hash);

	return act(f, &q, on_registered);
}

/* ------------------------------------------------------------------ answers */

enum flow_next
desk_tell_done(struct flow *f)
{
	const struct visit *v = visit_of(f);
	char moment[VALIDITY_MOMENT_SIZE];
	struct buf out;

	buf_init(&out, ANSWER_MAX);
	json_open(&out, NULL, '{');
	json_text(&out, "user", v->target->user_id);
	json_flag(&out, "done", v->done);
	if (v->reopens_until != 0) {
		validity_moment(v->reopens_until, moment);
		json_text(&out, "reopens_until", moment);
	}
	json_close(&out, '}');
	return visit_answer(f, &out);
}

enum flow_next
desk_tell_password(struct flow *f)
{
	const struct visit *v = visit_of(f);
	const char *role = v->target != NULL ? v->target->role : role_of(v);
	struct buf out;

	buf_init(&out, ANSWER_MAX);
	json_open(&out, NULL, '{');
	json_text(&out, "user",
	    v->target != NULL ? v->target->user_id : v->user.text);
	json_text(&out, "password", v->made->password);
	json_flag(&out, "temporary", strcmp(role, "device") != 0);
	json_close(&out, '}');
	return visit_answer(f, &out);
}
