/*
 * revocations - what has to stand on a list of revoked certificates, as the
 * issuer reads it, and the numbers of these lists.
 *
 * Owns:    one connection of the role koshin_issuer, beside that of the
 *          ledger: nobody who wants a certificate waits behind a page.
 * Waits:   never. Each question is answered exactly once, later (call.h).
 * Fails:   DB_DOWN while the connection is being rebuilt.
 * Repeat:  revocations_begin() that is sent twice leaves a number that nobody
 *          uses; revocations_finish() happens once.
 */
#ifndef DB_REVOCATIONS_H
#define DB_REVOCATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/call.h"
#include "base/digest.h"
#include "base/serial.h"
#include "db/rc.h"

#define REVOCATIONS_PAGE 2000
#define REVOCATIONS_REASON_SIZE 32

struct event_base;
struct revocations;

/* It comes up by itself, now and whenever it was lost. */
struct revocations *revocations_open(struct event_base *, const char *conninfo);
/* Open questions are answered DB_DOWN first. NULL is fine. */
void revocations_close(struct revocations *);

/* `up(arg)` is called each time the connection has come. */
void revocations_when_up(struct revocations *, void (*up)(void *), void *arg);

/*
 * What tells whether there is anything new: as long as `since` is the same and
 * the other two are, there is not.
 */
struct revocations_marks {
	int64_t revoked; /* so many since `since` */
	int64_t wish;	 /* the last one of an operator */
	time_t now;	 /* by the clock of the database */
};
typedef void revocations_marks_fn(
    void *arg, enum db_rc, const struct revocations_marks *);
struct call *revocations_marks(
    struct revocations *, time_t since, revocations_marks_fn *, void *arg);

/* A number for a new list, and its dates. `known` is that of the one which
 * lies where they are published, or 0. */
struct revocations_wanted {
	const void *authority; /* key identifier of the CA */
	size_t authority_len;
	unsigned valid_s;
	int64_t known;
};
struct revocations_list {
	int64_t number;
	time_t this_update, next_update;
};
typedef void revocations_begun_fn(
    void *arg, enum db_rc, const struct revocations_list *);
struct call *revocations_begin(struct revocations *,
    const struct revocations_wanted *, revocations_begun_fn *, void *arg);

/*
 * The rows behind `after`, by the end of their certificates, at most
 * REVOCATIONS_PAGE; none: there are no more. To begin with, `after` is the
 * first end that is wanted, and no serial.
 */
struct revocations_row {
	time_t not_after;
	struct serial serial;
	time_t revoked_at;
	char reason[REVOCATIONS_REASON_SIZE]; /* as the ledger has it */
};
typedef void revocations_page_fn(
    void *arg, enum db_rc, const struct revocations_row *rows, size_t count);
struct call *revocations_page(struct revocations *,
    const struct revocations_row *after, revocations_page_fn *, void *arg);

/* It lies where lists are published. False: there is no such number, or
 * another list under it. */
struct revocations_published {
	int64_t number;
	int64_t entries, bytes;
	struct digest digest;
};
typedef void revocations_finished_fn(void *arg, enum db_rc, bool finished);
struct call *revocations_finish(struct revocations *,
    const struct revocations_published *, revocations_finished_fn *, void *arg);

#endif
