#include "db/redis_check.h"

#include "db/redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

/* Older ones have no INFO in scripts and other rules for time in them. */
#define OLDEST_VERSION 7
#define PATIENCE_S 3

/* The value of `name:value\r\n`, or NULL. */
static const char *
info_value(const char *info, const char *name)
{
	size_t len = strlen(name);
	const char *at = info;

	while ((at = strstr(at, name)) != NULL) {
		if (at[len] == ':' && (at == info || at[-1] == '\n'))
			return at + len + 1;
		at += len;
	}
	return NULL;
}

static bool
info_is(const char *info, const char *name, const char *wanted)
{
	const char *value = info_value(info, name);
	size_t len = strlen(wanted);

	return value != NULL && strncmp(value, wanted, len) == 0 &&
	       (value[len] == '\r' || value[len] == '\0');
}

bool
redis_keeps(const char *memory)
{
	return info_is(memory, "maxmemory_policy", "noeviction");
}

int
redis_login(const struct redis_options *o, const char *word[REDIS_LOGIN_WORDS])
{
	int words = 0;

	word[words++] = "AUTH";
	if (o->user != NULL)
		word[words++] = o->user;
	word[words++] = o->password;
	return words;
}

static redisContext *
check_connect(const struct redis_options *o)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };
	redisContext *c =
	    o->socket != NULL
		? redisConnectUnixWithTimeout(o->socket, patience)
		: redisConnectWithTimeout(o->host, o->port, patience);

	if (c != NULL && c->err == 0)
		redisSetTimeout(c, patience);
	return c;
}

redisReply *
redis_check_ask(
    redisContext *c, int words, const char **word, struct fault *why)
{
	redisReply *reply = redisCommandArgv(c, words, word, NULL);

	if (reply == NULL) {
		fault_set(why, "Redis does not answer: %s", c->errstr);
	} else if (reply->type == REDIS_REPLY_ERROR) {
		fault_set(why, "Redis refuses %s: %s", word[0], reply->str);
		freeReplyObject(reply);
		reply = NULL;
	}
	return reply;
}

static int
check_info(const char *info, struct fault *why)
{
	const char *version = info_value(info, "redis_version");

	if (version == NULL || strtol(version, NULL, 10) < OLDEST_VERSION)
		fault_set(why, "Redis is older than %d.0: install a newer one",
		    OLDEST_VERSION);
	else if (!redis_keeps(info))
		fault_set(why, "Redis evicts data when memory is full: "
			       "set maxmemory-policy noeviction");
	else if (!info_is(info, "aof_enabled", "1"))
		fault_set(why, "Redis forgets everything when it restarts: "
			       "set appendonly yes");
	else
		return 0;
	return -1;
}

static bool
log_in(redisContext *c, const struct redis_options *o, struct fault *why)
{
	const char *word[REDIS_LOGIN_WORDS];
	redisReply *reply;
	struct fault reason;

	if (o->password == NULL)
		return true;
	reply = redis_check_ask(c, redis_login(o, word), word, &reason);
	if (reply == NULL)
		return fault_set(why, "%s, as user %s", reason.text,
		    o->user != NULL ? o->user : "default");
	freeReplyObject(reply);
	return true;
}

redisContext *
redis_check_open(const struct redis_options *o, struct fault *why)
{
	redisContext *c = check_connect(o);

	if (c == NULL || c->err != 0)
		fault_set(why, "no connection to Redis at %s: %s",
		    o->socket != NULL ? o->socket : o->host,
		    c == NULL ? "out of memory" : c->errstr);
	else if (log_in(c, o, why))
		return c;
	if (c != NULL)
		redisFree(c);
	return NULL;
}

bool
redis_answers(const struct redis_options *o, struct fault *why)
{
	const char *ping[] = { "PING" };
	redisContext *c = check_connect(o);
	redisReply *reply = NULL;
	bool there;

	if (c != NULL && c->err == 0)
		reply = redisCommandArgv(c, 1, ping, NULL);
	if (reply == NULL)
		fault_set(why, "no Redis answers at %s: %s",
		    o->socket != NULL ? o->socket : o->host,
		    c == NULL ? "out of memory" : c->errstr);
	there = reply != NULL && (reply->type != REDIS_REPLY_ERROR ||
				     strncmp(reply->str, "LOADING", 7) != 0);
	if (reply != NULL && !there)
		fault_set(why, "Redis is still loading its data");
	if (reply != NULL)
		freeReplyObject(reply);
	if (c != NULL)
		redisFree(c);
	return there;
}

int
redis_check(const struct redis_options *o, struct fault *why)
{
	const char *info[] = { "INFO" };
	redisContext *c = redis_check_open(o, why);
	redisReply *reply;
	int rc = -1;

	if (c == NULL)
		return -1;
	reply = redis_check_ask(c, 1, info, why);
	if (reply != NULL && reply->type == REDIS_REPLY_STRING)
		rc = check_info(reply->str, why);
	else if (reply != NULL)
		fault_set(why, "Redis answers INFO with no text");
	if (reply != NULL)
		freeReplyObject(reply);
	redisFree(c);
	return rc;
}
