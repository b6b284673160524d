#include "portal/body.h"

#include "portal/visit.h"

#define PASSWORD_MAX 1024
#define FIELD_MAX 1024 /* longer than any rule */

static enum flow_next
read_members(struct flow *f, const struct json_member *members, size_t count)
{
	struct visit *v = visit_of(f);
	struct json_fault fault;
	size_t len;
	char *body = (char *)flow_body(f, &len);

	if (json_read(body, len, members, count, &fault))
		return FLOW_NEXT;
	v->more.fields[0] = fault.field;
	v->more.reason = fault.why;
	return problem_refuse(
	    f, fault.field != NULL ? PROBLEM_FIELD : PROBLEM_JSON);
}

enum flow_next
body_password(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "user", JSON_TEXT, .max = 255, .into = &v->user },
		{ "password", JSON_TEXT, .max = PASSWORD_MAX,
		    .into = &v->password },
		{ "replace", JSON_FLAG, .optional = true, .into = &v->replace },
	};

	return read_members(f, members, 3);
}

enum flow_next
body_nothing(struct flow *f)
{
	return read_members(f, NULL, 0);
}

enum flow_next
body_request(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "code", JSON_TEXT, .max = 64, .into = &v->code },
		{ "csr", JSON_TEXT, .max = 12000, .into = &v->request },
	};

	return read_members(f, members, 2);
}

enum flow_next
body_contract(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "contract", JSON_TEXT, .max = 255, .into = &v->contract },
		{ "password", JSON_TEXT, .max = PASSWORD_MAX,
		    .into = &v->password },
	};

	return read_members(f, members, 2);
}

enum flow_next
body_login(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "user", JSON_TEXT, .max = 255, .into = &v->user },
		{ "password", JSON_TEXT, .max = PASSWORD_MAX,
		    .into = &v->password },
	};

	return read_members(f, members, 2);
}

enum flow_next
body_new_password(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "password", JSON_TEXT, .max = PASSWORD_MAX,
		    .into = &v->password },
		{ "password_again", JSON_TEXT, .max = PASSWORD_MAX,
		    .into = &v->password_again },
	};

	return read_members(f, members, 2);
}

enum flow_next
body_changed_password(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "old_password", JSON_TEXT, .max = PASSWORD_MAX,
		    .into = &v->old_password },
		{ "password", JSON_TEXT, .max = PASSWORD_MAX,
		    .into = &v->password },
		{ "password_again", JSON_TEXT, .max = PASSWORD_MAX,
		    .into = &v->password_again },
	};

	return read_members(f, members, 3);
}

enum flow_next
body_master(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "user", JSON_TEXT, .max = FIELD_MAX, .into = &v->user },
		{ "password", JSON_TEXT, .max = PASSWORD_MAX,
		    .into = &v->password },
		{ "password_again", JSON_TEXT, .max = PASSWORD_MAX,
		    .into = &v->password_again },
		{ "name", JSON_TEXT, .max = FIELD_MAX,
		    .into = &v->person_name },
		{ "email", JSON_TEXT, .max = FIELD_MAX, .into = &v->email },
		{ "email_again", JSON_TEXT, .max = FIELD_MAX,
		    .into = &v->email_again },
		{ "locale", JSON_TEXT, .max = FIELD_MAX, .into = &v->locale },
	};

	return read_members(f, members, sizeof(members) / sizeof(members[0]));
}
