#include "portal/login.h"

#include "portal/revocation.h"
#include "portal/visit.h"

#include <string.h>

_Static_assert((int)FLOW_PEER_SIZE == AUTH_ADDRESS_SIZE, "an address fits");

/* --------------------------------------------------------------- refusing */

enum flow_next
login_refuse(struct flow *f, const struct decision *d)
{
	struct visit *v = visit_of(f);

	switch (d->verdict) {
	case DECIDE_TEMPORARY:
		return problem_refuse(f, PROBLEM_TEMPORARY);
	case DECIDE_WINDOW:
		v->more.opens_on = d->from;
		v->more.replace_until = d->replace_until;
		v->more.revocable = d->replace_until != 0 &&
				    revocation_open(f, &v->holder.current);
		return problem_refuse(f, PROBLEM_WINDOW);
	case DECIDE_ACCOUNT: /* since the password was right */
		if (v->session.at == SESSION_NOTHING)
			return problem_refuse(f, PROBLEM_LOGIN);
		visit_lose_session(f);
		return problem_refuse(f, PROBLEM_SESSION);
	default:
		return problem_refuse(f, PROBLEM_ENTITLED);
	}
}

enum flow_next
login_tell(struct flow *f, enum auth_end end, enum problem refused)
{
	static const enum problem problem_of[] = {
		[AUTH_DONE] = PROBLEM_INTERNAL,
		[AUTH_NOT_ENTITLED] = PROBLEM_INTERNAL,
		[AUTH_THROTTLED] = PROBLEM_THROTTLED,
		[AUTH_BUSY] = PROBLEM_BUSY,
		[AUTH_FULL] = PROBLEM_DOWN,
		[AUTH_DOWN] = PROBLEM_DOWN,
		[AUTH_GONE] = PROBLEM_DOWN,
	};

	return problem_refuse(
	    f, end == AUTH_REFUSED ? refused : problem_of[end]);
}

enum flow_next
login_tell_session(struct flow *f, enum auth_end end)
{
	if (end == AUTH_REFUSED)
		visit_lose_session(f);
	return login_tell(f, end, PROBLEM_SESSION);
}

void
login_forget_attempt(struct flow *f)
{
	visit_of(f)->attempt.number = 0;
}

/* ----------------------------------------------------------------- asking */

void
login_ask(struct flow *f, struct auth_password *q, ipc_answer_fn *answer)
{
	const struct profile *profile = visit_profile(f);
	struct visit *v = visit_of(f);

	q->shows_certificate = v->shown.exists;
	q->serial = v->shown.serial;
	q->fingerprint = v->shown.fingerprint;
	q->operation = visit_operation(f);
	memcpy(q->profile, profile->name, sizeof(q->profile));
	flow_peer(f, q->address);
	v->evaluated = "unknown"; /* should nobody wait for the answer */
	f->asked = auth_password(portal_of(f)->auth, q, &v->attempt, answer, f);
	secret_wipe(q, sizeof(*q));
}

const struct auth_password_answer *
login_hear(struct flow *f, const struct ipc_head *head)
{
	const struct auth_password_answer *answer =
	    auth_password_answer_of(head);
	struct visit *v = visit_of(f);

	v->evaluated = answer->evaluated ? "yes" : "no";
	f->retry_s = answer->retry_s;
	v->holder = answer->holder;
	return answer;
}

/* After a right password, or what stands for it: what became of the code. */
static void
take_mailed(struct visit *v, const struct auth_password_answer *answer)
{
	const struct auth_mailed *m = &answer->mailed;
	struct session *s = &v->session;

	s->at = SESSION_CODE;
	s->user = v->name = v->holder.account.user_id;
	s->voucher = answer->voucher;
	/* One that was revoked for its key gets no other of that key. */
	if (s->issued.len > 0)
		session_drop_key(s);
	s->issued = (struct der){ 0 };
	s->sent = m->outcome == AUTH_MAIL_QUEUED;
	s->failed = m->outcome == AUTH_MAIL_FAILED;
	s->dies_at = s->sent || m->outcome == AUTH_MAIL_RECENT ? m->dies_at : 0;
	s->again_at = m->again_at;
	s->to = v->holder.account.email;
}

/* --------------------------------------------------------------- password */

/* R-ACC-7: no code before it is replaced. */
static void
want_password(struct visit *v, const struct auth_password_answer *answer)
{
	v->session.at = SESSION_PASSWORD;
	v->session.user = v->name = v->holder.account.user_id;
	v->session.voucher = answer->voucher;
}

static bool
is_temporary(const struct auth_password_answer *answer)
{
	return answer->end == AUTH_NOT_ENTITLED &&
	       answer->decision.verdict == DECIDE_TEMPORARY;
}

/* Who has shown a right password, and may log in: for operators there is a
 * profile of their own. */
static bool
finds_operator(struct flow *f, const struct auth_password_answer *answer)
{
	struct session *s = &visit_of(f)->session;

	if (s->operator_ || answer->end != AUTH_NOT_ENTITLED ||
	    answer->decision.verdict == DECIDE_ACCOUNT ||
	    answer->holder.account.role != FACTS_OPERATOR ||
	    visit_profile_of_operators(f) == NULL)
		return false;
	s->operator_ = true;
	return true;
}

bool
login_is_operator(const struct flow *f)
{
	return visit_of(f)->session.operator_;
}

static void
on_password(void *arg, const struct ipc_head *head)
{
	struct flow *f = arg;
	struct visit *v = visit_of(f);
	const struct auth_password_answer *answer = login_hear(f, head);
	enum flow_next next = FLOW_NEXT;

	if (head != NULL)
		login_forget_attempt(f); /* it ends with the mail */
	if (finds_operator(f, answer)) {
		next = FLOW_NEXT;
	} else if (answer->end == AUTH_DONE) {
		visit_begin_session(f);
		take_mailed(v, answer);
	} else if (is_temporary(answer)) {
		visit_begin_session(f);
		want_password(v, answer);
	} else if (answer->end == AUTH_NOT_ENTITLED) {
		next = login_refuse(f, &answer->decision);
	} else {
		next = login_tell(f, answer->end, PROBLEM_LOGIN);
	}
	flow_resume(f, next);
}

static bool
has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

/* That never makes it longer. */
bool
login_fold(struct json_value *v)
{
	if (has_control(v->text) || !input_fold_width(v->text, v->len, v->text))
		return false;
	v->len = strlen(v->text);
	return true;
}

enum flow_next
login_check_password(struct flow *f)
{
	struct visit *v = visit_of(f);
	struct auth_password q = { .subject = AUTH_NOBODY,
		.mails_code = true,
		.asks_anew = true,
		.wants_voucher = true };

	v->session.replaces = v->replace.flag;
	if (login_fold(&v->user) && login_fold(&v->password)) {
		q.subject = AUTH_ACCOUNT;
		memcpy(q.name, v->user.text, v->user.len + 1);
		q.secret_len = v->password.len;
		memcpy(q.secret, v->password.text, q.secret_len);
	}
	login_ask(f, &q, on_password);
	return FLOW_WAIT;
}

/* ---------------------------------------------------------------- voucher */

static void
show_voucher(struct flow *f, struct auth_password *q, ipc_answer_fn *answer)
{
	const struct session *s = &visit_of(f)->session;

	q->subject = s->at == SESSION_CONTRACT ? AUTH_CONTRACT : AUTH_ACCOUNT;
	q->shows_voucher = true;
	q->voucher = (q->mails_code || q->alone) && s->member.there
			 ? s->member.pass
			 : s->voucher;
	memcpy(q->name, s->user, strlen(s->user) + 1);
	login_ask(f, q, answer);
}

static void
on_another(void *arg, const struct ipc_head *head)
{
	struct flow *f = arg;
	struct visit *v = visit_of(f);
	const struct auth_password_answer *answer = login_hear(f, head);
	enum flow_next next = FLOW_NEXT;

	if (head != NULL)
		login_forget_attempt(f);
	if (answer->end == AUTH_NOT_ENTITLED)
		next = login_refuse(f, &answer->decision);
	else if (answer->end != AUTH_DONE)
		next = login_tell_session(f, answer->end);
	else
		take_mailed(v, answer);
	flow_resume(f, next);
}

enum flow_next
login_ask_code(struct flow *f)
{
	struct auth_password q = {
		.mails_code = true, .asks_anew = true, .wants_voucher = true
	};

	show_voucher(f, &q, on_another);
	return FLOW_WAIT;
}

static void
on_voucher(void *arg, const struct ipc_head *head)
{
	struct flow *f = arg;
	const struct auth_password_answer *answer = login_hear(f, head);

	if (answer->end == AUTH_DONE) {
		flow_resume(f, FLOW_NEXT);
		return;
	}
	if (head != NULL)
		login_forget_attempt(f);
	flow_resume(f, login_tell_session(f, answer->end));
}

enum flow_next
login_check_voucher(struct flow *f)
{
	struct auth_password q = { .wants_voucher = false };

	show_voucher(f, &q, on_voucher);
	return FLOW_WAIT;
}

void
login_show_alone(struct flow *f, ipc_answer_fn *answer)
{
	struct auth_password q = { .alone = true };

	show_voucher(f, &q, answer);
}

static void
on_alone(void *arg, const struct ipc_head *head)
{
	struct flow *f = arg;
	const struct auth_password_answer *answer = login_hear(f, head);

	if (head != NULL)
		login_forget_attempt(f);
	flow_resume(f, answer->end == AUTH_DONE
			   ? FLOW_NEXT
			   : login_tell_session(f, answer->end));
}

enum flow_next
login_check_alone(struct flow *f)
{
	login_show_alone(f, on_alone);
	return FLOW_WAIT;
}

/* ------------------------------------------------------------------- code */

static enum flow_next
refuse_code(struct flow *f, const struct auth_code_answer *answer)
{
	struct visit *v = visit_of(f);

	if (answer->end != AUTH_REFUSED)
		return login_tell(f, answer->end, PROBLEM_CODE);
	v->more.has_tries = true;
	v->more.tries_left = answer->tries_left;
	if (answer->tries_left == 0)
		visit_lose_session(f);
	return problem_refuse(
	    f, answer->tries_left == 0 ? PROBLEM_LOCKED : PROBLEM_CODE);
}

static void
on_code(void *arg, const struct ipc_head *head)
{
	const struct auth_code_answer *answer = auth_code_answer_of(head);
	struct flow *f = arg;
	struct visit *v = visit_of(f);

	if (answer->end != AUTH_DONE) {
		if (head != NULL)
			login_forget_attempt(f);
		flow_resume(f, refuse_code(f, answer));
		return;
	}
	v->code_right = true;
	v->decision = answer->decision;
	/* What was issued for it before is had again, entitled or not. */
	if (answer->again)
		v->decision.verdict = DECIDE_ALLOWED;
	v->ask.grant = answer->grant;
	flow_resume(f, FLOW_NEXT);
}

enum flow_next
login_check_code(struct flow *f)
{
	const struct profile *profile = visit_profile(f);
	struct visit *v = visit_of(f);
	struct auth_code q = { .handle = v->attempt,
		.operation = visit_operation(f),
		.presented = v->holder.presented.serial,
		.csr_digest = v->csr->digest,
		.key_digest = v->csr->key_digest,
		.good = v->csr_problem == PROBLEM_NONE };

	memcpy(q.profile, profile->name, sizeof(q.profile));
	memcpy(q.code, v->code.text, sizeof(q.code));
	f->unstoppable = q.good; /* it may be paid for (F-05) */
	f->asked = auth_code(portal_of(f)->auth, &q, on_code, f);
	secret_wipe(&q, sizeof(q));
	return FLOW_WAIT;
}

/* -------------------------------------------------------------------- end */

/* The certificate is recorded: nothing that Redis says can take it back. */
static void
on_cleared(void *arg, const struct ipc_head *head)
{
	if (head != NULL)
		login_forget_attempt(arg);
	flow_resume(arg, FLOW_NEXT);
}

enum flow_next
login_clear_counters(struct flow *f)
{
	struct visit *v = visit_of(f);
	struct auth_succeed q = {
		.handle = v->attempt, .serial = v->serial, .receipt = v->receipt
	};

	f->asked = auth_succeed(portal_of(f)->auth, &q, on_cleared, f);
	return FLOW_WAIT;
}
