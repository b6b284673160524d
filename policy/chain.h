/*
 * chain - what the seal of an audit row is made of (A10, I-12).
 *
 * mac(n) = HMAC-SHA-256(key, label || mac(n-1) || n || row). Numbers are 64
 * bits, big-endian; texts have their length before them, and what may be null
 * a byte that says so. Nothing of this may ever change: old rows have to
 * verify. A new form would get a label of its own.
 */
#ifndef POLICY_CHAIN_H
#define POLICY_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"

/* A row of koshin.audit; texts are the caller's. */
struct chain_row {
	int64_t id;
	bool has_at;   /* false: infinite, which nobody writes */
	int64_t at_us; /* microseconds since 1970 */
	const char *role, *actor, *action, *object;
	bool has_account;
	int64_t account;
	const char *details; /* jsonb as PostgreSQL writes it */
};

/* How far the chain goes: the seal of `position`. */
struct chain_head {
	int64_t position;  /* 0: there is none */
	struct digest mac; /* zeros with it */
};

/* PostgreSQL has no value that is larger. */
#define CHAIN_CEILING ((size_t)1 << 31)
/*
 * What the seal of the row behind `before` is the HMAC of: for who makes many.
 * No failure of the buffer may be overlooked.
 */
void chain_write(
    struct buf *, const struct chain_head *before, const struct chain_row *);
/* The seal of the row behind `before`. */
struct digest chain_mac(const struct secret_key *,
    const struct chain_head *before, const struct chain_row *);
/* Whether it is the seal `mac`. */
bool chain_fits(const struct secret_key *, const struct chain_head *before,
    const struct chain_row *, const struct digest *mac);

#endif
