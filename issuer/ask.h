/*
 * ask - what a front asks the issuer and what it hears: one question, one
 * answer, each one message between two processes (base/ipc_client.h). It asks
 * for a certificate, or tells of one that it has seen in use.
 *
 * A front gives no name, no date and no extension: the issuer takes those
 * from the account row and its own profile (I-18).
 */
#ifndef ISSUER_ASK_H
#define ISSUER_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ipc_client.h"
#include "base/must.h"
#include "db/ledger.h"
#include "policy/decide.h"
#include "policy/grant.h"
#include "policy/profile.h"

#define ISSUER_ASK_VERSION 4 /* of what crosses */
#define ISSUER_SPKI_MAX 1024

/*
 * How long a front waits for the issuer. What is late is still recorded, and
 * the same request then gets it (I-6), so that the client hears 503 within a
 * second and loses nothing (EST-219).
 */
#define ISSUER_LIMIT_MS 900

/* In the heads of a question and its answer. */
enum issuer_kind {
	ISSUER_KIND_CERTIFICATE,
	ISSUER_KIND_INSTALLED,
};

struct issuer_question {
	struct ipc_head head; /* filled in by issuer_ask() */
	int64_t account;
	char profile[PROFILE_NAME_MAX + 1];
	enum decide_operation operation;
	bool by_code;  /* else by the presented certificate alone */
	bool unproven; /* who asks may not have the key: a repeat alone */
	/* Of auth, when by_code: over all that is here but `unproven`. */
	struct grant grant;
	struct serial presented; /* zero: none */
	struct digest csr_digest;
	uint16_t spki_len;
	unsigned char spki[ISSUER_SPKI_MAX];
};

enum issuer_end {
	ISSUER_DONE,	/* `der` is durable in the ledger (I-1) */
	ISSUER_REFUSED, /* the issuer's own decision: `decision` */
	ISSUER_KEY,	/* the key may not be certified (EST-154, EST-161) */
	ISSUER_CODE,	/* the code was spent for another request */
	ISSUER_GRANT,	/* no grant of auth for that: too old, or invented */
	ISSUER_PENDING, /* another request of the account is in work */
	ISSUER_DOWN,	/* no ledger, no issuer, no signature: 503 */
};

struct issuer_answer {
	struct ipc_head head;
	enum issuer_end end;
	struct decision decision;
	bool again; /* ISSUER_DONE: this certificate had been issued before */
	struct serial serial;
	struct digest receipt; /* ISSUER_DONE by code: for auth */
	uint16_t der_len;
	unsigned char der[LEDGER_DER_MAX];
};

/* Somebody has shown it in TLS, and so has its key (R-CERT-12). */
struct issuer_installed_question {
	struct ipc_head head; /* filled in by issuer_mark_installed() */
	struct serial serial;
	struct digest fingerprint; /* SHA-256 of its DER */
};

struct issuer_installed_answer {
	struct ipc_head head;
	/* ISSUER_DONE: the ledger says so, now or before. ISSUER_REFUSED: none
	 * was issued with these bytes, or another one takes its place at this
	 * moment. ISSUER_DOWN. */
	enum issuer_end end;
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
MUST_CHECK bool issuer_question_good(
    const struct issuer_question *, size_t bytes);
/* The other kind is all of its struct, and there is no more to judge. */
/* And what a front believes of the issuer's. */
bool issuer_answer_good(const struct ipc_head *, size_t bytes);

/* The front's end; connects to the issuer's socket and reconnects. NULL: the
 * path is too long. Close it with ipc_client_close(). */
struct ipc_client *issuer_open(struct event_base *, const char *socket_path);

/* `answer` hears ISSUER_DOWN at the latest after `limit_ms`. */
struct call *issuer_ask(struct ipc_client *, const struct issuer_question *,
    int64_t limit_ms, ipc_answer_fn *answer, void *arg);
/* `answer` hears a struct issuer_installed_answer; who does not wait forgets
 * the call. */
struct call *issuer_mark_installed(struct ipc_client *, const struct serial *,
    const struct digest *fingerprint, int64_t limit_ms, ipc_answer_fn *answer,
    void *arg);
static inline enum issuer_end
issuer_installed_of(const struct ipc_head *head)
{
	return head == NULL
		   ? ISSUER_DOWN
		   : ((const struct issuer_installed_answer *)head)->end;
}

/* What an ipc_answer_fn has heard; ISSUER_DOWN where that is NULL. */
static inline const struct issuer_answer *
issuer_answer_of(const struct ipc_head *head)
{
	static const struct issuer_answer down = { .end = ISSUER_DOWN };

	return head == NULL ? &down : (const struct issuer_answer *)head;
}

#endif
