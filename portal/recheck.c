#include "portal/recheck.h"

#include "base/digest.h"
#include "pki/handover.h"
#include "portal/login.h"
#include "portal/member.h"
#include "portal/visit.h"

static void
end(struct flow *f)
{
	visit_lose_session(f);
	visit_forget_session(f);
}

/* ------------------------------------------------------------ certificate */

bool
recheck_has_certificate(const struct flow *f)
{
	return visit_of(f)->session.at == SESSION_ISSUED;
}

/* Of a member the session rests on another one, which was looked at. */
static void
take_certificate(struct flow *f, const struct facts_holder *holder)
{
	bool good = holder->presented.exists && !holder->presented.revoked;

	if (!portal_of(f)->members && good) {
		visit_of(f)->holder = *holder;
	} else if (!portal_of(f)->members) {
		end(f);
	} else if (!good) {
		(void)member_end_renewal(f);
		visit_keep_beside(f);
	}
}

static void
on_certificate(void *arg, enum db_rc rc, const struct facts_holder *holder)
{
	struct flow *f = arg;

	if (rc == DB_OK)
		take_certificate(f, holder);
	flow_resume(
	    f, rc == DB_OK ? FLOW_NEXT : problem_refuse(f, PROBLEM_DOWN));
}

enum flow_next
recheck_certificate(struct flow *f)
{
	const struct der *issued = &visit_of(f)->session.issued;
	struct digest fingerprint = digest_of(issued->at, issued->len);
	struct handover h;
	struct accounts_question q = { .serial = &h.serial,
		.fingerprint = &fingerprint };

	if (!handover_read(issued, &h))
		return problem_refuse(f, PROBLEM_INTERNAL);
	f->asked = accounts_find(portal_of(f)->accounts, &q, on_certificate, f);
	return FLOW_WAIT;
}

/* ----------------------------------------------------------------- holder */

static enum flow_next
take_voucher(struct flow *f, const struct auth_password_answer *answer)
{
	struct visit *v = visit_of(f);

	if (answer->end != AUTH_DONE && answer->end != AUTH_REFUSED)
		return login_tell(f, answer->end, PROBLEM_SESSION);
	if (answer->end == AUTH_DONE && !v->holder.account.temporary_password) {
		v->session.version = v->holder.account.version;
		v->changed = true;
	} else {
		end(f);
	}
	return FLOW_NEXT;
}

static void
on_voucher(void *arg, const struct ipc_head *head)
{
	struct flow *f = arg;
	const struct auth_password_answer *answer = login_hear(f, head);

	if (head != NULL)
		login_forget_attempt(f);
	flow_resume(f, take_voucher(f, answer));
}

enum flow_next
recheck_holder(struct flow *f)
{
	const struct facts_account *account = &visit_of(f)->holder.account;

	if (account->state != FACTS_ACTIVE || account->temporary_password) {
		end(f);
		return FLOW_NEXT;
	}
	if (visit_of(f)->session.version == account->version)
		return FLOW_NEXT;
	login_show_alone(f, on_voucher);
	return FLOW_WAIT;
}
