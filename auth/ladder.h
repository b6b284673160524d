/*
 * ladder - the attempts of all doors: what auth/ask.h asks is answered here.
 * It is the process `auth` (auth/auth.h) that works with it, and the command
 * line where no such process runs.
 *
 * Each attempt climbs from a password to a code to a success; where it stands
 * is known by its door and the number that its door has given it.
 *
 * Owns:   its attempts, wiped when they end. Stores and pool are the caller's
 *         and outlive it.
 * Waits:  never; one question of an attempt at a time. A question that needs
 *         nobody is answered before ladder_take() returns.
 * Fails:  enum auth_end, by the answer.
 */
#ifndef AUTH_LADDER_H
#define AUTH_LADDER_H

#include "auth/ask.h"
#include "policy/authority.h"

struct accounts;
struct attempts;
struct failures;
struct ladder;
struct password_costs;
struct pool;
struct pool_mailbox;
struct proofs;
struct share;

/* What it works with. What is pointed to must outlive it. */
struct ladder_options {
	struct attempts *attempts; /* Redis */
	/* PostgreSQL. */
	struct accounts *accounts; /* NULL: the command line; no code mails */
	struct proofs *proofs;	   /* contracts; there, accounts as well */
	struct pool *pool;	   /* Argon2id */
	/* In the pool, shared by the doors; outlives its mailbox. NULL: there
	 * is one door. */
	struct share *room;
	/* What each evaluation costs; a hash at another cost is added. */
	struct password_costs *costs;
	struct pool_mailbox *mailbox;
	struct failures *failures; /* NULL: they are not counted together */
	/* NULL for the command line, where there are no codes: */
	const struct secret_key *code_key;
	const struct secret_key *grant_key;
	const struct code_policy *code;
	/* The longest of a session of the member area, and how often a master
	 * may in it. */
	unsigned session_s;
	struct authority_limits limits;
	const struct input_policy *input; /* how long a password may be */
	const struct profile *profiles;
	unsigned profiles_count;
	/* Each question that has an answer is answered once, with its head's
	 * id and kind; the answer lives for the call. */
	void (*answer)(void *door, struct ipc_head *answer, size_t bytes);
};

/* The options are copied. */
struct ladder *ladder_open(const struct ladder_options *);
/* Nobody is answered any more. NULL is fine. */
void ladder_close(struct ladder *);

/* False: it is no question that auth/ask.h knows. */
bool ladder_take(
    struct ladder *, void *door, const struct ipc_head *, size_t bytes);
/* The door is gone: its attempts end as by auth_vanish(). */
void ladder_door_gone(struct ladder *, const void *door);

#endif
