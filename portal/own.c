#include "portal/own.h"

#include "portal/login.h"
#include "portal/member.h"
#include "portal/registration.h"
#include "portal/visit.h"

#include <string.h>

static enum flow_next
refuse(struct flow *f, const char *field, enum problem problem)
{
	visit_of(f)->more.fields[0] = field;
	return problem_refuse(f, problem);
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
		return refuse(f, "old_password", PROBLEM_PASSWORD);
	visit_new_id(f); /* of the session that goes on by the new one */
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
		next = refuse(f, "password", PROBLEM_SAME);
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
