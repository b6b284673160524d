/*
 * verify - whether the audit trail is as it was written: takes the seals one
 * by one, in the order of their positions, and names what is wrong.
 *
 *	verify_open(&t, &key);
 *	verify_expect(&t, &head);	(from the head file, from the log)
 *	for each seal: verify_take(&t, &seal);
 *	verify_end(&t);
 *
 * A wrong row does not hide the next one: the chain goes on with the seal
 * that is there.
 */
#ifndef AUDIT_VERIFY_H
#define AUDIT_VERIFY_H

#include <stddef.h>

#include "base/buf.h"
#include "policy/chain.h"

#define VERIFY_HEADS_MAX 2
#define VERIFY_SUSPECTS_MAX 64

enum verify_fault {
	VERIFY_GOOD,
	VERIFY_MISSING,	    /* a seal; its row may be gone with it */
	VERIFY_ROW_MISSING, /* a row whose seal is there */
	VERIFY_CHANGED,	    /* a row, or its seal */
	VERIFY_ORDER,	    /* it is a row of another position */
	VERIFY_CUT,	    /* the chain ends before an expected head */
	VERIFY_OTHER,	    /* at an expected head it has another seal */
};

struct verify_seal {
	int64_t position;
	struct digest mac;
	bool has_row;
	struct chain_row row; /* the caller's, for the call */
};

struct verify_suspect; /* a row that does not fit where it is */
struct evp_mac_ctx_st;

struct verify {
	struct evp_mac_ctx_st *seal; /* has the key, for all rows */
	struct buf message;	     /* of the row that is looked at */
	struct chain_head expected[VERIFY_HEADS_MAX];
	size_t expected_count;
	struct chain_head last; /* the newest seal taken */
	int64_t rows;		/* seals taken */
	int64_t faults;
	enum verify_fault first; /* VERIFY_GOOD: none */
	int64_t first_position;
	struct verify_suspect *suspects;
	size_t suspect_count;
};

/* Takes a copy of the key, which verify_end() wipes. */
void verify_open(struct verify *, const struct secret_key *);
/* The chain must have gone through here. Position 0 asks for nothing. */
void verify_expect(struct verify *, const struct chain_head *);
void verify_take(struct verify *, const struct verify_seal *);
/* Once; frees what it holds, the findings stay to be read. */
void verify_end(struct verify *);

/* "changed", "missing", ...: one word for programs. */
const char *verify_word(enum verify_fault);

#endif
