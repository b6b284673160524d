/*
 * trail - whether the audit trail is as it was written: takes the seals one
 * by one, in the order of their positions, and names what is wrong.
 *
 *	trail_open(&t, &key);
 *	trail_expect(&t, &head);	(from the head file, from the log)
 *	for each seal: trail_take(&t, &seal);
 *	trail_end(&t);
 *
 * A wrong row does not hide the next one: the chain goes on with the seal
 * that is there.
 */
#ifndef POLICY_TRAIL_H
#define POLICY_TRAIL_H

#include <stddef.h>

#include "policy/chain.h"

#define TRAIL_HEADS_MAX 2
#define TRAIL_SUSPECTS_MAX 64

enum trail_fault {
	TRAIL_GOOD,
	TRAIL_MISSING,	   /* a seal; its row may be gone with it */
	TRAIL_ROW_MISSING, /* a row whose seal is there */
	TRAIL_CHANGED,	   /* a row, or its seal */
	TRAIL_ORDER,	   /* it is a row of another position */
	TRAIL_CUT,	   /* the chain ends before an expected head */
	TRAIL_OTHER,	   /* at an expected head it has another seal */
};

struct trail_seal {
	int64_t position;
	unsigned char mac[CHAIN_MAC_SIZE];
	bool has_row;
	struct chain_row row; /* the caller's, for the call */
};

struct trail_suspect; /* a row that does not fit where it is */

struct trail {
	const struct secret_key *key;
	struct chain_head expected[TRAIL_HEADS_MAX];
	size_t expected_count;
	struct chain_head last; /* the newest seal taken */
	int64_t rows;		/* seals taken */
	int64_t faults;
	enum trail_fault first; /* TRAIL_GOOD: none */
	int64_t first_position;
	struct trail_suspect *suspects;
	size_t suspect_count;
};

/* The key stays the caller's, until trail_end(). */
void trail_open(struct trail *, const struct secret_key *);
/* The chain must have gone through here. Position 0 asks for nothing. */
void trail_expect(struct trail *, const struct chain_head *);
void trail_take(struct trail *, const struct trail_seal *);
/* Once; frees what it holds, the findings stay to be read. */
void trail_end(struct trail *);

/* "changed", "missing", ...: one word for programs. */
const char *trail_word(enum trail_fault);

#endif
