#include "portal/operator_body.h"

#include "portal/body.h"
#include "portal/operator.h"

#define WORD_MAX 64
#define TYPED_MAX 1024 /* longer than any rule */
#define PASSWORD_MAX 1024
#define REASON_MAX 1020 /* bytes of 255 characters */
#define SEARCH_MAX 400	/* and of 100 */

enum flow_next
operator_body_contracts(struct flow *f)
{
	struct operator_visit *o = operator_of(f);
	const struct json_member members[] = {
		{ "search", JSON_TEXT, .max = SEARCH_MAX, .optional = true,
		    .into = &o->visit.search },
		{ "state", JSON_TEXT, .max = WORD_MAX, .optional = true,
		    .into = &o->state },
		{ "down", JSON_FLAG, .optional = true, .into = &o->visit.down },
		{ "after", JSON_TEXT, .max = WORD_MAX, .optional = true,
		    .into = &o->visit.after },
		{ "most", JSON_INTEGER, .optional = true,
		    .into = &o->visit.most },
	};

	return body_read(f, members, sizeof(members) / sizeof(members[0]));
}

enum flow_next
operator_body_users(struct flow *f)
{
	struct operator_visit *o = operator_of(f);
	const struct json_member members[] = {
		{ "search", JSON_TEXT, .max = SEARCH_MAX, .optional = true,
		    .into = &o->visit.search },
		{ "contract", JSON_TEXT, .max = WORD_MAX, .optional = true,
		    .into = &o->visit.contract },
		{ "state", JSON_TEXT, .max = WORD_MAX, .optional = true,
		    .into = &o->state },
		{ "sort", JSON_TEXT, .max = WORD_MAX, .optional = true,
		    .into = &o->visit.sort },
		{ "down", JSON_FLAG, .optional = true, .into = &o->visit.down },
		{ "after", JSON_TEXT, .max = WORD_MAX, .optional = true,
		    .into = &o->visit.after },
		{ "most", JSON_INTEGER, .optional = true,
		    .into = &o->visit.most },
	};

	return body_read(f, members, sizeof(members) / sizeof(members[0]));
}

enum flow_next
operator_body_user(struct flow *f)
{
	const struct json_member members[] = {
		{ "user", JSON_TEXT, .max = WORD_MAX,
		    .into = &visit_of(f)->user },
	};

	return body_read(f, members, 1);
}

enum flow_next
operator_body_mails(struct flow *f)
{
	struct operator_visit *o = operator_of(f);
	const struct json_member members[] = {
		{ "failed", JSON_FLAG, .optional = true, .into = &o->failed },
		{ "before", JSON_INTEGER, .optional = true,
		    .into = &o->before },
		{ "most", JSON_INTEGER, .optional = true,
		    .into = &o->visit.most },
	};

	return body_read(f, members, sizeof(members) / sizeof(members[0]));
}

enum flow_next
operator_body_audit(struct flow *f)
{
	struct operator_visit *o = operator_of(f);
	const struct json_member members[] = {
		{ "user", JSON_TEXT, .max = WORD_MAX, .optional = true,
		    .into = &o->visit.user },
		{ "contract", JSON_TEXT, .max = WORD_MAX, .optional = true,
		    .into = &o->visit.contract },
		{ "action", JSON_TEXT, .max = WORD_MAX, .optional = true,
		    .into = &o->action },
		{ "since", JSON_TEXT, .max = WORD_MAX, .optional = true,
		    .into = &o->since },
		{ "until", JSON_TEXT, .max = WORD_MAX, .optional = true,
		    .into = &o->until },
		{ "before", JSON_INTEGER, .optional = true,
		    .into = &o->before },
		{ "most", JSON_INTEGER, .optional = true,
		    .into = &o->visit.most },
	};

	return body_read(f, members, sizeof(members) / sizeof(members[0]));
}

enum flow_next
operator_body_figures(struct flow *f)
{
	struct operator_visit *o = operator_of(f);
	const struct json_member members[] = {
		{ "by", JSON_TEXT, .max = WORD_MAX, .optional = true,
		    .into = &o->by },
		{ "count", JSON_INTEGER, .optional = true, .into = &o->count },
	};

	return body_read(f, members, sizeof(members) / sizeof(members[0]));
}

/* Of a user, and of a contract; what an act needs it says itself. */
enum flow_next
operator_body_act(struct flow *f)
{
	struct operator_visit *o = operator_of(f);
	const struct json_member members[] = {
		{ "act", JSON_TEXT, .max = WORD_MAX, .into = &o->act },
		{ "what", JSON_TEXT, .max = WORD_MAX, .into = &o->what },
		{ "reason", JSON_TEXT, .max = REASON_MAX, .optional = true,
		    .into = &o->visit.reason },
		{ "value", JSON_TEXT, .max = TYPED_MAX, .optional = true,
		    .into = &o->value },
		{ "password", JSON_TEXT, .max = PASSWORD_MAX, .optional = true,
		    .into = &o->visit.password },
	};

	return body_read(f, members, sizeof(members) / sizeof(members[0]));
}

enum flow_next
operator_body_certificate(struct flow *f)
{
	struct operator_visit *o = operator_of(f);
	const struct json_member members[] = {
		{ "what", JSON_TEXT, .max = WORD_MAX, .into = &o->what },
		{ "value", JSON_TEXT, .max = WORD_MAX, .into = &o->value },
		{ "password", JSON_TEXT, .max = PASSWORD_MAX,
		    .into = &o->visit.password },
	};

	return body_read(f, members, sizeof(members) / sizeof(members[0]));
}

enum flow_next
operator_body_mail(struct flow *f)
{
	const struct json_member members[] = {
		{ "id", JSON_INTEGER, .optional = true,
		    .into = &operator_of(f)->id },
	};

	return body_read(f, members, 1);
}

enum flow_next
operator_body_new_user(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "user", JSON_TEXT, .max = TYPED_MAX, .into = &v->user },
		{ "contract", JSON_TEXT, .max = WORD_MAX,
		    .into = &v->contract },
		{ "role", JSON_TEXT, .max = WORD_MAX, .into = &v->role },
		{ "name", JSON_TEXT, .max = TYPED_MAX,
		    .into = &v->person_name },
		{ "email", JSON_TEXT, .max = TYPED_MAX, .into = &v->email },
		{ "locale", JSON_TEXT, .max = WORD_MAX, .optional = true,
		    .into = &v->locale },
		{ "password", JSON_TEXT, .max = PASSWORD_MAX,
		    .into = &v->password },
	};

	return body_read(f, members, sizeof(members) / sizeof(members[0]));
}

enum flow_next
operator_body_decision(struct flow *f)
{
	struct operator_visit *o = operator_of(f);
	const struct json_member members[] = {
		{ "id", JSON_INTEGER, .into = &o->id },
		{ "what", JSON_TEXT, .max = WORD_MAX, .into = &o->what },
		{ "confirm", JSON_FLAG, .into = &o->confirm },
		{ "password", JSON_TEXT, .max = PASSWORD_MAX, .optional = true,
		    .into = &o->visit.password },
	};

	return body_read(f, members, sizeof(members) / sizeof(members[0]));
}
