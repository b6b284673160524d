#include "portal/operator_body.h"

#include "portal/body.h"
#include "portal/operator.h"

#define WORD_MAX 64
#define TYPED_MAX 1024 /* longer than any rule */
#define PASSWORD_MAX 1024
#define SEARCH_MAX 400 /* bytes of 100 characters */

/* A word that may be left out, and how much of a list is wanted: of one that is
 * searched, or walked by its ids. */
#define WORD(name_, value)                                                     \
	{                                                                      \
		name_, JSON_TEXT, .max = WORD_MAX, .optional = true,           \
				  .into = &(value)                             \
	}
#define NUMBER(name_, value)                                                   \
	{                                                                      \
		name_, JSON_INTEGER, .optional = true, .into = &(value)        \
	}
#define MOST(o) NUMBER("most", (o)->visit.most)
#define OF_SEARCH(o)                                                           \
	{ "search", JSON_TEXT, .max = SEARCH_MAX, .optional = true,            \
		.into = &(o)->visit.search },                                  \
	    WORD("state", (o)->state),                                         \
	    { "down", JSON_FLAG, .optional = true, .into = &(o)->visit.down }, \
	    WORD("after", (o)->visit.after), MOST(o)
#define OF_IDS(o) NUMBER("before", (o)->before), MOST(o)

enum flow_next
operator_body_contracts(struct flow *f)
{
	struct operator_visit *o = operator_of(f);
	const struct json_member members[] = { OF_SEARCH(o) };

	return body_read(f, members, sizeof(members) / sizeof(members[0]));
}

enum flow_next
operator_body_users(struct flow *f)
{
	struct operator_visit *o = operator_of(f);
	const struct json_member members[] = {
		WORD("contract", o->visit.contract),
		WORD("sort", o->visit.sort),
		OF_SEARCH(o),
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
		WORD("user", o->visit.user),
		{ "failed", JSON_FLAG, .optional = true, .into = &o->failed },
		OF_IDS(o),
	};

	return body_read(f, members, sizeof(members) / sizeof(members[0]));
}

enum flow_next
operator_body_audit(struct flow *f)
{
	struct operator_visit *o = operator_of(f);
	const struct json_member members[] = {
		WORD("user", o->visit.user),
		WORD("contract", o->visit.contract),
		WORD("action", o->action),
		WORD("since", o->since),
		WORD("until", o->until),
		OF_IDS(o),
	};

	return body_read(f, members, sizeof(members) / sizeof(members[0]));
}

enum flow_next
operator_body_figures(struct flow *f)
{
	struct operator_visit *o = operator_of(f);
	const struct json_member members[] = {
		WORD("by", o->by),
		NUMBER("count", o->count),
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
		{ "reason", JSON_TEXT, .max = TYPED_MAX, .optional = true,
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
operator_body_new_contract(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "contract", JSON_TEXT, .max = TYPED_MAX,
		    .into = &v->contract },
		{ "name", JSON_TEXT, .max = TYPED_MAX, .optional = true,
		    .into = &v->person_name },
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
		{ "confirm", JSON_FLAG, .into = &o->confirm },
		{ "password", JSON_TEXT, .max = PASSWORD_MAX, .optional = true,
		    .into = &o->visit.password },
	};

	return body_read(f, members, sizeof(members) / sizeof(members[0]));
}
