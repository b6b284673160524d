#include "portal/reply.h"

#include "policy/validity.h"
#include "portal/issuing.h"
#include "portal/member.h"
#include "portal/operator.h"
#include "portal/server_key.h"
#include "portal/visit.h"

#define TEXT_MAX 4096 /* of an answer without a certificate */

static void
put_code(struct flow *f, struct buf *out)
{
	const struct session *s = &visit_of(f)->session;
	char moment[VALIDITY_MOMENT_SIZE];

	json_open(out, "code", '{');
	json_flag(out, "sent", s->sent);
	if (s->failed)
		json_flag(out, "failed", true);
	if (s->dies_at != 0) {
		validity_moment(s->dies_at, moment);
		json_text(out, "dies_at", moment);
	}
	validity_moment(s->again_at, moment);
	json_text(out, "again_at", moment);
	json_text(out, "to", s->to);
	json_close(out, '}');
}

static void
put_at_code(struct flow *f, struct buf *out)
{
	json_text(out, "at", "code");
	json_text(out, "user", visit_of(f)->session.user);
	put_code(f, out);
	if (visit_of(f)->session.replaces)
		json_flag(out, "replaces", true);
	json_open(out, "csr", '{');
	json_text(out, "key", issuing_key(f));
	server_key_write(f, out);
	json_close(out, '}');
}

void
reply_put_policy(struct flow *f, struct buf *out)
{
	const struct input_policy *policy =
	    &portal_of(f)->shared->config->policy.input;

	json_open(out, "password", '{');
	json_number(out, "min", policy->password_min);
	json_number(out, "max", policy->password_max);
	json_close(out, '}');
}

static void
put_at(struct flow *f, struct buf *out)
{
	const struct session *s = &visit_of(f)->session;

	switch (s->at) {
	case SESSION_CODE:
		put_at_code(f, out);
		break;
	case SESSION_PASSWORD:
		json_text(out, "at", "password");
		json_text(out, "user", s->user);
		reply_put_policy(f, out);
		break;
	case SESSION_CONTRACT:
		json_text(out, "at", "contract");
		json_text(out, "contract", s->user);
		reply_put_policy(f, out);
		break;
	case SESSION_REGISTERED:
		json_text(out, "at", "registered");
		json_text(out, "user", s->user);
		break;
	case SESSION_MEMBER:
		member_write(f, out);
		break;
	case SESSION_OPERATOR:
		operator_write(f, out);
		break;
	default:
		json_text(out, "at", "nothing");
	}
}

enum flow_next
reply_session(struct flow *f)
{
	const struct session *s = &visit_of(f)->session;
	bool issued = s->at == SESSION_ISSUED;
	struct buf out;

	buf_init(&out, issued ? issuing_certificate_room(f) : TEXT_MAX);
	json_open(&out, NULL, '{');
	if (issued && !issuing_put_certificate(f, &out)) {
		buf_free(&out);
		return problem_refuse(f, PROBLEM_INTERNAL);
	}
	if (!issued)
		put_at(f, &out);
	json_close(&out, '}');
	return visit_answer(f, &out);
}

enum flow_next
reply_menu(struct flow *f)
{
	struct buf out;

	buf_init(&out, TEXT_MAX);
	json_open(&out, NULL, '{');
	member_write(f, &out);
	json_close(&out, '}');
	return visit_answer(f, &out);
}
