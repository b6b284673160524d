/*
 * issue - what a front asks the issuer and what it hears: one question, one
 * answer, each one message on a SOCK_SEQPACKET socket between two processes
 * of the same program.
 *
 * A front gives no name, no date and no extension: the issuer takes those
 * from the account row and its own profile (I-18).
 */
#ifndef ISSUER_ISSUE_H
#define ISSUER_ISSUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/call.h"
#include "db/ledger.h"
#include "policy/decide.h"
#include "policy/profile.h"

#define ISSUE_SPKI_MAX 1024

struct issue_ask {
	uint64_t id; /* filled in by issue_ask() */
	int64_t account;
	char profile[PROFILE_NAME_MAX + 1];
	enum decide_operation operation;
	bool by_code; /* else by the presented certificate alone */
	unsigned char code_id[LEDGER_CODE_ID_SIZE];
	unsigned char presented[FACTS_SERIAL_SIZE]; /* zero: none */
	unsigned char csr_digest[FACTS_DIGEST_SIZE];
	uint16_t spki_len;
	unsigned char spki[ISSUE_SPKI_MAX];
};

enum issue_end {
	ISSUE_DONE,    /* `der` is durable in the ledger (I-1) */
	ISSUE_REFUSED, /* the issuer's own decision: `decision` */
	ISSUE_KEY,     /* the key may not be certified (EST-154, EST-161) */
	ISSUE_CODE,    /* the code was spent for another request */
	ISSUE_PENDING, /* another request of the account is in work */
	ISSUE_DOWN,    /* no ledger, no issuer, no signature: 503 */
};

struct issue_answer {
	uint64_t id;
	enum issue_end end;
	struct decision decision;
	bool again; /* ISSUE_DONE: this certificate had been issued before */
	unsigned char serial[FACTS_SERIAL_SIZE];
	uint16_t der_len;
	unsigned char der[LEDGER_DER_MAX];
};

/*
 * A message on the socket is the struct up to the end of its last, filled
 * array. issue_ask_good() is what the issuer believes of a front's: sizes,
 * ranges, texts that end.
 */
#define ISSUE_ASK_BYTES(ask)                                                   \
	(offsetof(struct issue_ask, spki) + (ask)->spki_len)
#define ISSUE_ANSWER_BYTES(answer)                                             \
	(offsetof(struct issue_answer, der) + (answer)->der_len)
bool issue_ask_good(const struct issue_ask *, size_t bytes);

struct event_base;
struct issue;

/* The front's end; connects to the issuer's socket and reconnects. */
struct issue *issue_open(struct event_base *, const char *socket_path);
void issue_close(struct issue *);
bool issue_up(const struct issue *);

typedef void issue_answer_fn(void *arg, const struct issue_answer *);
/* ISSUE_DOWN at the latest after `limit_ms`. */
struct call *issue_ask(struct issue *, const struct issue_ask *,
    int64_t limit_ms, issue_answer_fn *answer, void *arg);

#endif
