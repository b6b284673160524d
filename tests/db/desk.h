/*
 * desk - somebody who asks db/attempts.h and waits for each answer: one event
 * loop, one connection, the default rules.
 */
#ifndef TESTS_DB_DESK_H
#define TESTS_DB_DESK_H

#include "db/attempts.h"
#include "db/redis.h"

struct event_base;

struct desk {
	struct event_base *base;
	struct redis *redis;
	struct attempts *attempts;
	struct redis_options options;
};

void desk_open(struct desk *, const char *socket);
void desk_close(struct desk *);
/* Runs the loop until the connection is up (or not); fails after 5 s. */
void desk_until_up(struct desk *, bool up);
/* Runs the loop until *done; fails after 5 s. */
void desk_until(struct desk *, const bool *done);
void desk_for_ms(struct desk *, int64_t ms);

struct attempts_policy desk_policy(void);
struct attempts_who desk_who(const char *user_id); /* a fresh operation */

/* Ask, wait, return. `rc` is the return value; the answer goes to `out`. */
enum db_rc desk_address(
    struct desk *, const char *address, struct attempts_address_answer *out);
enum db_rc desk_begin(struct desk *, const struct attempts_who *,
    unsigned locks, struct attempts_begin_answer *out);
enum db_rc desk_settle(struct desk *, const struct attempts_who *,
    enum attempts_outcome, struct attempts_settled *out);
enum db_rc desk_new_code(struct desk *, const struct attempts_who *,
    const unsigned char *digest, enum attempts_mail *out);
enum db_rc desk_spend(struct desk *, const struct attempts_who *,
    const unsigned char *code, const unsigned char *csr, bool spend,
    struct attempts_code_answer *out);
enum db_rc desk_mailed(struct desk *, const struct attempts_who *);
enum db_rc desk_succeed(struct desk *, const struct attempts_who *);
enum db_rc desk_lift(struct desk *, const char *user_id);
enum db_rc desk_drop_code(struct desk *, const char *user_id);

/* begin + settle with a fresh operation. `begin` says what begin said. */
enum attempts_begin desk_fail(
    struct desk *, const char *user_id, struct attempts_settled *out);

#endif
