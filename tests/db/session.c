#include "tests/db/session.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/secret.h"
#include "tests/lib/test.h"

#include <event2/event.h>

#include <string.h>

#define PATIENCE_MS 60000

/* Where an answer is put, until the asker looks. */
struct heard {
	bool done;
	enum db_rc rc;
	void *out;
};

void
session_open(struct session *d, const char *socket)
{
	struct attempts_policy policy = session_policy();

	memset(d, 0, sizeof(*d));
	d->options = (struct redis_options){
		.socket = socket,
		.waiting_max = 1024,
	};
	d->base = loop_new();
	d->redis = redis_open(d->base, &d->options);
	d->attempts = attempts_new(d->redis, &policy);
}

void
session_close(struct session *d)
{
	redis_close(d->redis);
	attempts_free(d->attempts);
	event_base_free(d->base);
}

struct attempts_policy
session_policy(void)
{
	return (struct attempts_policy){
		.lock = { .failures = 6, .lock_s = 3600, .locks = 3 },
		.code = { .life_s = 1800,
		    .resend_after_s = 300,
		    .spacing_s = 60,
		    .per_hour = 5 },
		.address_limit = 10,
		.address_window_s = 60,
	};
}

struct attempts_who
session_who(const char *user_id)
{
	struct attempts_who who = { .user_id = user_id };

	secret_random(who.operation, sizeof(who.operation));
	return who;
}

/* ------------------------------------------------------------- waiting */

static void
on_end(void *arg)
{
	*(bool *)arg = true;
}

/* Whatever happens next, but at most a second. */
static void
step(struct session *d)
{
	bool ended = false;
	struct loop_timer *t = loop_after(d->base, 1000, on_end, &ended);

	event_base_loop(d->base, EVLOOP_ONCE);
	if (!ended)
		loop_cancel(t);
}

void
session_until(struct session *d, const bool *done)
{
	int64_t end_us = clock_mono_us() + PATIENCE_MS * 1000;

	while (!*done && clock_mono_us() < end_us)
		step(d);
	assert_true(*done);
}

void
session_until_up(struct session *d, bool up)
{
	int64_t end_us = clock_mono_us() + PATIENCE_MS * 1000;

	while (redis_up(d->redis) != up && clock_mono_us() < end_us)
		step(d);
	assert_int_equal(redis_up(d->redis), up);
}

void
session_for_ms(struct session *d, int64_t ms)
{
	bool done = false;

	loop_after(d->base, ms, on_end, &done);
	session_until(d, &done);
}

static enum db_rc
wait_for(struct session *d, struct heard *h)
{
	session_until(d, &h->done);
	return h->rc;
}

/* ------------------------------------------------------------- hearing */

static void
on_done(void *arg, enum db_rc rc)
{
	struct heard *h = arg;

	assert_false(h->done);
	h->done = true;
	h->rc = rc;
}

#define HEARD(name, type)                                                      \
	static void on_##name(void *arg, enum db_rc rc, const type *said)      \
	{                                                                      \
		*(type *)((struct heard *)arg)->out = *said;                   \
		on_done(arg, rc);                                              \
	}
HEARD(address, struct attempts_address_answer)
HEARD(begin, struct attempts_begin_answer)
HEARD(settled, struct attempts_settled)
HEARD(mail, struct attempts_mail_answer)
HEARD(code, struct attempts_code_answer)

/* -------------------------------------------------------------- asking */

enum db_rc
session_address(
    struct session *d, const char *address, struct attempts_address_answer *out)
{
	struct heard h = { .out = out };

	attempts_address(d->attempts, address, on_address, &h);
	return wait_for(d, &h);
}

enum db_rc
session_address_back(struct session *d, const char *address)
{
	struct heard h = { 0 };

	attempts_address_back(d->attempts, address, on_done, &h);
	return wait_for(d, &h);
}

enum db_rc
session_begin(struct session *d, const struct attempts_who *who, unsigned locks,
    struct attempts_begin_answer *out)
{
	struct heard h = { .out = out };

	attempts_begin(d->attempts, who, locks, on_begin, &h);
	return wait_for(d, &h);
}

enum db_rc
session_settle(struct session *d, const struct attempts_who *who,
    enum attempts_outcome outcome, struct attempts_settled *out)
{
	struct heard h = { .out = out };

	attempts_settle(d->attempts, who, outcome, on_settled, &h);
	return wait_for(d, &h);
}

enum db_rc
session_new_code(struct session *d, const struct attempts_who *who,
    const struct digest *digest, struct attempts_mail_answer *out)
{
	struct heard h = { .out = out };

	attempts_new_code(d->attempts, who, digest, false, on_mail, &h);
	return wait_for(d, &h);
}

enum db_rc
session_spend(struct session *d, const struct attempts_who *who,
    const struct digest *code, const struct digest *csr, bool spend,
    struct attempts_code_answer *out)
{
	struct heard h = { .out = out };

	attempts_spend(d->attempts, who, code, csr, spend, on_code, &h);
	return wait_for(d, &h);
}

enum db_rc
session_mailed(struct session *d, const struct attempts_who *who)
{
	struct heard h = { 0 };

	attempts_mailed(d->attempts, who, on_done, &h);
	return wait_for(d, &h);
}

enum db_rc
session_succeed(struct session *d, const struct attempts_who *who)
{
	struct heard h = { 0 };

	attempts_succeed(d->attempts, who, on_done, &h);
	return wait_for(d, &h);
}

enum db_rc
session_lift(struct session *d, const char *user_id)
{
	struct heard h = { 0 };

	attempts_lift(d->attempts, &(struct attempts_who){ .user_id = user_id },
	    on_done, &h);
	return wait_for(d, &h);
}

enum db_rc
session_drop_code(struct session *d, const char *user_id)
{
	struct heard h = { 0 };

	attempts_drop_code(d->attempts,
	    &(struct attempts_who){ .user_id = user_id }, on_done, &h);
	return wait_for(d, &h);
}

enum db_rc
session_drop_failed(struct session *d, const char *user_id,
    const unsigned char code_id[ATTEMPTS_OPERATION_SIZE])
{
	struct heard h = { 0 };

	attempts_drop_failed(d->attempts,
	    &(struct attempts_who){ .user_id = user_id }, code_id, on_done, &h);
	return wait_for(d, &h);
}

enum attempts_begin
session_fail(
    struct session *d, const char *user_id, struct attempts_settled *out)
{
	struct attempts_who who = session_who(user_id);
	struct attempts_begin_answer b;

	memset(out, 0, sizeof(*out));
	assert_int_equal(session_begin(d, &who, 0, &b), DB_OK);
	if (b.begin == ATTEMPTS_GO)
		assert_int_equal(
		    session_settle(d, &who, ATTEMPTS_FAILED, out), DB_OK);
	return b.begin;
}
