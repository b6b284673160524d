/*
 * private_redis - a Redis server of a test's own, on a Unix socket in a
 * folder of its own, to be broken at will. Ends with the process at the
 * latest.
 */
#ifndef TESTS_DB_PRIVATE_REDIS_H
#define TESTS_DB_PRIVATE_REDIS_H

#include <stdbool.h>

/* `settings` are further lines of redis.conf, or NULL. Waits for PONG. */
void private_redis_start(const char *settings);
/* The same without waiting: the server may still be loading. */
void private_redis_launch(const char *settings);
void private_redis_kill(void);	 /* SIGKILL; the data stay */
void private_redis_forget(void); /* kills it and removes the data */
void private_redis_signal(int number);

const char *private_redis_socket(void);

/*
 * One command; each %s is one word. The reply as text, valid until the next
 * one: a string, a number in decimal, "(nil)", "(3)" for three, or an error.
 */
const char *private_redis_ask(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
/* The same with words split at spaces. */
const char *private_redis_line(const char *line);

#endif
