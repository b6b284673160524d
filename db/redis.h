/*
 * redis - one Redis connection on an event loop, for Lua scripts.
 *
 * Owns:    the connection; rebuilds it by itself with back-off, and looks
 *          every 30 s whether the server still keeps what it is given (F-32).
 * Fails:   DB_DOWN while there is none, when it is lost, when the answer takes
 *          longer than the limit, and for every error reply but
 *          NOSCRIPT, which is answered with the script itself (F-33). It is
 *          unknown then whether the script ran, or will run.
 * Repeat:  scripts are given an operation id and are safe to send twice.
 *
 * hiredis frees its context itself in several cases; that knowledge stays in
 * redis.c. SIGPIPE must be ignored in the process.
 */
#ifndef DB_REDIS_H
#define DB_REDIS_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/call.h"
#include "base/fault.h"
#include "db/asker.h"
#include "db/rc.h"

struct event_base;
struct redis;

enum {
	REDIS_ANSWER_MS = 500, /* F-24; a step 2 asks PostgreSQL too */
	REDIS_LATER_MS = 100,
};

struct redis_options {
	const char *socket; /* path, or NULL for host and port */
	const char *host;   /* numeric address */
	int port;
	const char *user;     /* or NULL: that of a password alone */
	const char *password; /* or NULL */
	int64_t answer_ms;    /* limit of one question; 0: REDIS_ANSWER_MS */
	size_t waiting_max;   /* questions in flight: 1024 */
};

/* The options' pointers must live as long as the connection. */
struct redis *redis_open(struct event_base *, const struct redis_options *);
/* Open questions are answered DB_DOWN first. NULL is fine. */
void redis_close(struct redis *);
/* Connected, and the server keeps what it is given. */
bool redis_up(const struct redis *);
/* Nothing is open, not even what nobody waits for. */
bool redis_idle(const struct redis *);
/* `up(arg)` is called each time the connection has come; NULL: no more. */
void redis_when_up(struct redis *, void (*up)(void *arg), void *arg);

/* What the server's clock will surely show, in ms, when nobody waits any more
 * for the answer to a question that is asked now (F-25). */
int64_t redis_late_ms(const struct redis *);

/* A script; `sha1` is filled in by redis_script_init(). */
struct redis_script {
	const char *name;
	const char *lua;
	/* Nobody waits for it: it goes with whatever is asked next, after
	 * REDIS_LATER_MS at most, and wakes neither end for itself. */
	bool later;
	char sha1[41];
};
void redis_script_init(struct redis_script *);

struct redis_argument {
	const void *at;
	size_t len;
};

/* `reply` is NULL unless rc is DB_OK; it lives for the call. */
typedef void redis_answer_fn(
    const struct db_asker *, enum db_rc rc, const redisReply *reply);

/* Keys and arguments are copied; together they are at most 24 words. NULL where
 * there is no memory: nobody is called (F-59). */
struct call *redis_run(struct redis *, const struct redis_script *,
    const struct redis_argument *keys, size_t key_count,
    const struct redis_argument *args, size_t arg_count,
    redis_answer_fn *answer, struct db_asker asker);

/*
 * Blocking, at start: the server must not evict (F-32) and must keep an
 * append-only file. 0, or -1 with the reason and what would be right in `why`.
 */
int redis_check(const struct redis_options *, struct fault *why);
/* Blocking, 3 s at most: a server takes connections there and has loaded its
 * data. What it thinks of us is another question. */
bool redis_answers(const struct redis_options *, struct fault *why);

#endif
