#include "portal/shown.h"

#include "base/hex.h"
#include "portal/member.h"
#include "portal/visit.h"

#define ANSWER_MAX 256 /* a word and a serial */

static enum flow_next
take_holder(struct flow *f, const struct facts_holder *holder)
{
	struct visit *v = visit_of(f);

	v->holder = *holder;
	v->shows_good = member_judge(holder) == PROBLEM_NONE;
	return FLOW_NEXT;
}

static void
on_holder(void *arg, enum db_rc rc, const struct facts_holder *holder)
{
	struct flow *f = arg;

	flow_resume(f, rc == DB_OK ? take_holder(f, holder)
				   : problem_refuse(f, PROBLEM_DOWN));
}

enum flow_next
shown_find(struct flow *f)
{
	struct visit *v = visit_of(f);
	struct accounts_question q = { .serial = &v->shown.serial,
		.fingerprint = &v->shown.fingerprint };

	if (!client_certificate_shown(flow_tls(f)))
		return FLOW_NEXT;
	client_certificate_read(flow_tls(f), &v->shown);
	if (!v->shown.exists) /* it cannot be ours */
		return FLOW_NEXT;
	f->asked = accounts_find(portal_of(f)->accounts, &q, on_holder, f);
	return FLOW_WAIT;
}

bool
shown_unmarked(const struct flow *f)
{
	const struct visit *v = visit_of(f);

	return v->shows_good && !v->holder.presented.installed;
}

/* Refused it is where another one takes its place at this moment. */
static void
on_marked(void *arg, const struct ipc_head *head)
{
	enum issuer_end end = issuer_installed_of(head);
	struct flow *f = arg;

	visit_of(f)->shows_good = end == ISSUER_DONE;
	flow_resume(f, end == ISSUER_DONE || end == ISSUER_REFUSED
			   ? FLOW_NEXT
			   : problem_refuse(f, PROBLEM_DOWN));
}

enum flow_next
shown_mark(struct flow *f)
{
	const struct client_certificate *shown = &visit_of(f)->shown;

	f->asked = issuer_mark_installed(portal_of(f)->issuer, &shown->serial,
	    &shown->fingerprint, ISSUER_LIMIT_MS, on_marked, f);
	return FLOW_WAIT;
}

/*
 * All that is no good one of ours is the same word, so that nobody learns of
 * any certificate but by showing it. The serial tells a page whether it is the
 * one that it waits for.
 */
enum flow_next
shown_reply(struct flow *f)
{
	const struct visit *v = visit_of(f);
	char serial[2 * SERIAL_SIZE + 1];
	struct buf out;

	buf_init(&out, ANSWER_MAX);
	json_open(&out, NULL, '{');
	json_text(&out, "shown",
	    v->shows_good			    ? "good"
	    : client_certificate_shown(flow_tls(f)) ? "other"
						    : "none");
	if (v->shows_good) {
		hex_write(serial, &v->shown.serial, sizeof(v->shown.serial));
		json_text(&out, "serial", serial);
	}
	json_close(&out, '}');
	return visit_answer(f, &out);
}
