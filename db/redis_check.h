/*
 * redis_check - is this server set up to keep what it is given?
 */
#ifndef DB_REDIS_CHECK_H
#define DB_REDIS_CHECK_H

#include <hiredis/hiredis.h>
#include <stdbool.h>

#include "base/fault.h"
#include "db/redis.h"

#define REDIS_LOGIN_WORDS 3
/* The words that log in there; how many. There is a password. */
int redis_login(
    const struct redis_options *, const char *word[REDIS_LOGIN_WORDS]);

/* Blocking, logged in; NULL and `why`. Free it with redisFree(). */
redisContext *redis_check_open(const struct redis_options *, struct fault *why);
/* The reply, or NULL and `why`: also where Redis refuses. */
redisReply *redis_check_ask(
    redisContext *, int words, const char **word, struct fault *why);

/* `memory` is the answer to INFO memory: nothing is evicted (F-32). */
bool redis_keeps(const char *memory);

#endif
