/*
 * Puts words together for the scripts and reads their answers. Everything
 * that is decided is decided in db/scripts/, in one step of Redis.
 */
#include "db/attempts.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "db/attempts_keys.h"
#include "db/redis.h"
#include "db/scripts.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A place that is taken later than this is one that nobody will use. */
#define PATIENCE_MS 2000

enum script {
	SCRIPT_ADDRESS,
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
	[SCRIPT_BEGIN] = { .name = "begin", .lua = scripts_begin },
	[SCRIPT_SETTLE] = { .name = "settle", .lua = scripts_settle },
	[SCRIPT_NEW_CODE] = { .name = "new_code", .lua = scripts_new_code },
	[SCRIPT_MAILED] = { .name = "mailed", .lua = scripts_mailed },
	[SCRIPT_SPEND] = { .name = "spend", .lua = scripts_spend },
	[SCRIPT_SUCCEED] = { .name = "succeed", .lua = scripts_succeed },
	[SCRIPT_LIFT] = { .name = "lift", .lua = scripts_lift },
	[SCRIPT_DROP_CODE] = { .name = "drop_code", .lua = scripts_drop_code },
};

struct attempts {
	struct redis *redis;
	struct attempts_policy policy;
};

/* One question: who asked, and how its answer is read. */
struct asked {
	struct call call;
	const struct redis_script *script;
	/* Judges and tells. False: the answer makes no sense, nothing told. */
	bool (*tell)(const struct asked *, const redisReply *);
	void (*tell_down)(const struct asked *);
	union {
		attempts_address_fn *address;
		attempts_begin_fn *begin;
		attempts_settled_fn *settled;
		attempts_mail_fn *mail;
		attempts_code_fn *code;
		attempts_done_fn *done;
	} fn;
	void *arg;
};

/* Words of one run; numbers live in `room`. */
#define ARGS_MAX 12
struct words {
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
on_answer(void *arg, enum db_rc rc, const redisReply *reply)
{
	struct asked *q = arg;
	struct log_line l;

	if (q->call.forgotten) {
		free(q);
		return;
	}
	if (rc != DB_OK) {
		q->tell_down(q);
	} else if (!q->tell(q, reply)) {
		log_begin(&l, LOG_LINE_ERROR, "redis nonsense");
		log_text(&l, "script", q->script->name);
		log_end(&l);
		q->tell_down(q);
	}
	free(q);
}

static struct call *
ask(struct attempts *a, enum script which, const struct asked *question,
    const struct redis_argument *keys, size_t key_count, const struct words *w)
{
	struct asked *q = xmalloc(sizeof(*q));

	*q = *question;
	q->script = &scripts[which];
	redis_run(a->redis, q->script, keys, key_count, w->at, w->count,
	    on_answer, q);
	return &q->call;
}

/* What all scripts of an account begin with: db/scripts/account.lua. */
static void
add_common(
    struct words *w, const struct attempts *a, const struct attempts_keys *keys)
{
	const struct lock_policy *lock = &a->policy.lock;

	w->count = 0;
	add_bytes(w, keys->operation, strlen(keys->operation));
	add_number(w, clock_now_ms());
	add_number(w, keys->memory_s);
	add_number(w, lock->failures);
	add_number(w, (int64_t)lock->lock_s * 1000);
	add_number(w, lock->locks);
}

static struct call *
ask_account(struct attempts *a, enum script which, const struct asked *question,
    const struct attempts_keys *keys, const struct words *w)
{
	struct redis_argument at[ATTEMPTS_KEY_COUNT];

	for (size_t i = 0; i < ATTEMPTS_KEY_COUNT; i++)
		at[i] = (struct redis_argument){ keys->key[i],
			strlen(keys->key[i]) };
	return ask(a, which, question, at, ATTEMPTS_KEY_COUNT, w);
}

/* -------------------------------------------------------------- reading */

/* The reply is an array of `count` integers, word `text` excepted (or -1). */
static bool
has_form(const redisReply *reply, size_t count, int text)
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != count)
		return false;
	for (size_t i = 0; i < count; i++) {
		int wanted =
		    (int)i == text ? REDIS_REPLY_STRING : REDIS_REPLY_INTEGER;

		if (reply->element[i]->type != wanted)
			return false;
	}
	return true;
}

static long long
number(const redisReply *reply, size_t at)
{
	return reply->element[at]->integer;
}

/* Four numbers from `at` on; see write_failures() in account.lua. */
static struct attempts_settled
read_settled(const redisReply *reply, size_t at)
{
	return (struct attempts_settled){
		.locked_now = number(reply, at) == 1,
		.lock_number = (unsigned)number(reply, at + 1),
		.locked_until = (time_t)(number(reply, at + 2) / 1000),
		.blocked = number(reply, at + 3) == 1,
	};
}

/* -------------------------------------------------------------- address */

static bool
tell_address(const struct asked *q, const redisReply *reply)
{
	struct attempts_address_answer said;

	if (!has_form(reply, 2, -1))
		return false;
	said.allowed = number(reply, 0) == 1;
	said.retry_s = (unsigned)number(reply, 1);
	q->fn.address(q->arg, DB_OK, &said);
	return true;
}

static void
tell_address_down(const struct asked *q)
{
	q->fn.address(q->arg, DB_DOWN, &(struct attempts_address_answer){ 0 });
}

struct call *
attempts_address(struct attempts *a, const char *address,
    attempts_address_fn *answer, void *arg)
{
	struct asked q = { .tell = tell_address,
		.tell_down = tell_address_down,
		.fn.address = answer,
		.arg = arg };
	char key[ATTEMPTS_KEY_SIZE];
	struct redis_argument at = { key, 0 };
	struct words w = { .count = 0 };

	attempts_key_of_address(key, address);
	at.len = strlen(key);
	add_number(&w, a->policy.address_limit);
	add_number(&w, (int64_t)a->policy.address_window_s * 1000);
	return ask(a, SCRIPT_ADDRESS, &q, &at, 1, &w);
}

/* ---------------------------------------------------- begin and settle */

static bool
tell_begin(const struct asked *q, const redisReply *reply)
{
	static const enum attempts_begin begins[] = { ATTEMPTS_GO,
		ATTEMPTS_LOCKED, ATTEMPTS_BUSY };
	struct attempts_begin_answer said = { 0 };

	if (!has_form(reply, 3, -1) || number(reply, 0) < 0 ||
	    number(reply, 0) > 2)
		return false;
	said.begin = begins[number(reply, 0)];
	said.lock_number = (unsigned)number(reply, 1);
	said.locked_until = (time_t)(number(reply, 2) / 1000);
	said.blocked = said.begin == ATTEMPTS_LOCKED && number(reply, 2) == 0;
	q->fn.begin(q->arg, DB_OK, &said);
	return true;
}

static void
tell_begin_down(const struct asked *q)
{
	/* Whoever overlooks the rc evaluates nothing. */
	q->fn.begin(q->arg, DB_DOWN,
	    &(struct attempts_begin_answer){ .begin = ATTEMPTS_BUSY });
}

struct call *
attempts_begin(struct attempts *a, const struct attempts_who *who,
    unsigned locks, attempts_begin_fn *answer, void *arg)
{
	struct asked q = { .tell = tell_begin,
		.tell_down = tell_begin_down,
		.fn.begin = answer,
		.arg = arg };
	struct attempts_keys keys;
	struct words w;

	attempts_keys_of(&keys, who->user_id, who->operation);
	add_common(&w, a, &keys);
	add_number(&w, locks);
	add_number(&w, ATTEMPTS_PLACE_LIFE_S * 1000);
	add_number(&w, redis_now_ms(a->redis) + PATIENCE_MS);
	return ask_account(a, SCRIPT_BEGIN, &q, &keys, &w);
}

static bool
tell_settled(const struct asked *q, const redisReply *reply)
{
	struct attempts_settled said;

	if (!has_form(reply, 4, -1))
		return false;
	said = read_settled(reply, 0);
	q->fn.settled(q->arg, DB_OK, &said);
	return true;
}

static void
tell_settled_down(const struct asked *q)
{
	q->fn.settled(q->arg, DB_DOWN, &(struct attempts_settled){ 0 });
}

struct call *
attempts_settle(struct attempts *a, const struct attempts_who *who,
    enum attempts_outcome outcome, attempts_settled_fn *answer, void *arg)
{
	struct asked q = { .tell = tell_settled,
		.tell_down = tell_settled_down,
		.fn.settled = answer,
		.arg = arg };
	struct attempts_keys keys;
	struct words w;

	attempts_keys_of(&keys, who->user_id, who->operation);
	add_common(&w, a, &keys);
	add_number(&w, outcome == ATTEMPTS_NEUTRAL ? 0 : 1);
	return ask_account(a, SCRIPT_SETTLE, &q, &keys, &w);
}

/* ---------------------------------------------------------------- codes */

static bool
tell_mail(const struct asked *q, const redisReply *reply)
{
	static const enum attempts_mail mails[] = { ATTEMPTS_MAIL_NEW,
		ATTEMPTS_MAIL_RECENT, ATTEMPTS_MAIL_LIMIT };

	if (!has_form(reply, 1, -1) || number(reply, 0) < 0 ||
	    number(reply, 0) > 2)
		return false;
	q->fn.mail(q->arg, DB_OK, mails[number(reply, 0)]);
	return true;
}

static void
tell_mail_down(const struct asked *q)
{
	q->fn.mail(q->arg, DB_DOWN, ATTEMPTS_MAIL_LIMIT);
}

struct call *
attempts_new_code(struct attempts *a, const struct attempts_who *who,
    const struct digest *digest, attempts_mail_fn *answer, void *arg)
{
	const struct code_policy *code = &a->policy.code;
	struct asked q = { .tell = tell_mail,
		.tell_down = tell_mail_down,
		.fn.mail = answer,
		.arg = arg };
	struct attempts_keys keys;
	struct words w;

	attempts_keys_of(&keys, who->user_id, who->operation);
	add_common(&w, a, &keys);
	add_bytes(&w, digest, sizeof(*digest));
	add_number(&w, (int64_t)code->life_s * 1000);
	add_number(&w, (int64_t)code->resend_after_s * 1000);
	add_number(&w, (int64_t)code->spacing_s * 1000);
	add_number(&w, code->per_hour);
	return ask_account(a, SCRIPT_NEW_CODE, &q, &keys, &w);
}

static bool
tell_code(const struct asked *q, const redisReply *reply)
{
	static const enum attempts_code codes[] = { ATTEMPTS_CODE_WRONG,
		ATTEMPTS_CODE_RIGHT, ATTEMPTS_CODE_AGAIN };
	struct attempts_code_answer said = { 0 };

	if (!has_form(reply, 6, 1) || number(reply, 0) < 0 ||
	    number(reply, 0) > 2)
		return false;
	said.code = codes[number(reply, 0)];
	if (said.code == ATTEMPTS_CODE_WRONG)
		said.settled = read_settled(reply, 2);
	else if (!attempts_operation_read(said.code_id, reply->element[1]->str))
		return false;
	q->fn.code(q->arg, DB_OK, &said);
	return true;
}

static void
tell_code_down(const struct asked *q)
{
	q->fn.code(q->arg, DB_DOWN,
	    &(struct attempts_code_answer){ .code = ATTEMPTS_CODE_WRONG });
}

struct call *
attempts_spend(struct attempts *a, const struct attempts_who *who,
    const struct digest *code_digest, const struct digest *csr_digest,
    bool spend, attempts_code_fn *answer, void *arg)
{
	struct asked q = { .tell = tell_code,
		.tell_down = tell_code_down,
		.fn.code = answer,
		.arg = arg };
	struct attempts_keys keys;
	struct words w;

	attempts_keys_of(&keys, who->user_id, who->operation);
	add_common(&w, a, &keys);
	add_bytes(&w, code_digest, sizeof(*code_digest));
	add_bytes(&w, csr_digest, sizeof(*csr_digest));
	add_number(&w, spend ? 1 : 0);
	add_number(&w, (int64_t)a->policy.code.life_s * 1000);
	return ask_account(a, SCRIPT_SPEND, &q, &keys, &w);
}

/* ------------------------------------------------- what is only done */

static bool
tell_done(const struct asked *q, const redisReply *reply)
{
	if (!has_form(reply, 1, -1))
		return false;
	q->fn.done(q->arg, DB_OK);
	return true;
}

static void
tell_done_down(const struct asked *q)
{
	q->fn.done(q->arg, DB_DOWN);
}

static struct call *
ask_done(struct attempts *a, enum script which, const struct attempts_who *who,
    attempts_done_fn *done, void *arg)
{
	struct asked q = { .tell = tell_done,
		.tell_down = tell_done_down,
		.fn.done = done,
		.arg = arg };
	struct attempts_keys keys;
	struct words w;

	attempts_keys_of(&keys, who->user_id, who->operation);
	add_common(&w, a, &keys);
	return ask_account(a, which, &q, &keys, &w);
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
attempts_lift(
    struct attempts *a, const char *user_id, attempts_done_fn *done, void *arg)
{
	return ask_done(a, SCRIPT_LIFT,
	    &(struct attempts_who){ .user_id = user_id }, done, arg);
}

struct call *
attempts_drop_code(
    struct attempts *a, const char *user_id, attempts_done_fn *done, void *arg)
{
	return ask_done(a, SCRIPT_DROP_CODE,
	    &(struct attempts_who){ .user_id = user_id }, done, arg);
}
