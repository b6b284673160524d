#include "portal/registration.h"

#include "base/secret.h"
#include "base/unicode.h"
#include "policy/input.h"
#include "portal/login.h"
#include "portal/visit.h"

#include <string.h>

_Static_assert(AUTH_PERSON_NAME_SIZE > 4 * INPUT_NAME_MAX, "a name fits");

/* ---------------------------------------------------------- who it is */

static void
want(struct flow *f, enum session_at at, const struct auth_password_answer *a)
{
	struct visit *v = visit_of(f);
	const struct facts_account *who = &v->holder.account;

	visit_begin_session(f);
	v->session.at = at;
	v->session.user = v->name =
	    at == SESSION_CONTRACT ? who->contract : who->user_id;
	v->session.voucher = a->voucher;
}

static void
on_contract(void *arg, const struct ipc_head *head)
{
	struct flow *f = arg;
	const struct auth_password_answer *answer = login_hear(f, head);
	enum flow_next next = FLOW_NEXT;

	if (answer->end == AUTH_DONE) {
		want(f, SESSION_CONTRACT, answer);
	} else {
		if (head != NULL)
			login_forget_attempt(f);
		next = login_tell(f, answer->end, PROBLEM_CONTRACT);
	}
	flow_resume(f, next);
}

static void
on_user(void *arg, const struct ipc_head *head)
{
	struct flow *f = arg;
	struct visit *v = visit_of(f);
	const struct auth_password_answer *answer = login_hear(f, head);
	enum flow_next next = FLOW_NEXT;

	if (answer->end != AUTH_DONE) {
		if (head != NULL)
			login_forget_attempt(f);
		next = login_tell(f, answer->end, PROBLEM_LOGIN);
	} else if (v->holder.account.temporary_password) {
		want(f, SESSION_PASSWORD, answer);
	} else {
		v->name = v->holder.account.user_id;
		next = problem_refuse(f, PROBLEM_REGISTERED);
	}
	flow_resume(f, next);
}

static enum flow_next
check(struct flow *f, enum auth_subject subject, struct json_value *name,
    ipc_answer_fn *answer)
{
	struct visit *v = visit_of(f);
	struct auth_password q = { .subject = AUTH_NOBODY,
		.wants_voucher = true };

	if (login_fold(name) && login_fold(&v->password)) {
		q.subject = subject;
		memcpy(q.name, name->text, name->len + 1);
		q.secret_len = v->password.len;
		memcpy(q.secret, v->password.text, q.secret_len);
	}
	login_ask(f, &q, answer);
	return FLOW_WAIT;
}

/* A number that is none has no counter to be counted by, and costs as much. */
enum flow_next
registration_check_contract(struct flow *f)
{
	struct visit *v = visit_of(f);

	return check(f, AUTH_CONTRACT, &v->contract, on_contract);
}

enum flow_next
registration_check_user(struct flow *f)
{
	return check(f, AUTH_ACCOUNT, &visit_of(f)->user, on_user);
}

/* --------------------------------------------------------- what is typed */

/* `why` is what is right, or NULL where it is. */
static void
judge(struct flow *f, const char *field, const char *why)
{
	struct problem_more *more = &visit_of(f)->more;
	size_t count = 0;

	if (why == NULL)
		return;
	while (more->fields[count] != NULL)
		count++;
	more->fields[count] = field;
	more->reason = count == 0 ? arena_printf(f->arena, "%s %s", field, why)
				  : arena_printf(f->arena, "%s; %s %s",
					more->reason, field, why);
}

static enum flow_next
judged(struct flow *f)
{
	return visit_of(f)->more.fields[0] == NULL
		   ? FLOW_NEXT
		   : problem_refuse(f, PROBLEM_FIELD);
}

typedef const char *judge_fn(const char *text, size_t len);

/* Into plain letters first, as far as there are any. */
static void
judge_ascii(
    struct flow *f, const char *field, struct json_value *v, judge_fn *rule)
{
	if (login_fold(v))
		judge(f, field, rule(v->text, v->len));
	else
		judge(f, field, "must have no control characters");
}

/* R-ACC-6: entered twice and equal; R-ACC-2 of the password. */
static void
judge_equal(struct flow *f, const char *field, struct json_value *v,
    const struct json_value *first, const char *why)
{
	bool same;

	login_fold(v); /* what it cannot fold stayed as it was in both */
	same =
	    v->len == first->len && secret_equal(v->text, first->text, v->len);
	judge(f, field, same ? NULL : why);
}

static void
judge_password(struct flow *f)
{
	const struct input_policy *policy =
	    &portal_of(f)->shared->config->policy.input;
	struct visit *v = visit_of(f);

	if (login_fold(&v->password))
		judge(f, "password",
		    input_password(policy, v->password.text, v->password.len));
	else
		judge(f, "password", "must have no control characters");
	judge_equal(f, "password_again", &v->password_again, &v->password,
	    "must be the same as password");
}

/* Stored as NFC (R-ACC-5), which may be longer; `why` it is then none. */
static const char *
stored_fault(struct flow *f, size_t size, judge_fn *rule, const char *why)
{
	struct json_value *name = &visit_of(f)->person_name;
	char *stored = arena_zero(f->arena, size);

	if (stored == NULL) /* the engine answers */
		return NULL;
	if (!unicode_nfc(name->text, name->len, stored, size))
		return why;
	name->text = stored;
	name->len = strlen(stored);
	return rule(stored, name->len);
}

const char *
registration_name_fault(struct flow *f)
{
	return stored_fault(
	    f, AUTH_PERSON_NAME_SIZE, input_name, "must be 1 to 20 characters");
}

static void
judge_name(struct flow *f)
{
	judge(f, "name", registration_name_fault(f));
}

enum flow_next
registration_judge_master(struct flow *f)
{
	struct visit *v = visit_of(f);

	judge_ascii(f, "user", &v->user, input_user_id);
	judge_password(f);
	judge_name(f);
	judge_ascii(f, "email", &v->email, input_email);
	judge_equal(f, "email_again", &v->email_again, &v->email,
	    "must be the same as email");
	judge_ascii(f, "locale", &v->locale, input_locale);
	return judged(f);
}

enum flow_next
registration_judge_password(struct flow *f)
{
	judge_password(f);
	return judged(f);
}

enum flow_next
registration_judge_name(struct flow *f)
{
	judge_name(f);
	return judged(f);
}

static void
judge_email(struct flow *f)
{
	struct visit *v = visit_of(f);

	judge_ascii(f, "email", &v->email, input_email);
	judge_equal(f, "email_again", &v->email_again, &v->email,
	    "must be the same as email");
}

enum flow_next
registration_judge_email(struct flow *f)
{
	judge_email(f);
	return judged(f);
}

enum flow_next
registration_judge_locale(struct flow *f)
{
	judge_ascii(f, "locale", &visit_of(f)->locale, input_locale);
	return judged(f);
}

static const char *
judge_role(const char *text, size_t len)
{
	(void)len;
	return strcmp(text, "general") == 0 || strcmp(text, "device") == 0
		   ? NULL
		   : "must be general or device";
}

enum flow_next
registration_judge_user(struct flow *f)
{
	struct visit *v = visit_of(f);

	judge_ascii(f, "user", &v->user, input_user_id);
	judge_name(f);
	judge_ascii(f, "email", &v->email, input_email);
	if (v->locale.there)
		judge_ascii(f, "locale", &v->locale, input_locale);
	if (v->role.there)
		judge_ascii(f, "role", &v->role, judge_role);
	return judged(f);
}

enum flow_next
registration_judge_contract(struct flow *f)
{
	struct visit *v = visit_of(f);

	judge_ascii(f, "contract", &v->contract, input_contract);
	if (v->person_name.there)
		judge(f, "name",
		    stored_fault(f, INPUT_TITLE_BYTES + 1, input_title,
			"must be at most 255 bytes of UTF-8"));
	return judged(f);
}

/* -------------------------------------------------------------- writing */

static enum flow_next
refuse(struct flow *f, const char *field, enum problem problem)
{
	visit_of(f)->more.fields[0] = field;
	return problem_refuse(f, problem);
}

/* It has proved a password of its own now (J-02). */
static void
go_on(struct flow *f, const struct auth_registration_answer *answer)
{
	struct visit *v = visit_of(f);

	if (v->session.at == SESSION_CONTRACT)
		v->session.user = v->name = v->user.text;
	v->session.at = SESSION_REGISTERED;
	v->session.voucher = answer->voucher;
	visit_begin_session(f);
}

static void
on_written(void *arg, const struct ipc_head *head)
{
	const struct auth_registration_answer *answer =
	    auth_registration_answer_of(head);
	struct flow *f = arg;
	enum flow_next next = FLOW_NEXT;

	if (head != NULL)
		login_forget_attempt(f);
	if (answer->end != AUTH_DONE)
		next = login_tell_session(f, answer->end);
	else if (answer->taken)
		next = refuse(f, "user", PROBLEM_TAKEN);
	else if (answer->same)
		next = refuse(f, "password", PROBLEM_SAME);
	else
		go_on(f, answer);
	flow_resume(f, next);
}

void
registration_ask(
    struct flow *f, struct auth_registration *q, ipc_answer_fn *answer)
{
	const struct json_value *password = &visit_of(f)->password;

	q->secret_len = password->len;
	memcpy(q->secret, password->text, q->secret_len);
	f->unstoppable = true; /* who leaves has done it, and may come back */
	f->asked = auth_register(portal_of(f)->auth, q, answer, f);
	secret_wipe(q, sizeof(*q));
}

/* What was judged fits. */
static void
put(char *out, const struct json_value *v)
{
	if (v->there)
		memcpy(out, v->text, v->len + 1);
}

enum flow_next
registration_write(struct flow *f)
{
	struct visit *v = visit_of(f);
	struct auth_registration q = { .handle = v->attempt };

	if (v->session.at == SESSION_CONTRACT) {
		put(q.user_id, &v->user);
		put(q.name, &v->person_name);
		put(q.email, &v->email);
		put(q.locale, &v->locale);
	}
	registration_ask(f, &q, on_written);
	return FLOW_WAIT;
}

/* -------------------------------------------------------------- the page */

enum flow_next
registration_need_contract(struct flow *f)
{
	return visit_need(f, 1U << SESSION_CONTRACT);
}

enum flow_next
registration_need_password(struct flow *f)
{
	return visit_need(f, 1U << SESSION_PASSWORD);
}

enum flow_next
registration_need_user(struct flow *f)
{
	return visit_need(f, 1U << SESSION_CODE | 1U << SESSION_REGISTERED);
}
