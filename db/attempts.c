/*
 * Puts words together for the scripts and reads their answers. Everything
 * that is decided is decided in db/scripts/, in one step of Redis.
 */
#include "db/attempts.h"

#include "base/clock.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "db/attempts_keys.h"
#include "db/redis.h"
#include "db/scripts.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum script {
	SCRIPT_ADDRESS,
	SCRIPT_ADDRESS_BACK,
	SCRIPT_BEGIN,
	SCRIPT_SETTLE,
	SCRIPT_NEW_CODE,
	SCRIPT_MAILED,
	SCRIPT_SPEND,
	SCRIPT_SUCCEED,
	SCRIPT_LIFT,
	SCRIPT_DROP_CODE,
	SCRIPT_COUNT,
};

/* All threads share them; they outlive every question. */
static struct redis_script scripts[SCRIPT_COUNT] = {
	[SCRIPT_ADDRESS] = { .name = "address", .lua = scripts_address },
	[SCRIPT_ADDRESS_BACK] = { .name = "address_back",
	    .lua = scripts_address_back },
	[SCRIPT_BEGIN] = { .name = "begin", .lua = scripts_begin },
	[SCRIPT_SETTLE] = { .name = "settle", .lua = scripts_settle },
	[SCRIPT_NEW_CODE] = { .name = "new_code", .lua = scripts_new_code },
	[SCRIPT_MAILED] = { .name = "mailed",
	    .lua = scripts_mailed,
	    .later = true },
	[SCRIPT_SPEND] = { .name = "spend", .lua = scripts_spend },
	[SCRIPT_SUCCEED] = { .name = "succeed", .lua = scripts_succeed },
	[SCRIPT_LIFT] = { .name = "lift", .lua = scripts_lift },
	[SCRIPT_DROP_CODE] = { .name = "drop_code", .lua = scripts_drop_code },
};

struct attempts {
	struct redis *redis;
	struct attempts_policy policy;
};

/* Keys and words of one run; numbers live in `room`. */
#define ARGS_MAX 12
struct words {
	struct attempts_keys keys;
	struct redis_argument at[ARGS_MAX];
	size_t count;
	char room[ARGS_MAX][24];
};

static void
init_scripts(void)
{
	for (size_t i = 0; i < SCRIPT_COUNT; i++)
		redis_script_init(&scripts[i]);
}

struct attempts *
attempts_new(struct redis *redis, const struct attempts_policy *policy)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct attempts *a = xcalloc(1, sizeof(*a));

	pthread_once(&once, init_scripts);
	a->redis = redis;
	a->policy = *policy;
	return a;
}

void
attempts_free(struct attempts *a)
{
	free(a);
}

bool
attempts_up(const struct attempts *a)
{
	return redis_up(a->redis);
}

/* --------------------------------------------------------------- asking */

static void
add_bytes(struct words *w, const void *bytes, size_t len)
{
	assert(w->count < ARGS_MAX);
	w->at[w->count++] = (struct redis_argument){ bytes, len };
}

static void
add_number(struct words *w, int64_t number)
{
	char *room = w->room[w->count];
	int len = snprintf(room, sizeof(w->room[0]), "%" PRId64, number);

	add_bytes(w, room, (size_t)len);
}

static void
add_address(struct words *w, const struct attempts_who *who)
{
	const char *address = who->address != NULL ? who->address : "";

	add_bytes(w, address, strlen(address));
}

/* What all scripts of an account begin with: db/scripts/account.lua. */
static void
begin(struct words *w, const struct attempts *a, const struct attempts_who *who)
{
	const struct lock_policy *lock = &a->policy.lock;

	attempts_keys_of(&w->keys, who);
	w->count = 0;
	add_bytes(w, w->keys.operation, strlen(w->keys.operation));
	add_number(w, clock_now_ms());
	add_number(w, w->keys.memory_s);
	add_number(w, lock->failures);
	add_number(w, (int64_t)lock->lock_s * 1000);
	add_number(w, lock->locks);
}

/* `answer` hears the script as its module. */
static struct call *
ask(struct attempts *a, enum script which, const struct words *w,
    redis_answer_fn *answer, void (*heard)(void), void *arg)
{
	struct redis_argument keys[ATTEMPTS_KEY_COUNT];

	for (size_t i = 0; i < ATTEMPTS_KEY_COUNT; i++)
		keys[i] = (struct redis_argument){ w->keys.key[i],
			strlen(w->keys.key[i]) };
	return redis_run(a->redis, &scripts[which], keys, ATTEMPTS_KEY_COUNT,
	    w->at, w->count, answer, DB_ASKER(&scripts[which], heard, arg));
}

#define ASK(a, which, w, answer, heard, arg)                                   \
	ask((a), (which), (w), (answer), (void (*)(void))(heard), (arg))

/* -------------------------------------------------------------- reading */

/* DB_DOWN; a script said what it cannot say. */
static enum db_rc
nonsense(const struct db_asker *q)
{
	const struct redis_script *script = q->module;
	struct log_line l;

	log_begin(&l, LOG_LINE_ERROR, "redis-nonsense");
	log_text(&l, "script", script->name);
	log_end(&l);
	return DB_DOWN;
}

#define TEXT_AT(i) (1u << (i))

/* An array of `count` integers, but for the `texts`. */
static bool
has_form(const redisReply *reply, size_t count, unsigned texts)
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != count)
		return false;
	for (size_t i = 0; i < count; i++) {
		int wanted = (texts & TEXT_AT(i)) != 0 ? REDIS_REPLY_STRING
						       : REDIS_REPLY_INTEGER;

		if (reply->element[i]->type != wanted)
			return false;
	}
	return true;
}

/*
 * DB_OK only for a reply of that form which begins with a number from 0 to
 * `most`. Where an answer is one of an enum, its scripts and header number it
 * alike.
 */
static enum db_rc
judge(const struct db_asker *q, enum db_rc rc, const redisReply *reply,
    size_t count, unsigned texts, long long most)
{
	if (rc != DB_OK)
		return rc;
	if (!has_form(reply, count, texts) || reply->element[0]->integer < 0 ||
	    reply->element[0]->integer > most)
		return nonsense(q);
	return DB_OK;
}

static long long
number(const redisReply *reply, size_t at)
{
	return reply->element[at]->integer;
}

/* Five numbers and a text from `at` on; see write_failures() in account.lua. */
static struct attempts_settled
read_settled(const redisReply *reply, size_t at)
{
	struct attempts_settled said = {
		.locked_now = number(reply, at) == 1,
		.lock_number = (unsigned)number(reply, at + 1),
		.locked_until = (time_t)(number(reply, at + 2) / 1000),
		.blocked = number(reply, at + 3) == 1,
		.failures = (unsigned)number(reply, at + 4),
	};

	snprintf(said.whence, sizeof(said.whence), "%s",
	    reply->element[at + 5]->str);
	return said;
}

/* -------------------------------------------------------------- address */

static void
on_address(const struct db_asker *q, enum db_rc rc, const redisReply *reply)
{
	struct attempts_address_answer said = { 0 };

	rc = judge(q, rc, reply, 2, 0, 1);
	if (rc == DB_OK) {
		said.allowed = number(reply, 0) == 1;
		said.retry_s = (unsigned)number(reply, 1);
	}
	((attempts_address_fn *)q->heard)(q->arg, rc, &said);
}

static struct call *
ask_of_address(struct attempts *a, enum script which, const char *address,
    const struct words *w, redis_answer_fn *answer, struct db_asker asker)
{
	char key[ATTEMPTS_KEY_SIZE];
	struct redis_argument at = { key, 0 };

	attempts_key_of_address(key, address);
	at.len = strlen(key);
	return redis_run(
	    a->redis, &scripts[which], &at, 1, w->at, w->count, answer, asker);
}

struct call *
attempts_address(struct attempts *a, const char *address,
    attempts_address_fn *answer, void *arg)
{
	struct words w = { .count = 0 };

	add_number(&w, a->policy.address_limit);
	add_number(&w, (int64_t)a->policy.address_window_s * 1000);
	return ask_of_address(a, SCRIPT_ADDRESS, address, &w, on_address,
	    DB_ASKER(&scripts[SCRIPT_ADDRESS], answer, arg));
}

/* ---------------------------------------------------- begin and settle */

static void
on_begin(const struct db_asker *q, enum db_rc rc, const redisReply *reply)
{
	/* Whoever overlooks the rc evaluates nothing. */
	struct attempts_begin_answer said = { .begin = ATTEMPTS_BUSY };

	rc = judge(q, rc, reply, 3, 0, ATTEMPTS_BUSY);
	if (rc == DB_OK) {
		said.begin = (enum attempts_begin)number(reply, 0);
		said.lock_number = (unsigned)number(reply, 1);
		said.locked_until = (time_t)(number(reply, 2) / 1000);
		said.blocked =
		    said.begin == ATTEMPTS_LOCKED && number(reply, 2) == 0;
	}
	((attempts_begin_fn *)q->heard)(q->arg, rc, &said);
}

struct call *
attempts_begin(struct attempts *a, const struct attempts_who *who,
    unsigned locks, attempts_begin_fn *answer, void *arg)
{
	struct words w;

	begin(&w, a, who);
	add_number(&w, locks);
	add_number(&w, ATTEMPTS_PLACE_LIFE_S * 1000);
	add_number(&w, redis_late_ms(a->redis));
	return ASK(a, SCRIPT_BEGIN, &w, on_begin, answer, arg);
}

static void
on_settled(const struct db_asker *q, enum db_rc rc, const redisReply *reply)
{
	struct attempts_settled said = { 0 };

	rc = judge(q, rc, reply, 6, TEXT_AT(5), 1);
	if (rc == DB_OK)
		said = read_settled(reply, 0);
	((attempts_settled_fn *)q->heard)(q->arg, rc, &said);
}

struct call *
attempts_settle(struct attempts *a, const struct attempts_who *who,
    enum attempts_outcome outcome, attempts_settled_fn *answer, void *arg)
{
	struct words w;

	begin(&w, a, who);
	add_number(&w, outcome == ATTEMPTS_NEUTRAL ? 0 : 1);
	add_address(&w, who);
	return ASK(a, SCRIPT_SETTLE, &w, on_settled, answer, arg);
}

/* ---------------------------------------------------------------- codes */

/* A moment in seconds, not before it was. */
static time_t
read_moment(const redisReply *reply, size_t at)
{
	return (time_t)((number(reply, at) + 999) / 1000);
}

static bool
read_mail(const redisReply *reply, struct attempts_mail_answer *said)
{
	said->mail = (enum attempts_mail)number(reply, 0);
	said->born = (time_t)(number(reply, 1) / 1000);
	said->again = read_moment(reply, 3);
	said->again_if_failed = read_moment(reply, 4);
	return said->mail == ATTEMPTS_MAIL_LIMIT ||
	       attempts_operation_read(said->code_id, reply->element[2]->str);
}

static void
on_mail(const struct db_asker *q, enum db_rc rc, const redisReply *reply)
{
	struct attempts_mail_answer said = { .mail = ATTEMPTS_MAIL_LIMIT };

	rc = judge(q, rc, reply, 5, TEXT_AT(2), ATTEMPTS_MAIL_LIMIT);
	if (rc == DB_OK && !read_mail(reply, &said))
		rc = nonsense(q);
	((attempts_mail_fn *)q->heard)(q->arg, rc, &said);
}

struct call *
attempts_new_code(struct attempts *a, const struct attempts_who *who,
    const struct digest *digest, bool anew, attempts_mail_fn *answer, void *arg)
{
	const struct code_policy *code = &a->policy.code;
	unsigned resend_s = anew ? code->spacing_s : code->resend_after_s;
	struct words w;

	begin(&w, a, who);
	add_bytes(&w, digest, sizeof(*digest));
	add_number(&w, (int64_t)code->life_s * 1000);
	add_number(&w, (int64_t)resend_s * 1000);
	add_number(&w, (int64_t)code->spacing_s * 1000);
	add_number(&w, code->per_hour);
	return ASK(a, SCRIPT_NEW_CODE, &w, on_mail, answer, arg);
}

static bool
read_code(const redisReply *reply, struct attempts_code_answer *said)
{
	said->code = (enum attempts_code)number(reply, 0);
	if (said->code != ATTEMPTS_CODE_WRONG)
		return attempts_operation_read(
		    said->code_id, reply->element[1]->str);
	said->tries_left = (unsigned)number(reply, 2);
	said->settled = read_settled(reply, 3);
	return true;
}

static void
on_code(const struct db_asker *q, enum db_rc rc, const redisReply *reply)
{
	struct attempts_code_answer said = { .code = ATTEMPTS_CODE_WRONG };

	rc = judge(
	    q, rc, reply, 9, TEXT_AT(1) | TEXT_AT(8), ATTEMPTS_CODE_AGAIN);
	if (rc == DB_OK && !read_code(reply, &said)) {
		said = (struct attempts_code_answer){ 0 };
		rc = nonsense(q);
	}
	((attempts_code_fn *)q->heard)(q->arg, rc, &said);
}

struct call *
attempts_spend(struct attempts *a, const struct attempts_who *who,
    const struct digest *code_digest, const struct digest *csr_digest,
    bool spend, attempts_code_fn *answer, void *arg)
{
	struct words w;

	begin(&w, a, who);
	add_bytes(&w, code_digest, sizeof(*code_digest));
	add_bytes(&w, csr_digest, sizeof(*csr_digest));
	add_number(&w, spend ? 1 : 0);
	add_number(&w, (int64_t)a->policy.code.life_s * 1000);
	add_address(&w, who);
	return ASK(a, SCRIPT_SPEND, &w, on_code, answer, arg);
}

/* ------------------------------------------------- what is only done */

static void
on_done(const struct db_asker *q, enum db_rc rc, const redisReply *reply)
{
	((attempts_done_fn *)q->heard)(
	    q->arg, judge(q, rc, reply, 1, 0, LLONG_MAX));
}

struct call *
attempts_address_back(
    struct attempts *a, const char *address, attempts_done_fn *done, void *arg)
{
	const struct words none = { .count = 0 };

	return ask_of_address(a, SCRIPT_ADDRESS_BACK, address, &none, on_done,
	    DB_ASKER(&scripts[SCRIPT_ADDRESS_BACK], done, arg));
}

static struct call *
ask_done(struct attempts *a, enum script which, const struct attempts_who *who,
    attempts_done_fn *done, void *arg)
{
	struct words w;

	begin(&w, a, who);
	return ASK(a, which, &w, on_done, done, arg);
}

struct call *
attempts_mailed(struct attempts *a, const struct attempts_who *who,
    attempts_done_fn *done, void *arg)
{
	return ask_done(a, SCRIPT_MAILED, who, done, arg);
}

struct call *
attempts_succeed(struct attempts *a, const struct attempts_who *who,
    attempts_done_fn *done, void *arg)
{
	return ask_done(a, SCRIPT_SUCCEED, who, done, arg);
}

struct call *
attempts_lift(struct attempts *a, const struct attempts_who *who,
    attempts_done_fn *done, void *arg)
{
	return ask_done(a, SCRIPT_LIFT, who, done, arg);
}

/* `code_id` in hexadecimal; empty: whichever there is. */
static struct call *
drop(struct attempts *a, const struct attempts_who *who, const char *code_id,
    attempts_done_fn *done, void *arg)
{
	struct words w;

	begin(&w, a, who);
	add_bytes(&w, code_id, strlen(code_id));
	return ASK(a, SCRIPT_DROP_CODE, &w, on_done, done, arg);
}

struct call *
attempts_drop_code(struct attempts *a, const struct attempts_who *who,
    attempts_done_fn *done, void *arg)
{
	return drop(a, who, "", done, arg);
}

struct call *
attempts_drop_failed(struct attempts *a, const struct attempts_who *who,
    const unsigned char code_id[ATTEMPTS_OPERATION_SIZE],
    attempts_done_fn *done, void *arg)
{
	char hex[2 * ATTEMPTS_OPERATION_SIZE + 1];

	hex_write(hex, code_id, ATTEMPTS_OPERATION_SIZE);
	return drop(a, who, hex, done, arg);
}
