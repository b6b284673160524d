/*
 * issuance - one question of a front on its way through issuer/batch, and the
 * steps of it that ask nobody: what to do when facts have come, and making
 * the certificate.
 */
#ifndef ISSUER_ISSUANCE_H
#define ISSUER_ISSUANCE_H

#include <sys/queue.h>

#include "base/must.h"
#include "issuer/batch.h"
#include "pki/tbs.h"

struct issuance {
	TAILQ_ENTRY(issuance) link;
	void *asker;
	struct issuer_question ask;
	uint64_t turn;	  /* in what waits: issuer/batch.c */
	int64_t came_us;  /* clock_mono_us() */
	int64_t again_us; /* not before; 0: at once */
	unsigned conflicts;
	struct ledger_fact fact;
	struct tbs_order order;
	struct buf tbs; /* exactly what was reserved and is signed */
	struct ledger_reservation reservation;
	struct ledger_record record;
	int64_t signed_us;
	struct buf certificate;
	unsigned char known[LEDGER_DER_MAX]; /* fact.der */
};

TAILQ_HEAD(questions, issuance);

/* NULL when out of memory. */
struct issuance *issuance_new(const struct issuer_question *, void *asker);
void issuance_free(struct issuance *);

/* By certificate, or auth has said that the code was right, for just this:
 * looked at before anything else. */
bool issuance_granted(const struct issuer_question *,
    const struct secret_key *grant_key, int64_t now_us);

void issuance_ask_facts(struct issuance *); /* fills in `fact` */

enum issuance_next {
	ISSUANCE_RESERVE, /* `reservation` is filled in */
	ISSUANCE_AGAIN,	  /* an open reservation: ask again later */
	ISSUANCE_ANSWER,  /* `answer` is filled in */
};

/* The issuer's own decision (I-18). */
MUST_CHECK enum issuance_next issuance_decide(struct issuance *,
    const struct batch_options *, struct issuer_answer *answer);

/*
 * Signs what was reserved and looks at it once more (K8, K9); `record` is
 * filled in. False: what came out must not be used, nor the key (F-80).
 */
MUST_CHECK bool issuance_sign(struct issuance *, const struct batch_options *);

/* ISSUER_DONE with this DER. */
void issuance_done(struct issuer_answer *, const unsigned char *der,
    size_t der_len, bool again);

#endif
