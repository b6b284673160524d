/*
 * An act of an operator, once it is known which (portal/operator_acts.c):
 * proved, done in PostgreSQL, and in Redis.
 */
#include "portal/operator.h"

#include "auth/ask.h"
#include "portal/login.h"

#include <string.h>

#define ANSWER_MAX 1024

/* ----------------------------------------------------------------- proving */

static void
on_proved(void *arg, const struct ipc_head *head)
{
	struct flow *f = arg;
	struct facts_holder holder = visit_of(f)->holder;
	const struct auth_password_answer *answer = login_hear(f, head);

	visit_of(f)->holder = holder; /* as the certificate says */
	if (head != NULL)
		login_forget_attempt(f);
	flow_resume(f, answer->end == AUTH_DONE
			   ? FLOW_NEXT
			   : login_tell(f, answer->end, PROBLEM_LOGIN));
}

/* An attempt as any, counted, and locked in the end (R-LOCK-1). */
enum flow_next
operator_prove(struct flow *f)
{
	struct operator_visit *o = operator_of(f);
	struct visit *v = &o->visit;
	const char *user = v->holder.account.user_id;
	struct auth_password q = { .subject = AUTH_NOBODY,
		.wants_voucher = true,
		.for_session = true,
		.alone = true };
	char id[SESSION_ID_SIZE];

	session_new_id(id);
	session_token(id, o->proof);
	q.session = session_token_digest(o->proof);
	if (login_fold(&v->password)) {
		q.subject = AUTH_ACCOUNT;
		memcpy(q.name, user, strlen(user) + 1);
		q.secret_len = strlen(v->password.text);
		memcpy(q.secret, v->password.text, q.secret_len);
	}
	login_ask(f, &q, on_proved);
	return FLOW_WAIT;
}

/* That of the proof, or where none is wanted that of the log-in. */
static const char *
token_of(const struct operator_visit *o)
{
	return o->doing->proof ? o->proof : o->visit.token;
}

/* The session of the proof has done what it was for. */
static void
leave_proof(const struct flow *f)
{
	const struct operator_visit *o = operator_of(f);

	if (o->proof[0] != '\0')
		call_forget(
		    people_leave(portal_of(f)->people, o->proof, NULL, NULL));
}

/* ---------------------------------------------------------------- password */

static enum flow_next take_refusal(struct flow *, enum db_rc);

static void
on_proposal(void *arg, enum db_rc rc, bool resets)
{
	struct flow *f = arg;

	operator_of(f)->resets = resets;
	flow_resume(f, rc == DB_OK ? FLOW_NEXT : take_refusal(f, rc));
}

enum flow_next
operator_find_proposal(struct flow *f)
{
	const struct operator_visit *o = operator_of(f);
	struct people_sql_question q = people_sql_proposal_resets(o->what.text);

	f->asked =
	    people_do(portal_of(f)->people, o->proof, &q, on_proposal, f);
	return FLOW_WAIT;
}

static enum flow_next
take_made(struct flow *f, const struct auth_made *answer)
{
	struct auth_made *copy;

	if (answer->end != AUTH_DONE) {
		leave_proof(f);
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
operator_make_password(struct flow *f)
{
	const struct operator_visit *o = operator_of(f);
	struct auth_make q = { .session = session_token_digest(o->proof),
		.initial = o->doing->initial || o->resets };

	f->asked = auth_make_password(portal_of(f)->auth, &q, on_made, f);
	return FLOW_WAIT;
}

/* ------------------------------------------------------------------- doing */

static enum flow_next
ask(struct flow *f, const struct people_sql_question *q, people_done_fn *done)
{
	f->unstoppable = true;
	f->asked = people_do(
	    portal_of(f)->people, token_of(operator_of(f)), q, done, f);
	return FLOW_WAIT;
}

static enum flow_next
take_refusal(struct flow *f, enum db_rc rc)
{
	const struct operator_act *act = operator_of(f)->doing;

	leave_proof(f);
	switch (rc) {
	case DB_NONE:
		return problem_refuse(f, PROBLEM_NOT_THERE);
	case DB_REFUSED:
		return problem_refuse(f, PROBLEM_NOT_HERE);
	case DB_SECOND:
		return problem_refuse(f, act->seconded != PROBLEM_NONE
					     ? act->seconded
					     : PROBLEM_SECOND);
	case DB_STATE:
		return problem_refuse(f, PROBLEM_STATE);
	case DB_CONFLICT:
		return act->taken != PROBLEM_NONE
			   ? visit_refuse_field(f, act->taken, act->named, NULL)
			   : problem_refuse(f, PROBLEM_PROPOSED);
	default:
		return problem_refuse(f, PROBLEM_DOWN);
	}
}

static void
on_done(void *arg, enum db_rc rc, bool anything)
{
	struct flow *f = arg;
	struct operator_visit *o = operator_of(f);

	o->visit.done = anything || o->doing->silent;
	o->proposed = rc == DB_SECOND && o->doing->two;
	flow_resume(
	    f, rc == DB_OK || o->proposed ? FLOW_NEXT : take_refusal(f, rc));
}

enum flow_next
operator_do(struct flow *f)
{
	const struct operator_visit *o = operator_of(f);
	struct people_sql_question q = o->doing->ask(o);

	return ask(f, &q, on_done);
}

bool
operator_takes_two(const struct flow *f)
{
	return operator_of(f)->proposed;
}

static void
on_proposed(void *arg, enum db_rc rc, bool anything)
{
	struct flow *f = arg;

	(void)anything; /* it says which proposal */
	flow_resume(f, rc == DB_OK ? FLOW_NEXT : take_refusal(f, rc));
}

enum flow_next
operator_propose(struct flow *f)
{
	const struct operator_visit *o = operator_of(f);
	struct people_sql_question q = people_sql_propose(OPERATOR_REMARK,
	    second_word(o->doing->second), o->what.text, o->visit.reason.text,
	    o->doing->judge != NULL ? o->value.text : NULL);

	return ask(f, &q, on_proposed);
}

/* ------------------------------------------------------------------- Redis */

/* A lock that Redis still has is no lifted one: it is done again. A password
 * has been given, and is shown: without it codes of before are of no use, and
 * the lock of a contract is lifted by itself. */
static enum flow_next
take_settled(struct flow *f, enum auth_end end)
{
	const struct operator_visit *o = operator_of(f);
	struct visit *v = visit_of(f);

	if (end == AUTH_DONE)
		return FLOW_NEXT;
	if (v->made == NULL) {
		leave_proof(f);
		return problem_refuse(f, PROBLEM_DOWN);
	}
	v->note = o->doing->initial || o->resets ? "lock-not-lifted"
						 : "code-not-dropped";
	return FLOW_NEXT;
}

static void
on_settled(void *arg, const struct ipc_head *head)
{
	struct flow *f = arg;

	flow_resume(f, take_settled(f, auth_end_answer_of(head)->end));
}

enum flow_next
operator_settle(struct flow *f)
{
	struct auth_settle q = { .session = session_token_digest(
				     operator_of(f)->proof) };

	f->asked = auth_settle(portal_of(f)->auth, &q, on_settled, f);
	return FLOW_WAIT;
}

/* ------------------------------------------------------------------ answer */

enum flow_next
operator_tell_done(struct flow *f)
{
	const struct operator_visit *o = operator_of(f);
	const struct visit *v = &o->visit;
	struct buf out;

	leave_proof(f);
	buf_init(&out, ANSWER_MAX);
	json_open(&out, NULL, '{');
	json_flag(&out, "proposed", o->proposed);
	if (!o->proposed)
		json_flag(&out, "done", v->done);
	if (v->made != NULL && !o->proposed)
		json_text(&out, "password", v->made->password);
	json_close(&out, '}');
	return visit_answer(f, &out);
}
