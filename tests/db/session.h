/*
 * session - somebody who asks db/attempts.h and waits for each answer: one
 * event loop, one connection, the default rules.
 */
#ifndef TESTS_DB_DESK_H
#define TESTS_DB_DESK_H

#include "db/attempts.h"
#include "db/redis.h"

struct event_base;

struct session {
	struct event_base *base;
	struct redis *redis;
	struct attempts *attempts;
	struct redis_options options;
};

void session_open(struct session *, const char *socket);
void session_close(struct session *);
/* Runs the loop until the connection is up (or not); fails after a minute. */
void session_until_up(struct session *, bool up);
/* Runs the loop until *done; fails after a minute. */
void session_until(struct session *, const bool *done);
void session_for_ms(struct session *, int64_t ms);

struct attempts_policy session_policy(void);
struct attempts_who session_who(const char *user_id); /* a fresh operation */

/* Ask, wait, return. `rc` is the return value; the answer goes to `out`. */
enum db_rc session_address(
    struct session *, const char *address, struct attempts_address_answer *out);
enum db_rc session_address_back(struct session *, const char *address);
enum db_rc session_begin(struct session *, const struct attempts_who *,
    unsigned locks, struct attempts_begin_answer *out);
enum db_rc session_settle(struct session *, const struct attempts_who *,
    enum attempts_outcome, struct attempts_settled *out);
enum db_rc session_new_code(struct session *, const struct attempts_who *,
    const struct digest *digest, struct attempts_mail_answer *out);
enum db_rc session_spend(struct session *, const struct attempts_who *,
    const struct digest *code, const struct digest *csr, bool spend,
    struct attempts_code_answer *out);
enum db_rc session_mailed(struct session *, const struct attempts_who *);
enum db_rc session_succeed(struct session *, const struct attempts_who *);
enum db_rc session_lift(struct session *, const char *user_id);
enum db_rc session_drop_code(struct session *, const char *user_id);
enum db_rc session_drop_failed(struct session *, const char *user_id,
    const unsigned char code_id[ATTEMPTS_OPERATION_SIZE]);

/* begin + settle with a fresh operation. `begin` says what begin said. */
enum attempts_begin session_fail(
    struct session *, const char *user_id, struct attempts_settled *out);

#endif
