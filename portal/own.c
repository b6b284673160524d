#include "portal/own.h"

#include "policy/validity.h"
#include "portal/feed.h"
#include "portal/login.h"
#include "portal/member.h"
#include "portal/registration.h"
#include "portal/reply.h"
#include "portal/visit.h"

#include <string.h>

#define ANSWER_MAX 4096

/* ---------------------------------------------------------------- reading */

/* The database has no session of that token any more: log in again. */
static enum flow_next
refuse(struct flow *f, enum db_rc rc)
{
	if (rc == DB_LIMIT)
		return problem_refuse(f, PROBLEM_OFTEN);
	if (rc != DB_NONE)
		return problem_refuse(f, PROBLEM_DOWN);
	visit_lose_session(f);
	return problem_refuse(f, PROBLEM_SESSION);
}

static void
put_waiting(struct buf *out, const struct people_own *own)
{
	char moment[VALIDITY_MOMENT_SIZE];

	if (own->email_next[0] == '\0')
		return;
	json_open(out, "email_next", '{');
	json_text(out, "email", own->email_next);
	validity_moment(own->email_at, moment);
	json_text(out, "at", moment);
	json_flag(out, "code", own->email_code);
	json_close(out, '}');
}

static void
put_calendar(struct flow *f, struct buf *out, const struct people_own *own)
{
	const char *token = visit_of(f)->feed;

	json_open(out, "calendar", '{');
	json_flag(out, "on", own->feed);
	if (token[0] != '\0')
		json_text(out, "url", feed_url(f, token));
	json_close(out, '}');
}

static enum flow_next
tell(struct flow *f, const struct people_own *own)
{
	struct visit *v = visit_of(f);
	struct buf out;

	buf_init(&out, ANSWER_MAX);
	json_open(&out, NULL, '{');
	json_text(&out, "user", v->session.user);
	json_text(&out, "name", own->name);
	json_text(&out, "email", own->email);
	put_waiting(&out, own);
	json_text(&out, "locale", own->locale);
	reply_put_policy(f, &out);
	put_calendar(f, &out, own);
	json_close(&out, '}');
	return visit_answer(f, &out);
}

static void
on_own(void *arg, enum db_rc rc, const struct people_own *own)
{
	struct flow *f = arg;

	flow_resume(f, rc == DB_OK ? tell(f, own) : refuse(f, rc));
}

enum flow_next
own_find(struct flow *f)
{
	f->asked = people_find_own(
	    portal_of(f)->people, visit_of(f)->token, on_own, f);
	return FLOW_WAIT;
}

/* --------------------------------------------------------------- changing */

static void
on_done(void *arg, enum db_rc rc, bool anything)
{
	struct flow *f = arg;

	(void)anything; /* what it is now is the answer */
	flow_resume(f, rc == DB_OK ? FLOW_NEXT : refuse(f, rc));
}

static enum flow_next
change(struct flow *f, struct people_sql_question q)
{
	f->unstoppable = true;
	f->asked =
	    people_do(portal_of(f)->people, visit_of(f)->token, &q, on_done, f);
	return FLOW_WAIT;
}

enum flow_next
own_write_name(struct flow *f)
{
	const struct visit *v = visit_of(f);

	return change(
	    f, people_sql_set_name("", v->session.user, v->person_name.text));
}

enum flow_next
own_write_email(struct flow *f)
{
	const struct visit *v = visit_of(f);

	return change(
	    f, people_sql_set_email("", v->session.user, v->email.text));
}

enum flow_next
own_keep_email(struct flow *f)
{
	return change(f, people_sql_keep_email("", visit_of(f)->session.user));
}

enum flow_next
own_write_locale(struct flow *f)
{
	struct visit *v = visit_of(f);

	v->session.member.locale = v->locale.text;
	v->changed = true;
	return change(
	    f, people_sql_set_locale("", v->session.user, v->locale.text));
}

/* --------------------------------------------------- the code of an address */

static void
on_prepared(void *arg, const struct ipc_head *head)
{
	struct flow *f = arg;
	enum auth_end end = auth_end_answer_of(head)->end;
	enum flow_next next = FLOW_NEXT;

	if (end != AUTH_DONE)
		next = refuse(f, end == AUTH_GONE ? DB_NONE : DB_DOWN);
	flow_resume(f, next);
}

enum flow_next
own_prepare_email(struct flow *f)
{
	const struct visit *v = visit_of(f);
	struct auth_prepare_email q = { .session =
					    session_token_digest(v->token) };

	memcpy(q.name, v->session.user, strlen(v->session.user) + 1);
	f->asked = auth_prepare_email(portal_of(f)->auth, &q, on_prepared, f);
	return FLOW_WAIT;
}

enum flow_next
own_judge_code(struct flow *f)
{
	struct visit *v = visit_of(f);

	v->code.len = code_fold_email(v->code.text, v->code.len);
	return v->code.len == CODE_EMAIL_DIGITS
		   ? FLOW_NEXT
		   : visit_refuse_field(
			 f, PROBLEM_FIELD, "code", "must be eight digits");
}

static void
on_begun(void *arg, const struct ipc_head *head)
{
	struct flow *f = arg;
	const struct auth_password_answer *answer = login_hear(f, head);
	enum flow_next next = FLOW_NEXT;

	if (answer->end != AUTH_DONE) {
		if (head != NULL)
			login_forget_attempt(f);
		next = login_tell_session(f, answer->end);
	}
	flow_resume(f, next);
}

enum flow_next
own_begin_attempt(struct flow *f)
{
	const struct session *s = &visit_of(f)->session;
	struct auth_password q = { .subject = AUTH_ACCOUNT,
		.shows_voucher = true,
		.voucher = s->member.pass };

	memcpy(q.name, s->user, strlen(s->user) + 1);
	login_ask(f, &q, on_begun);
	return FLOW_WAIT;
}

/* A lock ends the session, too (R-LOCK-2). */
static enum flow_next
take_confirmed(struct flow *f, const struct auth_confirm_email_answer *answer)
{
	switch (answer->end) {
	case AUTH_DONE:
		return FLOW_NEXT;
	case AUTH_NOT_ENTITLED:
		return problem_refuse(f, PROBLEM_ELSEWHERE);
	case AUTH_REFUSED:
		if (answer->locked) {
			visit_of(f)->more.has_tries = true; /* none */
			visit_lose_session(f);
		}
		return problem_refuse(
		    f, answer->locked ? PROBLEM_LOCKED : PROBLEM_CODE);
	default:
		return login_tell(f, answer->end, PROBLEM_CODE);
	}
}

static void
on_confirmed(void *arg, const struct ipc_head *head)
{
	struct flow *f = arg;

	if (head != NULL)
		login_forget_attempt(f);
	flow_resume(f, take_confirmed(f, auth_confirm_email_answer_of(head)));
}

enum flow_next
own_confirm_email(struct flow *f)
{
	const struct visit *v = visit_of(f);
	struct auth_confirm_email q = { .handle = v->attempt };

	memcpy(q.code, v->code.text, sizeof(q.code));
	f->unstoppable = true;
	f->asked = auth_confirm_email(portal_of(f)->auth, &q, on_confirmed, f);
	secret_wipe(&q, sizeof(q));
	return FLOW_WAIT;
}

/* -------------------------------------------------------------------- Redis */

/* What was changed is changed; the code of before lives on for its time, and
 * the log says so. */
static void
on_settled(void *arg, const struct ipc_head *head)
{
	struct flow *f = arg;

	if (auth_end_answer_of(head)->end != AUTH_DONE)
		visit_of(f)->note = "code-not-dropped";
	flow_resume(f, FLOW_NEXT);
}

enum flow_next
own_settle(struct flow *f)
{
	const struct visit *v = visit_of(f);
	struct auth_settle q = { .session = session_token_digest(v->token) };

	f->asked = auth_settle(portal_of(f)->auth, &q, on_settled, f);
	return FLOW_WAIT;
}

/* --------------------------------------------------------------- calendar */

enum flow_next
own_begin_calendar(struct flow *f)
{
	struct visit *v = visit_of(f);
	char text[DIGEST_HEX_SIZE];
	struct digest d;

	feed_new_token(v->feed);
	d = feed_digest(v->feed);
	digest_write(&d, text);
	return change(f, people_sql_set_feed(text));
}

enum flow_next
own_end_calendar(struct flow *f)
{
	return change(f, people_sql_set_feed(NULL));
}

/* --------------------------------------------------------------- password */

/* A wrong one, and a lock, look alike; neither ends the session. */
static void
on_old(void *arg, const struct ipc_head *head)
{
	struct flow *f = arg;
	const struct auth_password_answer *answer = login_hear(f, head);
	enum flow_next next = FLOW_NEXT;

	if (answer->end != AUTH_DONE) {
		if (head != NULL)
			login_forget_attempt(f);
		visit_of(f)->more.fields[0] =
		    answer->end == AUTH_REFUSED ? "old_password" : NULL;
		next = login_tell(f, answer->end, PROBLEM_PASSWORD);
	}
	flow_resume(f, next);
}

enum flow_next
own_check_password(struct flow *f)
{
	struct visit *v = visit_of(f);
	const char *user = v->session.user;
	struct auth_password q = { .subject = AUTH_ACCOUNT,
		.for_session = true };

	if (!login_fold(&v->old_password))
		return visit_refuse_field(
		    f, PROBLEM_PASSWORD, "old_password", NULL);
	visit_new_id(f);
	q.session = session_token_digest(v->token);
	memcpy(q.name, user, strlen(user) + 1);
	q.secret_len = v->old_password.len;
	memcpy(q.secret, v->old_password.text, q.secret_len);
	login_ask(f, &q, on_old);
	return FLOW_WAIT;
}

/* A renewal on the way had its code by the old one, and it is dead. */
static enum flow_next
go_on(struct flow *f, const struct auth_registration_answer *answer)
{
	member_end_renewal(f);
	visit_of(f)->session.member.pass = answer->voucher;
	visit_begin_session(f);
	return FLOW_NEXT;
}

static void
on_changed(void *arg, const struct ipc_head *head)
{
	const struct auth_registration_answer *answer =
	    auth_registration_answer_of(head);
	struct flow *f = arg;
	enum flow_next next;

	if (head != NULL)
		login_forget_attempt(f);
	if (answer->end != AUTH_DONE)
		next = login_tell_session(f, answer->end);
	else if (answer->same)
		next = visit_refuse_field(f, PROBLEM_SAME, "password", NULL);
	else
		next = go_on(f, answer);
	flow_resume(f, next);
}

enum flow_next
own_write_password(struct flow *f)
{
	struct auth_registration q = { .handle = visit_of(f)->attempt };

	registration_ask(f, &q, on_changed);
	return FLOW_WAIT;
}
