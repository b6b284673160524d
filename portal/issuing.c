#include "portal/issuing.h"

#include "base/b64.h"
#include "base/hex.h"
#include "db/ledger.h"
#include "pki/csr_check.h"
#include "pki/handover.h"
#include "pki/key.h"
#include "policy/validity.h"
#include "policy/window.h"
#include "portal/login.h"
#include "portal/visit.h"

#include <string.h>

/* Of an answer beside certificates: names, brackets, padding, dates. */
#define TEXT_MAX 1024

/* ---------------------------------------------------------------- request */

/* What stands in it for machines alone, or says something else than the page
 * has asked for. */
static const char *
foreign_part(const struct csr *csr, const struct profile *profile)
{
	if (csr->otp.at != NULL)
		return "The code stands beside the request; leave otpChallenge "
		       "out of it.";
	if (csr->changes_name)
		return "Names come from the profile and cannot be changed by "
		       "request.";
	if (!csr_linked(csr, "", 0, profile->binding_required))
		return "A browser cannot bind the request to its connection; "
		       "leave challengePassword out.";
	return NULL;
}

enum flow_next
issuing_read_request(struct flow *f)
{
	struct visit *v = visit_of(f);
	const char *why = NULL;
	struct der der;

	v->code.len = code_fold(v->code.text, v->code.len);
	if (!code_well_formed(v->code.text, v->code.len))
		return visit_refuse_field(
		    f, PROBLEM_FIELD, "code", "must be six digits");
	if (v->request.there == v->server_key.flag)
		return visit_refuse_field(f, PROBLEM_FIELD, "csr",
		    "must be there, or `server_key` true in its place");
	if (v->server_key.flag && v->session.sealed_key.len == 0)
		return problem_refuse(f, PROBLEM_ELSEWHERE);
	if (v->server_key.flag)
		der = v->session.key_request;
	else
		why = csr_decode(
		    f->arena, v->request.text, v->request.len, false, &der);
	if (why == NULL)
		why = csr_read(f->arena, &der, &v->csr);
	if (why == csr_private_key &&
	    v->request.there) { /* not kept, not signed (D-12) */
		secret_wipe(v->request.text, v->request.len);
		v->note = "private-key";
	}
	if (why == NULL)
		why = foreign_part(v->csr, visit_profile(f));
	return why == NULL ? FLOW_NEXT
			   : visit_refuse_field(f, PROBLEM_CSR, "csr", why);
}

/* ------------------------------------------------------------------ proof */

static enum flow_next
take_check(struct flow *f, const struct csr_checked *c)
{
	struct visit *v = visit_of(f);
	const char *why = c->unproven != NULL ? c->unproven : c->refused;

	if (c->unproven == key_no_memory)
		return problem_refuse(f, PROBLEM_DOWN);
	v->csr->key = c->key;
	if (why == NULL)
		return FLOW_NEXT;
	v->csr_problem = PROBLEM_CSR;
	v->more.fields[0] = "csr";
	v->more.reason = csr_advise(f->arena, v->csr, visit_profile(f), why);
	return FLOW_NEXT;
}

static void
on_checked(void *arg, const struct csr_checked *checked)
{
	flow_resume(arg, take_check(arg, checked));
}

enum flow_next
issuing_prove(struct flow *f)
{
	const struct portal *portal = portal_of(f);
	struct visit *v = visit_of(f);
	struct csr_checked checked;

	if (!csr_slow(v->csr)) {
		checked = csr_check(v->csr, visit_profile(f));
		return take_check(f, &checked);
	}
	f->asked = csr_check_ask(portal->shared->checks, portal->mailbox,
	    v->csr, visit_profile(f), on_checked, f);
	return f->asked != NULL ? FLOW_WAIT : problem_refuse(f, PROBLEM_DOWN);
}

static void
on_key(void *arg, enum db_rc rc, bool free)
{
	struct flow *f = arg;

	if (rc == DB_OK && !free)
		visit_of(f)->csr_problem = PROBLEM_KEY;
	flow_resume(
	    f, rc == DB_OK ? FLOW_NEXT : problem_refuse(f, PROBLEM_DOWN));
}

/* S-08, EST-154: before a code is spent. */
enum flow_next
issuing_check_key(struct flow *f)
{
	const struct portal *portal = portal_of(f);
	struct visit *v = visit_of(f);

	if (reserved_keys_has(portal->shared->own, &v->csr->key_identity)) {
		v->csr_problem = PROBLEM_KEY;
		return FLOW_NEXT;
	}
	f->asked = accounts_check_key(portal->accounts, v->holder.account.id,
	    &v->csr->key_identity, on_key, f);
	return FLOW_WAIT;
}

/* With that one there is no certificate, however often it is asked for. */
static void
drop_key(struct flow *f)
{
	session_drop_key(&visit_of(f)->session);
	visit_keep_beside(f);
}

enum flow_next
issuing_tell_refusal(struct flow *f)
{
	const struct visit *v = visit_of(f);

	if (v->csr_problem == PROBLEM_KEY && v->server_key.flag)
		drop_key(f);
	return v->csr_problem != PROBLEM_NONE
		   ? problem_refuse(f, v->csr_problem)
		   : login_refuse(f, &v->decision);
}

/* ----------------------------------------------------------------- issuer */

static void
put_chain(const struct ca *ca, struct buf *out)
{
	struct buf der;

	json_open(out, "chain", '[');
	for (size_t i = 0; i < handover_chain_count(ca); i++) {
		buf_init(&der, handover_chain_size(ca));
		handover_chain(ca, i, &der);
		out->failed |= !buf_ok(&der);
		if (buf_ok(&der))
			json_bytes(out, NULL, der.at, der.used);
		buf_free(&der);
	}
	json_close(out, ']');
}

static void
put_dates(const struct handover *h, unsigned renewal_days, struct buf *out)
{
	char moment[VALIDITY_MOMENT_SIZE], day[VALIDITY_DAY_SIZE];

	validity_moment(h->not_before, moment);
	json_text(out, "not_before", moment);
	validity_moment(h->not_after, moment);
	json_text(out, "not_after", moment);
	validity_day(window_opens(h->not_after, renewal_days), day);
	json_text(out, "renewal_opens", day);
}

bool
issuing_put_certificate(struct flow *f, struct buf *out)
{
	const struct config *config = portal_of(f)->shared->config;
	const struct session *s = &visit_of(f)->session;
	char serial[2 * SERIAL_SIZE + 1];
	struct handover h;

	if (!handover_read(&s->issued, &h))
		return false;
	hex_write(serial, &h.serial, sizeof(h.serial));
	json_text(out, "at", "issued");
	json_text(out, "user", s->user);
	json_bytes(out, "certificate", s->issued.at, s->issued.len);
	put_chain(portal_of(f)->shared->ca, out);
	json_text(out, "serial", serial);
	put_dates(&h, visit_profile(f)->renewal_days, out);
	if (config->member.host != NULL)
		json_text(
		    out, "member", portal_authority(f->arena, &config->member));
	if (s->sealed_key.len > 0)
		json_flag(out, "server_key", true);
	json_text(out, "file_name",
	    arena_printf(f->arena, "%s-%s.p12", s->user, h.issued));
	return true;
}

size_t
issuing_certificate_room(const struct flow *f)
{
	size_t chain = handover_chain_size(portal_of(f)->shared->ca);

	return b64_encoded_size(LEDGER_DER_MAX + chain, B64_LINES_NONE) +
	       TEXT_MAX;
}

static enum flow_next
take_certificate(struct flow *f, const struct issuer_answer *answer)
{
	struct visit *v = visit_of(f);

	v->issued = true;
	v->serial = answer->serial;
	v->receipt = answer->receipt;
	v->note = answer->again ? "again" : NULL;
	v->session.at = SESSION_ISSUED;
	v->session.version = v->holder.account.version;
	v->session.issued.at = (const unsigned char *)arena_text(
	    f->arena, (const char *)answer->der, answer->der_len);
	v->session.issued.len = answer->der_len;
	return FLOW_NEXT;
}

static void
on_issued(void *arg, const struct ipc_head *head)
{
	static const enum problem problem_of[] = {
		[ISSUER_KEY] = PROBLEM_KEY,
		[ISSUER_CODE] = PROBLEM_CODE,
		[ISSUER_PENDING] = PROBLEM_PENDING,
		/* The page asks again, and gets another grant. */
		[ISSUER_GRANT] = PROBLEM_DOWN,
		[ISSUER_DOWN] = PROBLEM_DOWN,
	};
	const struct issuer_answer *answer = issuer_answer_of(head);
	struct flow *f = arg;

	if (answer->end == ISSUER_DONE)
		flow_resume(f, take_certificate(f, answer));
	else if (answer->end == ISSUER_REFUSED)
		flow_resume(f, login_refuse(f, &answer->decision));
	else
		flow_resume(f, problem_refuse(f, problem_of[answer->end]));
}

enum flow_next
issuing_ask_issuer(struct flow *f)
{
	const struct profile *profile = visit_profile(f);
	struct visit *v = visit_of(f);
	struct issuer_question *ask = &v->ask;

	if (v->csr->spki.len > sizeof(ask->spki))
		return visit_refuse_field(
		    f, PROBLEM_CSR, "csr", "The public key is too large.");
	ask->account = v->holder.account.id;
	ask->operation = visit_operation(f);
	ask->presented = v->holder.presented.serial;
	memcpy(ask->profile, profile->name, sizeof(ask->profile));
	ask->by_code = true;
	ask->csr_digest = v->csr->digest;
	ask->spki_len = (uint16_t)v->csr->spki.len;
	memcpy(ask->spki, v->csr->spki.at, v->csr->spki.len);
	f->unstoppable = true; /* what is signed is recorded (F-05) */
	f->asked = issuer_ask(
	    portal_of(f)->issuer, ask, ISSUER_LIMIT_MS, on_issued, f);
	return FLOW_WAIT;
}

/* -------------------------------------------------------------------- key */

const char *
issuing_key(const struct flow *f)
{
	return keys_people_name(keys_for_people(&visit_profile(f)->keys));
}
