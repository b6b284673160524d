#include "tests/db/echo.h"

#include "tests/db/private_redis.h"
#include "tests/lib/test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

struct session echo_desk;
struct redis_script echo_script = { .name = "echo", .lua = "return ARGV[1]" };
struct redis_script echo_later = {
	.name = "later",
	.lua = "return ARGV[1]",
	.later = true,
};
struct redis_script echo_writer = {
	.name = "writer",
	.lua = "redis.call('SET', 'x', '1') return ARGV[1]",
};

static void
on_echo(const struct db_asker *asker, enum db_rc rc, const redisReply *reply)
{
	struct echo *a = asker->arg;

	a->answers++;
	a->rc = rc;
	a->own = rc == DB_OK && reply->type == REDIS_REPLY_STRING &&
		 strcmp(reply->str, a->text) == 0;
	if (rc != DB_OK)
		assert_null(reply);
	if (a->last != NULL)
		*a->last = true;
	if (a->close != NULL) {
		redis_close(a->close->redis);
		a->close->redis = NULL;
	}
}

static void
echo_ask_with(
    struct echo *a, const struct redis_script *script, unsigned number)
{
	struct redis_argument word = { a->text, 0 };

	snprintf(a->text, sizeof(a->text), "%u", number);
	word.len = strlen(a->text);
	a->call = redis_run(echo_desk.redis, script, NULL, 0, &word, 1, on_echo,
	    DB_ASKER(NULL, NULL, a));
	assert_non_null(a->call);
}

void
echo_ask(struct echo *a, unsigned number)
{
	echo_ask_with(a, &echo_script, number);
}

void
echo_ask_later(struct echo *a, unsigned number)
{
	echo_ask_with(a, &echo_later, number);
}

/* One question; its answer's rc. */
enum db_rc
echo_try(const struct redis_script *script)
{
	bool done = false;
	struct echo a = { .last = &done };

	echo_ask_with(&a, script, 7);
	assert_int_equal(a.answers, 0); /* never before redis_run returns */
	session_until(&echo_desk, &done);
	assert_int_equal(a.answers, 1);
	assert_int_equal(a.own, a.rc == DB_OK);
	return a.rc;
}

int
echo_open(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	redis_script_init(&echo_script);
	redis_script_init(&echo_later);
	redis_script_init(&echo_writer);
	private_redis_start(NULL);
	session_open(&echo_desk, private_redis_socket());
	session_until_up(&echo_desk, true);
	return 0;
}

/* Without a server; a test starts its own. */
int
echo_open_nothing(void **state)
{
	echo_open(state);
	private_redis_kill();
	session_until_up(&echo_desk, false);
	return 0;
}

int
echo_close(void **state)
{
	(void)state;
	session_close(&echo_desk);
	private_redis_forget();
	return 0;
}
