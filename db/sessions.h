/*
 * sessions - what the pages know of who is there, in Redis, under the digest
 * of an id that only a browser has: who reads Redis can be nobody.
 *
 * They are the front's, whose user of Redis has these keys and no other, and
 * none of the commands that would list them (db/redis_rights.h): who takes a
 * front over finds no session but those that pass through it (T8).
 *
 * Owns:    nothing. Texts are copied; one that is heard lives for the call.
 * Waits:   never; each question is answered once, later (base/call.h). NULL:
 *          no memory, and nobody is called.
 * Fails:   DB_NONE where there is none, or none any more; DB_DOWN.
 * Repeat:  each is safe to send twice.
 */
#ifndef DB_SESSIONS_H
#define DB_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/call.h"
#include "base/digest.h"
#include "db/rc.h"

/* The largest certificate (db/ledger.h), and the largest key that is made for
 * somebody, with its request (keymaker/ask.h), all as base64, and some. */
#define SESSIONS_TEXT_MAX 16384

struct redis;

typedef void sessions_text_fn(
    void *arg, enum db_rc rc, const char *text, size_t len);
typedef void sessions_done_fn(void *arg, enum db_rc rc);

/* It lives for `idle_s` from now on. */
struct call *sessions_get(struct redis *, const struct digest *id,
    unsigned idle_s, sessions_text_fn *answer, void *arg);

struct sessions_text {
	const char *at;
	size_t len;	 /* at most SESSIONS_TEXT_MAX */
	unsigned idle_s; /* it lives so long from now on */
	bool begins;	 /* else it has to be there: DB_NONE */
};
/* In the place of what it was. */
struct call *sessions_put(struct redis *, const struct digest *id,
    const struct sessions_text *, sessions_done_fn *done, void *arg);

/* DB_OK also where there is none. */
struct call *sessions_drop(
    struct redis *, const struct digest *id, sessions_done_fn *done, void *arg);

#endif
