/*
 * question - one question of a front on its way through issuer/batch, and the
 * steps of it that ask nobody: what to do when facts have come, and making
 * the certificate.
 */
#ifndef ISSUER_QUESTION_H
#define ISSUER_QUESTION_H

#include <sys/queue.h>

#include "issuer/batch.h"
#include "pki/tbs.h"

struct question {
	TAILQ_ENTRY(question) link;
	void *asker;
	struct issue_ask ask;
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

TAILQ_HEAD(questions, question);

/* NULL when out of memory. */
struct question *question_new(const struct issue_ask *, void *asker);
void question_free(struct question *);

void question_ask_facts(struct question *); /* fills in `fact` */

enum question_next {
	QUESTION_RESERVE, /* `reservation` is filled in */
	QUESTION_AGAIN,	  /* an open reservation: ask again later */
	QUESTION_ANSWER,  /* `answer` is filled in */
};

/* The issuer's own decision (I-18). */
enum question_next question_decide(struct question *,
    const struct batch_options *, struct issue_answer *answer);

/*
 * Signs what was reserved and looks at it once more (K8, K9); `record` is
 * filled in. False: what came out must not be used, nor the key (F-80).
 */
bool question_sign(struct question *, const struct batch_options *);

/* ISSUE_DONE with this DER. */
void question_done(struct issue_answer *, const unsigned char *der,
    size_t der_len, bool again);

#endif
