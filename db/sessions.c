#include "db/sessions.h"

#include "db/redis.h"
#include "db/scripts.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define KEY "koshin:session:%s"
#define KEY_SIZE (sizeof(KEY) + DIGEST_HEX_SIZE)
#define NUMBER_SIZE 24

enum script {
	SCRIPT_GET,
	SCRIPT_PUT,
	SCRIPT_DROP,
	SCRIPTS,
};

/* All threads share them; they outlive every question. */
static struct redis_script scripts[SCRIPTS] = {
	[SCRIPT_GET] = { .name = "session_get", .lua = scripts_session_get },
	[SCRIPT_PUT] = { .name = "session_put", .lua = scripts_session_put },
	[SCRIPT_DROP] = { .name = "session_drop", .lua = scripts_session_drop },
};

static void
init_scripts(void)
{
	for (int i = 0; i < SCRIPTS; i++)
		redis_script_init(&scripts[i]);
}

static struct call *
ask(struct redis *redis, enum script which, const struct digest *id,
    const struct redis_argument *args, size_t count, redis_answer_fn *answer,
    struct db_asker asker)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	char hex[DIGEST_HEX_SIZE], text[KEY_SIZE];
	struct redis_argument key = { text, 0 };

	pthread_once(&once, init_scripts);
	digest_write(id, hex);
	key.len = (size_t)snprintf(text, sizeof(text), KEY, hex);
	return redis_run(
	    redis, &scripts[which], &key, 1, args, count, answer, asker);
}

static struct redis_argument
milliseconds(unsigned seconds, char out[NUMBER_SIZE])
{
	int len = snprintf(out, NUMBER_SIZE, "%u000", seconds);

	return (struct redis_argument){ out, (size_t)len };
}

static void
on_text(const struct db_asker *q, enum db_rc rc, const redisReply *reply)
{
	sessions_text_fn *answer = (sessions_text_fn *)q->heard;

	if (rc == DB_OK && reply->type != REDIS_REPLY_STRING)
		rc = DB_DOWN;
	if (rc == DB_OK && reply->len == 0)
		rc = DB_NONE;
	if (rc == DB_OK)
		answer(q->arg, DB_OK, reply->str, reply->len);
	else
		answer(q->arg, rc, NULL, 0);
}

struct call *
sessions_get(struct redis *redis, const struct digest *id, unsigned idle_s,
    sessions_text_fn *answer, void *arg)
{
	char number[NUMBER_SIZE];
	struct redis_argument idle = milliseconds(idle_s, number);

	return ask(redis, SCRIPT_GET, id, &idle, 1, on_text,
	    DB_ASKER(NULL, answer, arg));
}

static void
on_done(const struct db_asker *q, enum db_rc rc, const redisReply *reply)
{
	if (rc == DB_OK && reply->type != REDIS_REPLY_INTEGER)
		rc = DB_DOWN;
	if (rc == DB_OK && reply->integer == 0)
		rc = DB_NONE;
	((sessions_done_fn *)q->heard)(q->arg, rc);
}

struct call *
sessions_put(struct redis *redis, const struct digest *id,
    const struct sessions_text *text, sessions_done_fn *done, void *arg)
{
	char number[NUMBER_SIZE];
	struct redis_argument args[] = {
		{ text->at, text->len },
		milliseconds(text->idle_s, number),
		{ text->begins ? "1" : "0", 1 },
	};

	return ask(
	    redis, SCRIPT_PUT, id, args, 3, on_done, DB_ASKER(NULL, done, arg));
}

struct call *
sessions_drop(struct redis *redis, const struct digest *id,
    sessions_done_fn *done, void *arg)
{
	return ask(redis, SCRIPT_DROP, id, NULL, 0, on_done,
	    DB_ASKER(NULL, done, arg));
}
