#include "portal/body.h"

#include "policy/input.h"
#include "portal/visit.h"

#include <string.h>

#define PASSWORD_MAX 1024
#define FIELD_MAX 1024 /* longer than any rule */
#define USER_MAX 255
#define CODE_MAX 64
#define CSR_MAX 12000
#define SEARCH_MAX 400
#define CSV_MAX 60000

enum flow_next
body_read(struct flow *f, const struct json_member *members, size_t count)
{
	struct json_fault fault;
	size_t len;
	char *body = (char *)flow_body(f, &len);

	if (json_read(body, len, members, count, &fault))
		return FLOW_NEXT;
	return visit_refuse_field(f,
	    fault.field != NULL ? PROBLEM_FIELD : PROBLEM_JSON, fault.field,
	    fault.why);
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

	return body_read(f, members, 3);
}

enum flow_next
body_nothing(struct flow *f)
{
	return body_read(f, NULL, 0);
}

enum flow_next
body_request(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "code", JSON_TEXT, .max = CODE_MAX, .into = &v->code },
		{ "csr", JSON_TEXT, .max = CSR_MAX, .optional = true,
		    .into = &v->request },
		{ "server_key", JSON_FLAG, .optional = true,
		    .into = &v->server_key },
	};

	return body_read(f, members, 3);
}

enum flow_next
body_passphrase(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "passphrase", JSON_TEXT, .max = PASSWORD_MAX,
		    .into = &v->passphrase },
		{ "form", JSON_TEXT, .max = FIELD_MAX, .into = &v->form },
	};

	return body_read(f, members, 2);
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

	return body_read(f, members, 2);
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

	return body_read(f, members, 2);
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

	return body_read(f, members, 2);
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

	return body_read(f, members, 3);
}

enum flow_next
body_name(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "name", JSON_TEXT, .max = FIELD_MAX,
		    .into = &v->person_name },
	};

	return body_read(f, members, 1);
}

enum flow_next
body_email(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "email", JSON_TEXT, .max = FIELD_MAX, .into = &v->email },
		{ "email_again", JSON_TEXT, .max = FIELD_MAX,
		    .into = &v->email_again },
	};

	return body_read(f, members, 2);
}

enum flow_next
body_email_code(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "code", JSON_TEXT, .max = CODE_MAX, .into = &v->code },
	};

	return body_read(f, members, 1);
}

enum flow_next
body_locale(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "locale", JSON_TEXT, .max = FIELD_MAX, .into = &v->locale },
	};

	return body_read(f, members, 1);
}

enum flow_next
body_own_certificate(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "serial", JSON_TEXT, .max = 64, .into = &v->certificate },
		{ "why", JSON_TEXT, .max = 32, .into = &v->why },
		{ "password", JSON_TEXT, .max = PASSWORD_MAX,
		    .into = &v->password },
	};

	return body_read(f, members, 3);
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

	return body_read(f, members, sizeof(members) / sizeof(members[0]));
}

/* -------------------------------------------------------- a master's desk */

enum flow_next
body_desk_page(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "list", JSON_TEXT, .max = 32, .into = &v->list },
		{ "search", JSON_TEXT, .max = SEARCH_MAX, .optional = true,
		    .into = &v->search },
		{ "sort", JSON_TEXT, .max = 32, .optional = true,
		    .into = &v->sort },
		{ "down", JSON_FLAG, .optional = true, .into = &v->down },
		{ "after", JSON_TEXT, .max = USER_MAX, .optional = true,
		    .into = &v->after },
		{ "most", JSON_INTEGER, .optional = true, .into = &v->most },
	};

	return body_read(f, members, sizeof(members) / sizeof(members[0]));
}

enum flow_next
body_desk_user(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "user", JSON_TEXT, .max = USER_MAX, .into = &v->user },
	};

	return body_read(f, members, 1);
}

/* it stays in the audit trail. */
enum flow_next
body_desk_reason(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "user", JSON_TEXT, .max = USER_MAX, .into = &v->user },
		{ "reason", JSON_TEXT, .max = FIELD_MAX, .into = &v->reason },
	};
	const char *why;

	if (body_read(f, members, 2) != FLOW_NEXT)
		return FLOW_FAIL;
	why = input_reason(v->reason.text, v->reason.len);
	return why == NULL
		   ? FLOW_NEXT
		   : visit_refuse_field(f, PROBLEM_FIELD, "reason", why);
}

enum flow_next
body_desk_certificate(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "user", JSON_TEXT, .max = USER_MAX, .into = &v->user },
		{ "serial", JSON_TEXT, .max = 64, .into = &v->certificate },
		{ "why", JSON_TEXT, .max = 32, .into = &v->why },
	};

	return body_read(f, members, 3);
}

enum flow_next
body_desk_new_user(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "user", JSON_TEXT, .max = FIELD_MAX, .into = &v->user },
		{ "name", JSON_TEXT, .max = FIELD_MAX,
		    .into = &v->person_name },
		{ "email", JSON_TEXT, .max = FIELD_MAX, .into = &v->email },
		{ "locale", JSON_TEXT, .max = FIELD_MAX, .optional = true,
		    .into = &v->locale },
		{ "role", JSON_TEXT, .max = FIELD_MAX, .optional = true,
		    .into = &v->role },
	};

	return body_read(f, members, sizeof(members) / sizeof(members[0]));
}

enum flow_next
body_desk_table(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "csv", JSON_TEXT, .max = CSV_MAX, .into = &v->csv },
	};

	return body_read(f, members, 1);
}
