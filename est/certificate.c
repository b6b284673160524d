#include "est/certificate.h"

#include "base/clock.h"
#include "pki/cms.h"
#include "pki/csr_check.h"
#include "pki/key.h"
#include "est/enroll.h"
#include "est/text.h"
#include "http/channel_binding.h"
#include "policy/validity.h"

#include <string.h>
#include <strings.h>

#define MEDIA_TYPE "application/pkcs10"
#define CERTS_ONLY "application/pkcs7-mime; smime-type=certs-only"

/* ------------------------------------------------------------ media type */

/* EST-086: type and subtype without case, parameters ignored. */
static bool
is_pkcs10(const char *value)
{
	size_t n = sizeof(MEDIA_TYPE) - 1;

	if (value == NULL || strncasecmp(value, MEDIA_TYPE, n) != 0 ||
	    strchr(value, ',') != NULL)
		return false;
	while (value[n] == ' ' || value[n] == '\t')
		n++;
	return value[n] == '\0' || value[n] == ';';
}

enum flow_next
certificate_check_media_type(struct flow *f)
{
	const char *type;

	if (!flow_header_once(f, "Content-Type", &type))
		return est_refuse(f, REFUSAL_TWO_TYPES);
	if (!is_pkcs10(type))
		return est_refuse(f, REFUSAL_MEDIA_TYPE);
	return FLOW_NEXT;
}

/* ------------------------------------------------------------- read csr */

/* It is kept, and told by "tell refusal". */
static void
refuse_csr(struct enroll *e, enum refusal refusal, const char *why)
{
	e->csr_refusal = refusal;
	e->csr_why = why;
}

enum flow_next
certificate_read_csr(struct flow *f)
{
	struct enroll *e = enroll_of(f);
	size_t len;
	unsigned char *body = flow_body(f, &len);
	const char *why;
	struct der der;

	why = csr_decode(f->arena, body, len,
	    est_of(f)->shared->config->est.pem_bodies, &der);
	if (why == NULL)
		why = csr_read(f->arena, &der, &e->csr);
	if (why != NULL)
		refuse_csr(e, REFUSAL_REQUEST, why);
	if (why == csr_private_key) { /* not kept, not signed (D-12) */
		secret_wipe(body, len);
		e->note = "private-key";
	}
	return FLOW_NEXT;
}

/*
 * A request that carries the code itself (otpChallenge, RFC 7894 3) is a
 * second step, whatever else it shows: the value must be right (RFC 7894 4),
 * and where the password brings a code too, both are one.
 */
enum flow_next
certificate_take_otp(struct flow *f)
{
	struct enroll *e = enroll_of(f);
	const struct der *otp = &e->csr->otp;
	char *code = arena_text(f->arena, (const char *)otp->at, otp->len);
	bool right = false;

	if (e->proof == ENROLL_CERTIFICATE) {
		refuse_csr(e, REFUSAL_REQUEST,
		    "Renewal by certificate takes no otpChallenge; leave it "
		    "out.");
		return FLOW_NEXT;
	}
	if (code != NULL) /* else the engine answers */
		right = code_well_formed(code, code_fold(code, otp->len));
	if (right && e->proof == ENROLL_CODE)
		right = secret_equal(e->code, code, CODE_DIGITS);
	proof_set(e, ENROLL_CODE);
	memset(e->code, 0, sizeof(e->code)); /* equal to no code */
	if (right)
		memcpy(e->code, code, CODE_DIGITS);
	return FLOW_NEXT;
}

/* -------------------------------------------------------------- decision */

static enum flow_next
refuse_window(struct flow *f, time_t from)
{
	char day[11];

	validity_day(from, day);
	return est_refuse_because(f, REFUSAL_WINDOW,
	    arena_printf(
		f->arena, "A new certificate is possible from %s on.", day));
}

/*
 * Closed, blocked or locked, and perhaps only since the password was right:
 * the same 401 as before. Who showed a certificate alone would answer
 * a 401 with a password, for nothing.
 */
static enum flow_next
refuse_account(struct flow *f)
{
	const struct enroll *e = enroll_of(f);

	if (e->has_authorization)
		return est_refuse(f, REFUSAL_AUTHENTICATION);
	return est_refuse(f, e->holder.account.id == 0 ? REFUSAL_NO_CERTIFICATE
						       : REFUSAL_PROFILE);
}

enum flow_next
certificate_refuse(struct flow *f, const struct decision *d)
{
	static const enum refusal refusal_of[] = {
		[DECIDE_ALLOWED] = REFUSAL_INTERNAL,
		[DECIDE_TEMPORARY] = REFUSAL_TEMPORARY,
		[DECIDE_NO_CERTIFICATE] = REFUSAL_NO_CERTIFICATE,
		[DECIDE_FOREIGN] = REFUSAL_FOREIGN,
		[DECIDE_REVOKED] = REFUSAL_REVOKED,
		[DECIDE_REPLACED] = REFUSAL_REVOKED,
		[DECIDE_EXPIRED] = REFUSAL_EXPIRED,
		[DECIDE_PROFILE] = REFUSAL_PROFILE,
		[DECIDE_OTHER_PROFILE] = REFUSAL_OTHER_PROFILE,
	};

	if (d->verdict == DECIDE_WINDOW)
		return refuse_window(f, d->from);
	if (d->verdict == DECIDE_ACCOUNT)
		return refuse_account(f);
	return est_refuse(f, refusal_of[d->verdict]);
}

/*
 * Where a code was given the refusal waits: only who knows the code is told,
 * and the same request may be a repeat that has its certificate already
 * (I-6). For the same reason a closed window is left to the issuer when the
 * certificate is all. Where a code is to be mailed, auth has decided before
 * (EST-189).
 */
enum flow_next
certificate_decide(struct flow *f)
{
	struct enroll *e = enroll_of(f);
	const char *current = e->holder.current.profile;
	const struct decide_profiles profiles = {
		.wanted = est_profile(f),
		.of_current = config_profile(
		    est_of(f)->shared->config, current, strlen(current)),
	};

	e->decision =
	    decide(enroll_operation(f), &profiles, &e->holder, clock_now());
	if (e->decision.verdict == DECIDE_ALLOWED || e->proof == ENROLL_CODE)
		return FLOW_NEXT;
	if (enroll_too_early(f))
		return FLOW_NEXT;
	return certificate_refuse(f, &e->decision);
}

/* ------------------------------------------------------- prove possession */

/* The presented certificate is one that its holder may renew some day. */
static bool
renewable(const struct flow *f)
{
	switch (enroll_of(f)->decision.verdict) {
	case DECIDE_NO_CERTIFICATE:
	case DECIDE_FOREIGN:
	case DECIDE_REVOKED:
	case DECIDE_EXPIRED:
	case DECIDE_OTHER_PROFILE:
		return false;
	default:
		return enroll_operation(f) == DECIDE_REENROLL;
	}
}

static const char *
check_renewal(const struct flow *f, const struct csr *csr)
{
	const struct enroll *e = f->state;
	const char *why =
	    csr_same_names(csr, &e->presented.subject, &e->presented.names);

	if (why == NULL && est_profile(f)->new_key &&
	    digest_equal(&csr->key_identity, &e->holder.presented.key_identity))
		why = "Re-enrollment takes a new key here.";
	return why;
}

/* Proof and TLS connection belong together (RFC 7030 3.5). */
static bool
linked(const struct flow *f, const struct csr *csr)
{
	char value[CHANNEL_BINDING_SIZE];
	size_t len = 0;

	if (csr->challenge.at != NULL || csr->linking.at != NULL)
		len = channel_binding_value(flow_tls(f), value);
	return csr_linked(csr, value, len, est_profile(f)->binding_required);
}

static const char not_linked[] =
    "Linking of identity and proof of possession failed (RFC 7030 3.5): the "
    "challengePassword is not the value of this TLS connection. Leave the "
    "challenge password empty.";
static const char wrongly_linked[] =
    "Linking of identity and proof of possession failed (RFC 7030 3.5): the "
    "challengePassword is not the value of this TLS connection, which the "
    "client has to put there.";
static const char link_required[] =
    "Linking of identity and proof of possession is required (RFC 7030 3.5): "
    "the client has to put the value of this TLS connection into "
    "challengePassword.";

/* Somebody who was asked for a password by a tool has typed one (C-08). */
static const char *
why_not_linked(const struct csr *csr, const struct profile *profile)
{
	if (csr->challenge.at == NULL && csr->linking.at == NULL)
		return link_required;
	return profile->binding_required ? wrongly_linked : not_linked;
}

/* `why`: what the profile has against it, or NULL. */
static void
judge_csr(struct flow *f, const char *why)
{
	struct enroll *e = enroll_of(f);
	const struct csr *csr = e->csr;

	if (csr->changes_name) {
		refuse_csr(e, REFUSAL_NAME_CHANGE, NULL);
		return;
	}
	if (why == NULL && renewable(f))
		why = check_renewal(f, csr);
	if (why != NULL)
		refuse_csr(e, REFUSAL_REQUEST, why);
	else if (!linked(f, csr))
		refuse_csr(
		    e, REFUSAL_BINDING, why_not_linked(csr, est_profile(f)));
}

static enum flow_next
take_check(struct flow *f, const struct csr_checked *c)
{
	struct enroll *e = enroll_of(f);
	const char *why = c->unproven != NULL ? c->unproven : c->refused;

	if (c->unproven == key_no_memory)
		return est_refuse(f, REFUSAL_UNAVAILABLE);
	e->csr->key = c->key;
	if (why != NULL) /* told to the client: what would be taken */
		why = csr_advise(f->arena, e->csr, est_profile(f), why);
	if (c->unproven != NULL) {
		refuse_csr(e, REFUSAL_REQUEST, why);
		return FLOW_NEXT;
	}
	e->key_kind = key_form(e->csr->key.kind)->word;
	judge_csr(f, why);
	return FLOW_NEXT;
}

static void
on_checked(void *arg, const struct csr_checked *checked)
{
	flow_resume(arg, take_check(arg, checked));
}

/* RFC 7030 3.4 and 3.5, and what the profile demands. */
enum flow_next
certificate_prove(struct flow *f)
{
	const struct est *est = est_of(f);
	struct csr *csr = enroll_of(f)->csr;
	struct csr_checked checked;

	if (!csr_slow(csr)) {
		checked = csr_check(csr, est_profile(f));
		return take_check(f, &checked);
	}
	f->asked = csr_check_ask(est->shared->checks, est->mailbox, csr,
	    est_profile(f), on_checked, f);
	return f->asked != NULL ? FLOW_WAIT : est_refuse(f, REFUSAL_FULL);
}

/* ------------------------------------------------------------------- key */

static void
on_key(void *arg, enum db_rc rc, bool free)
{
	struct flow *f = arg;
	enum flow_next n = FLOW_NEXT;

	if (rc != DB_OK)
		n = est_refuse(f, REFUSAL_UNAVAILABLE);
	else if (!free)
		refuse_csr(enroll_of(f), REFUSAL_KEY_TAKEN, NULL);
	flow_resume(f, n);
}

/*
 * S-08, EST-154: the issuer judges the key too, but by then a code is spent.
 * Where the certificate is all, it is enough that the issuer does.
 */
enum flow_next
certificate_check_key(struct flow *f)
{
	struct enroll *e = enroll_of(f);

	if (reserved_keys_has(&est_of(f)->shared->own, &e->csr->key_identity)) {
		refuse_csr(e, REFUSAL_KEY_TAKEN, NULL);
		return FLOW_NEXT;
	}
	f->asked = accounts_check_key(est_of(f)->accounts, e->holder.account.id,
	    &e->csr->key_identity, on_key, f);
	return FLOW_WAIT;
}

/* ---------------------------------------------------------- tell refusal */

enum flow_next
certificate_tell_refusal(struct flow *f)
{
	struct enroll *e = enroll_of(f);

	if (e->csr_refusal != REFUSAL_NONE)
		return est_refuse_because(f, e->csr_refusal, e->csr_why);
	return certificate_refuse(f, &e->decision);
}

/* ---------------------------------------------------------------- issuer */

/* EST-191: only the certificate, no chain. */
static enum flow_next
take_certificate(struct flow *f, const struct issuer_answer *answer)
{
	struct enroll *e = enroll_of(f);
	struct der certificate = { answer->der, answer->der_len };
	struct buf bag;
	enum flow_next n = FLOW_NEXT;

	buf_init(&bag, LEDGER_DER_MAX + 128);
	if (cms_certs_only(&bag, &certificate, 1)) {
		text_answer_der(f, CERTS_ONLY, &bag);
		flow_field(f, "Cache-Control", "no-store");
	} else {
		n = est_refuse(f, REFUSAL_UNAVAILABLE);
	}
	buf_free(&bag);
	e->serial = answer->serial;
	e->receipt = answer->receipt;
	e->issued = true;
	e->note = answer->again ? "again" : NULL;
	return n;
}

static void
on_issued(void *arg, const struct ipc_head *head)
{
	static const enum refusal refusal_of[] = {
		[ISSUER_KEY] = REFUSAL_KEY_TAKEN,
		[ISSUER_CODE] = REFUSAL_AUTHENTICATION,
		[ISSUER_PENDING] = REFUSAL_PENDING,
		/* The client comes again, and gets another grant. */
		[ISSUER_GRANT] = REFUSAL_UNAVAILABLE,
		[ISSUER_DOWN] = REFUSAL_UNAVAILABLE,
	};
	const struct issuer_answer *answer = issuer_answer_of(head);
	struct flow *f = arg;

	if (answer->end == ISSUER_DONE)
		flow_resume(f, take_certificate(f, answer));
	else if (answer->end == ISSUER_REFUSED)
		flow_resume(f, certificate_refuse(f, &answer->decision));
	else
		flow_resume(f, est_refuse(f, refusal_of[answer->end]));
}

enum flow_next
certificate_ask_issuer(struct flow *f)
{
	struct enroll *e = enroll_of(f);
	struct issuer_question *ask = &e->ask;

	ask->account = e->holder.account.id;
	ask->operation = enroll_operation(f);
	memcpy(ask->profile, est_profile(f)->name, sizeof(ask->profile));
	ask->by_code = e->proof != ENROLL_CERTIFICATE;
	ask->unproven = enroll_too_early(f);
	if (e->holder.presented.exists)
		ask->presented = e->presented.serial;
	ask->csr_digest = e->csr->digest;
	if (e->csr->spki.len > sizeof(ask->spki))
		return est_refuse_because(
		    f, REFUSAL_REQUEST, "The public key is too large.");
	ask->spki_len = (uint16_t)e->csr->spki.len;
	memcpy(ask->spki, e->csr->spki.at, e->csr->spki.len);
	f->unstoppable = true; /* what is signed is recorded (F-05) */
	f->asked =
	    issuer_ask(est_of(f)->issuer, ask, ISSUER_LIMIT_MS, on_issued, f);
	return FLOW_WAIT;
}
