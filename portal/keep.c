#include "portal/keep.h"

#include "base/hex.h"
#include "db/accounts.h"
#include "policy/code.h"
#include "portal/body.h"
#include "portal/visit.h"

#include <string.h>

#define TOKEN_BYTES ((CODE_TOKEN_SIZE - 1) / 2)
#define ANSWER_MAX 64 /* one word */

enum flow_next
keep_read(struct flow *f)
{
	struct visit *v = visit_of(f);
	const struct json_member members[] = {
		{ "token", JSON_TEXT, .max = 64, .into = &v->token_of_link },
	};

	return body_read(f, members, 1);
}

static void
on_stopped(void *arg, enum db_rc rc, bool waited)
{
	struct flow *f = arg;
	enum flow_next next = FLOW_NEXT;

	if (rc != DB_OK)
		next = problem_refuse(f, PROBLEM_DOWN);
	else if (!waited)
		next = problem_refuse(f, PROBLEM_LINK);
	flow_resume(f, next);
}

/* Small letters alone, as it was mailed. */
static bool
is_token(const struct json_value *v)
{
	unsigned char bytes[TOKEN_BYTES];
	char token[CODE_TOKEN_SIZE];

	if (v->len != CODE_TOKEN_SIZE - 1 ||
	    !hex_read(bytes, sizeof(bytes), v->text))
		return false;
	hex_write(token, bytes, sizeof(bytes));
	return strcmp(token, v->text) == 0;
}

enum flow_next
keep_address(struct flow *f)
{
	const struct json_value *token = &visit_of(f)->token_of_link;
	struct digest d;

	if (!is_token(token))
		return problem_refuse(f, PROBLEM_LINK);
	d = code_token_digest(token->text);
	f->unstoppable = true;
	f->asked =
	    accounts_stop_email(portal_of(f)->accounts, &d, on_stopped, f);
	return FLOW_WAIT;
}

enum flow_next
keep_reply(struct flow *f)
{
	struct buf out;

	buf_init(&out, ANSWER_MAX);
	json_open(&out, NULL, '{');
	json_flag(&out, "kept", true);
	json_close(&out, '}');
	return visit_answer(f, &out);
}
