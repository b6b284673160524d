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

/* The reply, or NULL with the reason in `why`. */
static redisReply *
check_ask(redisContext *c, int words, const char **word, struct fault *why)
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

static int
check_all(redisContext *c, const char *password, struct fault *why)
{
	const char *login[] = { "AUTH", password };
	const char *info[] = { "INFO" };
	redisReply *reply;
	int rc;

	if (password != NULL) {
		reply = check_ask(c, 2, login, why);
		if (reply == NULL)
			return -1;
		freeReplyObject(reply);
	}
	reply = check_ask(c, 1, info, why);
	if (reply == NULL)
		return -1;
	rc = -1;
	if (reply->type == REDIS_REPLY_STRING)
		rc = check_info(reply->str, why);
	else
		fault_set(why, "Redis answers INFO with no text");
	freeReplyObject(reply);
	return rc;
}

int
redis_check(const struct redis_options *o, struct fault *why)
{
	redisContext *c = check_connect(o);
	int rc = -1;

	if (c == NULL || c->err != 0)
		fault_set(why, "no connection to Redis at %s: %s",
		    o->socket != NULL ? o->socket : o->host,
		    c == NULL ? "out of memory" : c->errstr);
	else
		rc = check_all(c, o->password, why);
	if (c != NULL)
		redisFree(c);
	return rc;
}
