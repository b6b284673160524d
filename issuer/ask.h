/*
 * ask - what a front asks the issuer and what it hears: one question, one
 * answer, each one message on a SOCK_SEQPACKET socket between two processes
 * of the same program.
 *
 * A front gives no name, no date and no extension: the issuer takes those
 * from the account row and its own profile (I-18).
 */
#ifndef ISSUER_ASK_H
#define ISSUER_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/call.h"
#include "db/ledger.h"
#include "policy/decide.h"
#include "policy/profile.h"

#define ISSUER_SPKI_MAX 1024

struct issuer_question {
	uint64_t id; /* filled in by issuer_ask() */
	int64_t account;
	char profile[PROFILE_NAME_MAX + 1];
	enum decide_operation operation;
	bool by_code; /* else by the presented certificate alone */
	unsigned char code_id[LEDGER_CODE_ID_SIZE];
	unsigned char presented[FACTS_SERIAL_SIZE]; /* zero: none */
	unsigned char csr_digest[FACTS_DIGEST_SIZE];
	uint16_t spki_len;
	unsigned char spki[ISSUER_SPKI_MAX];
};

enum issuer_end {
	ISSUER_DONE,	/* `der` is durable in the ledger (I-1) */
	ISSUER_REFUSED, /* the issuer's own decision: `decision` */
	ISSUER_KEY,	/* the key may not be certified (EST-154, EST-161) */
	ISSUER_CODE,	/* the code was spent for another request */
	ISSUER_PENDING, /* another request of the account is in work */
	ISSUER_DOWN,	/* no ledger, no issuer, no signature: 503 */
};

struct issuer_answer {
	uint64_t id;
	enum issuer_end end;
	struct decision decision;
	bool again; /* ISSUER_DONE: this certificate had been issued before */
	unsigned char serial[FACTS_SERIAL_SIZE];
	uint16_t der_len;
	unsigned char der[LEDGER_DER_MAX];
};

/*
 * A message on the socket is the struct up to the end of its last, filled
 * array. issuer_question_good() is what the issuer believes of a front's:
 * sizes, ranges, texts that end.
 */
#define ISSUER_ASK_BYTES(ask)                                                  \
	(offsetof(struct issuer_question, spki) + (ask)->spki_len)
#define ISSUER_ANSWER_BYTES(answer)                                            \
	(offsetof(struct issuer_answer, der) + (answer)->der_len)
bool issuer_question_good(const struct issuer_question *, size_t bytes);

struct event_base;
struct issuer_link;

/* The front's end; connects to the issuer's socket and reconnects. */
struct issuer_link *issuer_open(struct event_base *, const char *socket_path);
void issuer_close(struct issuer_link *);
bool issuer_up(const struct issuer_link *);
/* `up(arg)` is called each time the connection has come; NULL: no more. */
void issuer_when_up(struct issuer_link *, void (*up)(void *arg), void *arg);

typedef void issuer_answer_fn(void *arg, const struct issuer_answer *);
/* ISSUER_DOWN at the latest after `limit_ms`. */
struct call *issuer_ask(struct issuer_link *, const struct issuer_question *,
    int64_t limit_ms, issuer_answer_fn *answer, void *arg);

#endif
