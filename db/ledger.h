/*
 * ledger - every certificate this CA has signed, and nothing else.
 *
 * Role:    koshin_issuer, the only one that may write it. One connection; the
 *          issuer hands over batches: all rows of a batch in one transaction.
 * Waits:   never. `done` is called exactly once, later, when the batch is
 *          committed or has failed; each row then says how it ended.
 * Fails:   a batch that the database refuses is sent again row by row, so that
 *          one bad row spoils nobody else's. DB_DOWN: unknown; read the row.
 * Repeat:  every write may be sent twice and happens once (I-3).
 *
 * A row moves reserved -> issued or reserved -> abandoned, never back, and is
 * never deleted; triggers in the schema hold that against every role.
 */
#ifndef DB_LEDGER_H
#define DB_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/call.h"
#include "db/rc.h"
#include "policy/facts.h"

#define LEDGER_DER_MAX 4096
#define LEDGER_CODE_ID_SIZE 16
/* The same request by certificate gets the same answer this long, EST-194;
 * db/sql/facts.sql says it. */
#define LEDGER_REPEAT_S 600

struct event_base;
struct ledger;

/* `conninfo` must outlive it. Never NULL: it connects by and by. */
struct ledger *ledger_open(struct event_base *, const char *conninfo);
/* Rows of open batches are answered DB_DOWN first. NULL is fine. */
void ledger_close(struct ledger *);
/* Connected, so that a question has a chance. */
bool ledger_up(const struct ledger *);
/* `up(arg)` is called each time the connection has come; NULL: no more. */
void ledger_when_up(struct ledger *, void (*up)(void *arg), void *arg);

/* What the ledger already knows about a request. */
enum ledger_known {
	LEDGER_NEW,	   /* nothing */
	LEDGER_ISSUED,	   /* this very request has its certificate: `der` */
	LEDGER_OPEN,	   /* the account has an open reservation; ask later */
	LEDGER_KEY_TAKEN,  /* the key is another account's, or was revoked for
			   * compromise (EST-154, EST-161) */
	LEDGER_CODE_TAKEN, /* the code was spent for another request (F-29) */
	LEDGER_CODE_UNKNOWN, /* no code of that id was mailed to the account,
			      * or it is dead */
};

/* One row of the question "who is this, and what do we know?". */
struct ledger_fact {
	/* asked */
	int64_t account;
	struct digest csr_digest;
	struct digest key_identity; /* of pki/key.h */
	bool by_code;
	unsigned char code_id[LEDGER_CODE_ID_SIZE]; /* when by_code */
	/* of the presented certificate; all zero when there is none */
	struct serial presented;
	/* answered */
	enum db_rc rc;		    /* DB_NONE: no such account */
	struct facts_holder holder; /* without the password hash */
	enum ledger_known known;
	unsigned char *der; /* room for LEDGER_DER_MAX, the caller's */
	size_t der_len;
};

/* NULL of the three that take one: no memory, and it is not called (F-59); no
 * row was asked about. */
typedef void ledger_done_fn(void *arg);

/* A reservation whose lease is over counts as none. */
struct call *ledger_ask_facts(struct ledger *, struct ledger_fact **rows,
    size_t count, ledger_done_fn *done, void *arg);

struct ledger_reservation {
	/* given */
	struct serial serial;
	int64_t account;
	int64_t
	    account_version;	/* of the facts; a change since is a conflict */
	struct serial replaces; /* the current one, or zero */
	const char *profile;
	const char *subject; /* RFC 4514 text, for people */
	struct digest key_digest;
	struct digest key_identity; /* of pki/key.h */
	struct digest csr_digest;
	struct digest tbs_digest;
	time_t not_before, not_after;
	bool by_code;
	unsigned char code_id[LEDGER_CODE_ID_SIZE];
	/* `replaces` is revoked when this one is recorded. It was never
	 * installed; seen installed meanwhile, it is a conflict (R-CERT-12),
	 * unless it is one that its holder may revoke (R-CERT-6). */
	bool replacing, held;
	/* answered: DB_OK reserved; DB_CONFLICT facts have changed */
	enum db_rc rc;
};
/*
 * All rows are reserved together; they stay the caller's, until `done`.
 * Reservations of their accounts whose lease is over are closed on the way
 * (abandoned, and revoked so that their serials reach the CRL).
 */
struct call *ledger_reserve(struct ledger *, struct ledger_reservation **rows,
    size_t count, ledger_done_fn *done, void *arg);

/*
 * reserved -> issued: DER, current mark moved, notice and audit row, lock
 * counters to zero, and what it replaces revoked where it is `replacing`,
 * in one transaction. Only if still reserved (I-4).
 */
struct ledger_record {
	/* given */
	struct serial serial;
	const unsigned char *der;
	size_t der_len;
	struct digest fingerprint; /* SHA-256 of `der` */
	bool complete_success;	   /* password and code: R-LOCK-4 */
	/* answered: DB_OK; DB_NONE: it is not reserved any more */
	enum db_rc rc;
};
struct call *ledger_record(struct ledger *, struct ledger_record **rows,
    size_t count, ledger_done_fn *done, void *arg);

/*
 * It was seen in use: the first time is kept, with an audit row (R-CERT-12).
 */
struct ledger_mark {
	/* given */
	struct serial serial;
	struct digest fingerprint;
	/* answered: DB_OK: the ledger says so, now or before; DB_NONE: none
	 * was issued with these bytes, or what replaces it is reserved */
	enum db_rc rc;
};
struct call *ledger_mark_installed(struct ledger *, struct ledger_mark **rows,
    size_t count, ledger_done_fn *done, void *arg);

#endif
