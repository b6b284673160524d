#include "portal/revocation.h"

#include "base/clock.h"
#include "base/hex.h"
#include "db/people.h"
#include "portal/login.h"
#include "portal/visit.h"

#include <string.h>

#define ANSWER_MAX 256	/* a serial and two words */
#define REMARK "portal" /* beside the act, in the audit trail */

/* ---------------------------------------------------------------- may it be */

/* The reasons of RFC 5280 5.3.1 that no other fact has to stand behind. */
enum flow_next
revocation_judge_why(struct flow *f)
{
	static const char *const all[] = { "keyCompromise", "superseded",
		"cessationOfOperation" };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(visit_of(f)->why.text, all[i]) == 0)
			return FLOW_NEXT;
	return visit_refuse_field(f, PROBLEM_FIELD, "why",
	    "must be keyCompromise, superseded or cessationOfOperation");
}

bool
revocation_open(const struct flow *f, const struct facts_certificate *c)
{
	const struct profile *profile = config_profile(
	    portal_of(f)->shared->config, c->profile, strlen(c->profile));

	return !c->revoked && clock_now() <= c->not_after && profile != NULL &&
	       profile->holder_revokes;
}

static bool
is_asked_for(const struct visit *v, const struct facts_certificate *c)
{
	char serial[2 * SERIAL_SIZE + 1];

	hex_write(serial, &c->serial, sizeof(c->serial));
	return strcmp(serial, v->certificate.text) == 0;
}

static enum flow_next
judge(struct flow *f, const struct facts_certificate *list, size_t count)
{
	struct visit *v = visit_of(f);

	for (size_t i = 0; i < count; i++) {
		if (!is_asked_for(v, &list[i]))
			continue;
		v->serial = list[i].serial;
		/* One that is revoked already is told so by the act. */
		return list[i].revoked || revocation_open(f, &list[i])
			   ? FLOW_NEXT
			   : problem_refuse(f, PROBLEM_NOT_YOURS);
	}
	return problem_refuse(f, PROBLEM_NOT_THERE);
}

static void
on_list(void *arg, enum db_rc rc, const struct facts_certificate *list,
    size_t count)
{
	struct flow *f = arg;

	flow_resume(f, rc == DB_OK ? judge(f, list, count)
				   : problem_refuse(f, PROBLEM_DOWN));
}

enum flow_next
revocation_find(struct flow *f)
{
	f->asked = accounts_list_certificates(
	    portal_of(f)->accounts, visit_of(f)->holder.account.id, on_list, f);
	return FLOW_WAIT;
}

/* ----------------------------------------------------------------- proving */

/* A wrong one is counted as any (R-LOCK-1), and ends no session by itself. */
static void
on_proved(void *arg, const struct ipc_head *head)
{
	struct flow *f = arg;
	const struct auth_password_answer *answer = login_hear(f, head);
	enum flow_next next = FLOW_NEXT;

	if (head != NULL)
		login_forget_attempt(f);
	if (answer->end != AUTH_DONE) {
		visit_of(f)->more.fields[0] =
		    answer->end == AUTH_REFUSED ? "password" : NULL;
		next = login_tell(f, answer->end, PROBLEM_PASSWORD);
	}
	flow_resume(f, next);
}

enum flow_next
revocation_prove(struct flow *f)
{
	struct visit *v = visit_of(f);
	struct auth_password q = {
		.subject = AUTH_ACCOUNT, .for_session = true, .alone = true
	};
	char id[SESSION_ID_SIZE];

	if (!login_fold(&v->password))
		return visit_refuse_field(
		    f, PROBLEM_PASSWORD, "password", NULL);
	session_new_id(id);
	session_token(id, v->token);
	secret_wipe(id, sizeof(id));
	q.session = session_token_digest(v->token);
	memcpy(q.name, v->session.user, strlen(v->session.user) + 1);
	q.secret_len = v->password.len;
	memcpy(q.secret, v->password.text, q.secret_len);
	login_ask(f, &q, on_proved);
	return FLOW_WAIT;
}

/* ------------------------------------------------------------------- doing */

static enum flow_next
take_done(struct flow *f, enum db_rc rc)
{
	switch (rc) {
	case DB_OK:
		return FLOW_NEXT;
	case DB_NONE:
		return problem_refuse(f, PROBLEM_NOT_THERE);
	default:
		return problem_refuse(f, PROBLEM_DOWN);
	}
}

static void
on_done(void *arg, enum db_rc rc, bool anything)
{
	struct flow *f = arg;
	struct visit *v = visit_of(f);

	v->done = anything;
	call_forget(people_leave(portal_of(f)->people, v->token, NULL, NULL));
	flow_resume(f, take_done(f, rc));
}

enum flow_next
revocation_do(struct flow *f)
{
	const struct visit *v = visit_of(f);
	struct people_sql_question q =
	    people_sql_revoke_own(REMARK, v->certificate.text, v->why.text);

	f->unstoppable = true;
	f->asked = people_do(portal_of(f)->people, v->token, &q, on_done, f);
	return FLOW_WAIT;
}

enum flow_next
revocation_tell(struct flow *f)
{
	const struct visit *v = visit_of(f);
	bool shown = serial_equal(&v->serial, &v->shown.serial);
	struct buf out;

	if (shown)
		visit_lose_session(f);
	buf_init(&out, ANSWER_MAX);
	json_open(&out, NULL, '{');
	json_text(&out, "serial", v->certificate.text);
	json_flag(&out, "done", v->done);
	json_flag(&out, "over", shown);
	json_close(&out, '}');
	return visit_answer(f, &out);
}
