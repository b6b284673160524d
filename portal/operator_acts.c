/*
 * What an operator does at the desk: each act is a row, and one table of steps
 * does them all (portal/operator_api.c).
 */
#include "portal/operator.h"

#include "policy/input.h"
#include "portal/login.h"
#include "portal/registration.h"

#include <inttypes.h>
#include <string.h>

#define REMARK OPERATOR_REMARK

/* ----------------------------------------------------------- the questions */

#define WHAT(o) ((o)->what.text)
#define REASON(o) ((o)->visit.reason.text)
#define CHANGE(name)                                                           \
	static struct people_sql_question name(const struct operator_visit *o) \
	{                                                                      \
		return people_sql_##name(REMARK, WHAT(o), REASON(o));          \
	}

CHANGE(lift_account)
CHANGE(suspend_account)
CHANGE(resume_account)
CHANGE(close_account)
CHANGE(reopen_account)
CHANGE(close_contract)
CHANGE(lift_contract)

static struct people_sql_question
remind_account(const struct operator_visit *o)
{
	return people_sql_remind_account(REMARK, WHAT(o));
}

static struct people_sql_question
give_password(const struct operator_visit *o)
{
	return people_sql_give_password(REMARK, WHAT(o), o->visit.made->hash);
}

static struct people_sql_question
set_name(const struct operator_visit *o)
{
	return people_sql_set_name(REMARK, WHAT(o), o->visit.person_name.text);
}

static struct people_sql_question
set_email(const struct operator_visit *o)
{
	return people_sql_set_email(REMARK, WHAT(o), o->visit.email.text);
}

static struct people_sql_question
revoke_contract(const struct operator_visit *o)
{
	return people_sql_revoke_contract(
	    REMARK, WHAT(o), o->value.text, REASON(o));
}

static struct people_sql_question
set_profiles(const struct operator_visit *o)
{
	return people_sql_set_profiles(REMARK, WHAT(o), o->value.text);
}

static struct people_sql_question
revoke_certificate(const struct operator_visit *o)
{
	return people_sql_withdraw_certificate(REMARK, WHAT(o), o->value.text);
}

static struct people_sql_question
retry_mail(const struct operator_visit *o)
{
	return o->what.there ? people_sql_retry_mail(REMARK, WHAT(o))
			     : people_sql_retry_failed_mails(REMARK);
}

static struct people_sql_question
add_account(const struct operator_visit *o)
{
	const struct visit *v = &o->visit;
	const struct people_sql_holder holder = { .user_id = v->user.text,
		.contract = v->contract.text,
		.role = o->value.text,
		.name = v->person_name.text,
		.email = v->email.text,
		.locale = v->locale.text };

	return people_sql_add_account(REMARK, &holder, v->made->hash,
	    strcmp(o->value.text, "device") != 0);
}

static struct people_sql_question
add_contract(const struct operator_visit *o)
{
	const struct visit *v = &o->visit;

	return people_sql_add_contract(REMARK, v->contract.text,
	    v->person_name.there ? v->person_name.text : "", v->made->hash);
}

static struct people_sql_question
reset_contract(const struct operator_visit *o)
{
	return people_sql_reset_contract(
	    REMARK, WHAT(o), o->visit.made->hash, REASON(o));
}

static struct people_sql_question
confirm(const struct operator_visit *o)
{
	return people_sql_confirm(
	    REMARK, WHAT(o), o->resets ? o->visit.made->hash : NULL);
}

static struct people_sql_question
decline(const struct operator_visit *o)
{
	return people_sql_decline(REMARK, WHAT(o));
}

/* ------------------------------------------------------------- their values */

static bool
is_one_of(const char *word, const char *const *words)
{
	while (*words != NULL && strcmp(word, *words) != 0)
		words++;
	return *words != NULL;
}

/* Those that end a certificate for good (RFC 5280 5.3.1). */
static const char *
judge_revocation(struct flow *f)
{
	static const char *const reasons[] = { "unspecified", "keyCompromise",
		"affiliationChanged", "superseded", "cessationOfOperation",
		"privilegeWithdrawn", NULL };

	return is_one_of(operator_of(f)->value.text, reasons)
		   ? NULL
		   : "must be unspecified, keyCompromise, affiliationChanged, "
		     "superseded, cessationOfOperation or privilegeWithdrawn";
}

/* Names of profiles with commas between, or none. */
static const char *
judge_profiles(struct flow *f)
{
	const struct config *config = portal_of(f)->shared->config;
	const char *at = operator_of(f)->value.text;

	if (strlen(at) >= FACTS_PROFILES_SIZE)
		return "must have at most 255 characters";
	while (*at != '\0') {
		size_t len = strcspn(at, ",");

		if (len == 0 || config_profile(config, at, len) == NULL)
			return "must be names of profiles, with commas between";
		at += len + (at[len] == ',');
	}
	return NULL;
}

static const char *
judge_name(struct flow *f)
{
	visit_of(f)->person_name = operator_of(f)->value;
	return registration_name_fault(f);
}

static const char *
judge_email(struct flow *f)
{
	struct visit *v = visit_of(f);

	v->email = operator_of(f)->value;
	return login_fold(&v->email)
		   ? input_email(v->email.text, strlen(v->email.text))
		   : "must be UTF-8";
}

/* ---------------------------------------------------------------- the acts */

static const struct operator_act user_acts[] = {
	{ .word = "lift",
	    .proof = true,
	    .reason = true,
	    .settles = true,
	    .two = true,
	    .second = SECOND_LIFT_MASTER,
	    .ask = lift_account },
	{ .word = "suspend",
	    .proof = true,
	    .reason = true,
	    .ask = suspend_account },
	{ .word = "resume",
	    .proof = true,
	    .reason = true,
	    .ask = resume_account },
	{ .word = "close",
	    .proof = true,
	    .reason = true,
	    .silent = true,
	    .ask = close_account },
	{ .word = "reopen",
	    .proof = true,
	    .reason = true,
	    .ask = reopen_account },
	{ .word = "remind", .ask = remind_account },
	{ .word = "password",
	    .proof = true,
	    .makes = true,
	    .settles = true,
	    .silent = true,
	    .ask = give_password },
	{ .word = "name", .proof = true, .judge = judge_name, .ask = set_name },
	{ .word = "email",
	    .proof = true,
	    .settles = true,
	    .judge = judge_email,
	    .ask = set_email },
	{ .word = NULL },
};

static const struct operator_act contract_acts[] = {
	{ .word = "lift",
	    .proof = true,
	    .reason = true,
	    .settles = true,
	    .ask = lift_contract },
	{ .word = "reset",
	    .proof = true,
	    .reason = true,
	    .makes = true,
	    .initial = true,
	    .settles = true,
	    .silent = true,
	    .two = true,
	    .second = SECOND_RESET_CONTRACT,
	    .ask = reset_contract },
	{ .word = "close",
	    .proof = true,
	    .reason = true,
	    .silent = true,
	    .two = true,
	    .second = SECOND_CLOSE_CONTRACT,
	    .ask = close_contract },
	{ .word = "revoke",
	    .proof = true,
	    .reason = true,
	    .two = true,
	    .second = SECOND_REVOKE_MANY,
	    .judge = judge_revocation,
	    .ask = revoke_contract },
	{ .word = "profiles",
	    .proof = true,
	    .judge = judge_profiles,
	    .ask = set_profiles },
	{ .word = NULL },
};

static const struct operator_act certificate_act = { .word = "revoke",
	.proof = true,
	.judge = judge_revocation,
	.ask = revoke_certificate };
static const struct operator_act mail_act = { .word = "retry",
	.ask = retry_mail };
static const struct operator_act new_user_act = { .word = "add",
	.proof = true,
	.makes = true,
	.silent = true,
	.taken = PROBLEM_TAKEN,
	.named = "user",
	.seconded = PROBLEM_ANOTHER,
	.ask = add_account };
static const struct operator_act new_contract_act = { .word = "add",
	.proof = true,
	.makes = true,
	.initial = true,
	.silent = true,
	.taken = PROBLEM_NUMBER,
	.named = "contract",
	.ask = add_contract };
/* What is lifted for a master, or for a contract that is reset, is settled. */
static const struct operator_act confirm_act = {
	.word = "confirm", .proof = true, .settles = true, .ask = confirm
};
static const struct operator_act decline_act = {
	.word = "decline", .silent = true, .ask = decline
};

/* ----------------------------------------------------------------- judging */

static enum flow_next
refuse(struct flow *f, const char *field, const char *why)
{
	return visit_refuse_field(f, PROBLEM_FIELD, field, why);
}

/* Of the reason, as at the command line; one that is not there is empty. */
static const char *
reason_fault(const struct json_value *v)
{
	return v->there ? input_reason(v->text, v->len) : input_reason("", 0);
}

static enum flow_next
take_act(struct flow *f, const struct operator_act *act)
{
	struct operator_visit *o = operator_of(f);
	const char *fault;

	o->doing = act;
	fault = act->reason ? reason_fault(&o->visit.reason) : NULL;
	if (fault != NULL)
		return refuse(f, "reason", fault);
	if (act->proof && !o->visit.password.there)
		return refuse(f, "password", "is missing");
	if (act->judge == NULL)
		return FLOW_NEXT;
	if (!o->value.there)
		return refuse(f, "value", "is missing");
	fault = act->judge(f);
	return fault == NULL ? FLOW_NEXT : refuse(f, "value", fault);
}

static enum flow_next
find_act(struct flow *f, const struct operator_act *acts)
{
	const char *word = operator_of(f)->act.text;

	while (acts->word != NULL && strcmp(acts->word, word) != 0)
		acts++;
	return acts->word != NULL
		   ? take_act(f, acts)
		   : refuse(f, "act", "must be an act of this operation");
}

enum flow_next
operator_judge_user_act(struct flow *f)
{
	return find_act(f, user_acts);
}

enum flow_next
operator_judge_contract_act(struct flow *f)
{
	return find_act(f, contract_acts);
}

enum flow_next
operator_judge_certificate(struct flow *f)
{
	const char *serial = operator_of(f)->what.text;

	if (strlen(serial) != 2 * SERIAL_SIZE ||
	    serial[strspn(serial, "0123456789abcdef")] != '\0')
		return refuse(f, "what", "must be a serial number");
	return take_act(f, &certificate_act);
}

/* For the statement, which takes texts. */
static enum flow_next
write_id(struct flow *f)
{
	struct operator_visit *o = operator_of(f);
	char *text;

	if (!o->id.there)
		return FLOW_NEXT;
	text = arena_printf(f->arena, "%" PRId64, o->id.integer);
	o->what.text = text;
	o->what.there = text != NULL;
	return text != NULL ? FLOW_NEXT : problem_refuse(f, PROBLEM_DOWN);
}

enum flow_next
operator_judge_mail(struct flow *f)
{
	enum flow_next next = write_id(f);

	return next == FLOW_NEXT ? take_act(f, &mail_act) : next;
}

enum flow_next
operator_judge_decision(struct flow *f)
{
	enum flow_next next = write_id(f);

	if (next != FLOW_NEXT)
		return next;
	return take_act(
	    f, operator_of(f)->confirm.flag ? &confirm_act : &decline_act);
}

enum flow_next
operator_judge_new_user(struct flow *f)
{
	static const char *const roles[] = { "master", "general", "device",
		NULL };
	const char *locale = portal_of(f)->shared->config->service.locale;
	struct operator_visit *o = operator_of(f);
	struct visit *v = &o->visit;
	enum flow_next next;

	if (!is_one_of(v->role.text, roles))
		return refuse(f, "role", "must be master, general or device");
	o->value = v->role;
	v->role.there = false; /* of what a master may add */
	next = registration_judge_user(f);
	if (next != FLOW_NEXT)
		return next;
	if (!v->locale.there)
		v->locale.text = arena_text(f->arena, locale, strlen(locale));
	return v->locale.text != NULL ? take_act(f, &new_user_act)
				      : problem_refuse(f, PROBLEM_DOWN);
}

enum flow_next
operator_judge_new_contract(struct flow *f)
{
	enum flow_next next = registration_judge_contract(f);

	return next == FLOW_NEXT ? take_act(f, &new_contract_act) : next;
}

bool
operator_confirms(const struct flow *f)
{
	return operator_of(f)->doing == &confirm_act;
}

bool
operator_wants_proof(const struct flow *f)
{
	return operator_of(f)->doing->proof;
}

bool
operator_makes_password(const struct flow *f)
{
	const struct operator_visit *o = operator_of(f);

	return o->doing->makes || o->resets;
}

bool
operator_settles(const struct flow *f)
{
	const struct operator_visit *o = operator_of(f);

	return o->doing->settles && !o->proposed;
}
