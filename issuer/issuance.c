#include "issuer/issuance.h"

#include "base/believe.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "pki/csr.h"
#include "pki/hash.h"
#include "pki/key.h"

#include <stdlib.h>
#include <string.h>

bool
issuer_question_good(const struct issuer_question *ask, size_t bytes)
{
	if (bytes < offsetof(struct issuer_question, spki) ||
	    bytes > sizeof(*ask) || ask->spki_len > sizeof(ask->spki) ||
	    ISSUER_ASK_BYTES(ask) != bytes)
		return false;
	return ask->head.kind == ISSUER_KIND_CERTIFICATE &&
	       believe_flag(&ask->by_code) && believe_flag(&ask->unproven) &&
	       ask->account > 0 && decide_operation_good(ask->operation) &&
	       believe_text(ask->profile, sizeof(ask->profile));
}

struct issuance *
issuance_new(const struct issuer_question *ask, void *asker)
{
	struct issuance *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return NULL;
	q->asker = asker;
	q->ask = *ask;
	q->came_us = clock_mono_us();
	buf_init(&q->tbs, LEDGER_DER_MAX);
	buf_init(&q->certificate, LEDGER_DER_MAX);
	return q;
}

void
issuance_free(struct issuance *q)
{
	if (q == NULL)
		return;
	buf_free(&q->tbs);
	buf_free(&q->certificate);
	secret_wipe(&q->ask, sizeof(q->ask));
	free(q);
}

bool
issuance_granted(const struct issuer_question *q,
    const struct secret_key *grant_key, int64_t now_us)
{
	struct grant_subject subject = {
		.act = GRANT_CERTIFICATE,
		.account = q->account,
		.operation = q->operation,
		.profile = q->profile,
		.presented = q->presented,
		.csr = q->csr_digest,
	};

	if (!q->by_code)
		return true;
	subject.key = hash_sha256(q->spki, q->spki_len);
	return grant_holds(grant_key, &subject, &q->grant, now_us);
}

void
issuance_ask_facts(struct issuance *q)
{
	struct ledger_fact *f = &q->fact;

	memset(f, 0, sizeof(*f));
	f->account = q->ask.account;
	f->csr_digest = q->ask.csr_digest;
	f->key_identity =
	    key_identity(&(struct der){ q->ask.spki, q->ask.spki_len });
	f->by_code = q->ask.by_code;
	memcpy(f->code_id, q->ask.grant.code_id, sizeof(f->code_id));
	f->presented = q->ask.presented;
	f->der = q->known;
}

/* ------------------------------------------------------------- decision */

/* RFC 5280 4.1: the serial number of a certificate of ours. */
static struct serial
serial_in(const unsigned char *der, size_t len)
{
	struct der rest = { der, len }, all, tbs, skip, number;
	struct serial serial = { { 0 } };

	if (der_take(&rest, DER_SEQUENCE, &all) &&
	    der_take(&all, DER_SEQUENCE, &tbs) &&
	    der_take(&tbs, DER_CONTEXT_SET(0), &skip) &&
	    der_take_integer(&tbs, &number))
		serial_read(&serial, number.at, number.len);
	return serial;
}

void
issuance_done(struct issuer_answer *answer, const unsigned char *der,
    size_t der_len, bool again)
{
	answer->end = ISSUER_DONE;
	answer->again = again;
	answer->der_len = (uint16_t)der_len;
	memcpy(answer->der, der, der_len);
	answer->serial = serial_in(der, der_len);
}

/*
 * Not another account's, not ours, not weak, of a kind that the profile takes,
 * and new where it wants that (EST-154, EST-161, EST-187).
 */
static bool
key_allowed(const struct issuance *q, const struct batch_options *o,
    const struct profile *profile, enum keys_kind *kind)
{
	struct der spki = { q->ask.spki, q->ask.spki_len };
	const struct facts_certificate *presented = &q->fact.holder.presented;
	struct keys_facts facts;

	if (q->fact.known == LEDGER_KEY_TAKEN ||
	    reserved_keys_has(&o->own, &q->fact.key_identity))
		return false;
	if (profile->new_key && presented->exists &&
	    digest_equal(&presented->key_identity, &q->fact.key_identity))
		return false;
	if (csr_read_key(&spki, &facts) != NULL ||
	    keys_judge(&profile->keys, &facts) != KEYS_GOOD)
		return false;
	*kind = facts.kind;
	return true;
}

/*
 * A certificate alone renews only where the profile says so: a front cannot
 * leave the code away by leaving it out of its question (T8).
 */
static bool
proof_suffices(const struct issuer_question *ask, const struct profile *profile)
{
	return ask->by_code ||
	       (ask->operation == DECIDE_REENROLL &&
		   profile->renewal == PROFILE_RENEWAL_CERTIFICATE);
}

static enum issuance_next
refuse(struct issuer_answer *answer, enum issuer_end end)
{
	answer->end = end;
	return ISSUANCE_ANSWER;
}

static enum issuance_next
refuse_decision(struct issuer_answer *answer, struct decision d)
{
	answer->decision = d;
	return refuse(answer, ISSUER_REFUSED);
}

static void
fill_reservation(struct issuance *q, const struct decision *d)
{
	struct ledger_reservation *r = &q->reservation;
	const struct facts_holder *h = &q->fact.holder;

	memset(r, 0, sizeof(*r));
	r->serial = q->order.serial;
	r->account = h->account.id;
	r->account_version = h->account.version;
	if (h->current.exists)
		r->replaces = h->current.serial;
	r->profile = q->order.profile->name;
	r->subject = q->order.subject;
	r->key_digest = hash_sha256(q->ask.spki, q->ask.spki_len);
	r->key_identity = q->fact.key_identity;
	r->csr_digest = q->ask.csr_digest;
	r->tbs_digest = hash_sha256(q->tbs.at, q->tbs.used);
	r->not_before = q->order.not_before;
	r->not_after = q->order.not_after;
	r->replacing = d->replaces;
	r->held = d->held;
	r->by_code = q->ask.by_code;
	memcpy(r->code_id, q->ask.grant.code_id, sizeof(r->code_id));
}

static enum issuance_next
prepare(struct issuance *q, const struct batch_options *o,
    const struct profile *profile, enum keys_kind kind, time_t now,
    const struct decision *d, struct issuer_answer *answer)
{
	const char *reason;

	q->order = (struct tbs_order){
		.ca = o->ca,
		.urls = &o->config->ca,
		.profile = profile,
		.account = &q->fact.holder.account,
		.spki = { q->ask.spki, q->ask.spki_len },
		.kind = kind,
		.now = now,
	};
	q->order.serial = tbs_serial();
	buf_clear(&q->tbs);
	reason = tbs_build(&q->order, &q->tbs);
	if (reason != NULL) { /* the profile does not fit account or CA */
		log_say(LOG_LINE_ERROR, "certificate-not-made", reason);
		return refuse(answer, ISSUER_DOWN);
	}
	fill_reservation(q, d);
	return ISSUANCE_RESERVE;
}

/* What was issued for this very request goes out again, whatever is now. */
enum issuance_next
issuance_decide(struct issuance *q, const struct batch_options *o,
    struct issuer_answer *answer)
{
	const struct profile *profile =
	    config_profile(o->config, q->ask.profile, strlen(q->ask.profile));
	const char *current = q->fact.holder.current.profile;
	time_t now = clock_now();
	enum keys_kind kind;
	struct decision d;

	if (q->fact.rc == DB_DOWN || q->fact.rc == DB_CONFLICT)
		return refuse(answer, ISSUER_DOWN);
	if (q->fact.rc == DB_NONE)
		return refuse_decision(
		    answer, (struct decision){ .verdict = DECIDE_ACCOUNT });
	if (profile == NULL || !proof_suffices(&q->ask, profile))
		return refuse_decision(
		    answer, (struct decision){ .verdict = DECIDE_PROFILE });
	switch (q->fact.known) {
	case LEDGER_ISSUED:
		issuance_done(answer, q->fact.der, q->fact.der_len, true);
		return ISSUANCE_ANSWER;
	case LEDGER_OPEN:
		return ISSUANCE_AGAIN;
	case LEDGER_CODE_UNKNOWN:
		/* Auth has said otherwise: one of the two is not itself. */
		log_say(LOG_LINE_ERROR, "code-unknown",
		    "no such code was mailed to that account");
		return refuse(answer, ISSUER_CODE);
	case LEDGER_CODE_TAKEN:
		return refuse(answer, ISSUER_CODE);
	case LEDGER_NEW:
	case LEDGER_KEY_TAKEN:
		break;
	}
	d = decide(q->ask.operation,
	    &(struct decide_profiles){
		profile, config_profile(o->config, current, strlen(current)) },
	    &q->fact.holder, now);
	if (d.verdict != DECIDE_ALLOWED)
		return refuse_decision(answer, d);
	/* The window has opened since the front looked: it comes again. */
	if (q->ask.unproven)
		return refuse(answer, ISSUER_DOWN);
	if (!key_allowed(q, o, profile, &kind))
		return refuse(answer, ISSUER_KEY);
	return prepare(q, o, profile, kind, now, &d, answer);
}

/* ------------------------------------------------------------- signature */

bool
issuance_sign(struct issuance *q, const struct batch_options *o)
{
	unsigned char signature[CA_SIGNATURE_MAX];
	struct digest digest;
	struct ledger_record *r = &q->record;
	struct der whole;
	size_t signature_len;
	const char *reason;

	/* The bytes are still those of the reservation (I-18). */
	digest = hash_sha256(q->tbs.at, q->tbs.used);
	if (!digest_equal(&digest, &q->reservation.tbs_digest) ||
	    !ca_sign(o->ca, q->tbs.at, q->tbs.used, signature, &signature_len))
		return false;
	q->signed_us = clock_mono_us();
	buf_clear(&q->certificate);
	if (!tbs_finish(
		o->ca, &q->tbs, signature, signature_len, &q->certificate))
		return false;
	whole = (struct der){ (const unsigned char *)q->certificate.at,
		q->certificate.used };
	reason = tbs_check(&q->order, &whole);
	if (reason != NULL) {
		log_say(LOG_LINE_ERROR, "certificate-wrong", reason);
		return false;
	}
	*r = (struct ledger_record){
		.der = whole.at,
		.der_len = whole.len,
		.complete_success = q->ask.by_code,
	};
	r->serial = q->order.serial;
	r->fingerprint = hash_sha256(whole.at, whole.len);
	return true;
}
