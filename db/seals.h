/*
 * seals - the chain over the audit trail, as the sealer sees it.
 *
 * Owns:    one connection of the role koshin_sealer.
 * Waits:   never. Each question is answered exactly once, later (call.h).
 * Fails:   DB_DOWN while the connection is being rebuilt.
 * Repeat:  seals_add() that is sent twice seals once: the second time the
 *          chain ends somewhere else.
 */
#ifndef DB_SEALS_H
#define DB_SEALS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/call.h"
#include "db/rc.h"
#include "policy/chain.h"

#define SEALS_BATCH 500 /* rows at once */

struct event_base;
struct seals;

/* `state`: the connection came or went, and with it the lock. */
struct seals *seals_open(struct event_base *, const char *conninfo,
    void (*state)(void *arg, bool up), void *arg);
/* Open questions are answered DB_DOWN first. NULL is fine. */
void seals_close(struct seals *);

/*
 * To be the one that seals, as long as the connection lives. Not asked again
 * by who has it.
 */
typedef void seals_lock_fn(void *arg, enum db_rc, bool got);
struct call *seals_lock(struct seals *, seals_lock_fn *, void *arg);

/* The end of the chain, with what is needed to believe it. */
struct seals_end {
	struct chain_head last;	  /* position 0: no row has a seal */
	struct chain_head before; /* `last`, as it was one position earlier */
	bool has_before;
	bool has_row;
	struct chain_row row; /* of `last`, for the call */
	bool has_own;
	struct digest own; /* at the position asked for */
};
typedef void seals_end_fn(void *arg, enum db_rc, const struct seals_end *);
struct call *seals_end(
    struct seals *, int64_t own_position, seals_end_fn *, void *arg);

/* Rows without a seal, at most SEALS_BATCH, the lowest ids first. */
typedef void seals_rows_fn(
    void *arg, enum db_rc, const struct chain_row *rows, size_t count);
struct call *seals_rows(struct seals *, seals_rows_fn *, void *arg);

/*
 * Seals rows behind `before`. False: the chain ends somewhere else. The
 * arrays are read before it returns.
 */
struct seals_batch {
	struct chain_head before;
	size_t count;
	int64_t ids[SEALS_BATCH];
	struct digest macs[SEALS_BATCH];
};
typedef void seals_added_fn(void *arg, enum db_rc, bool added);
struct call *seals_add(
    struct seals *, const struct seals_batch *, seals_added_fn *, void *arg);

#endif
