/*
 * echo - questions to Redis whose answers are known: the script gives back
 * what it was sent.
 */
#ifndef TESTS_DB_ECHO_H
#define TESTS_DB_ECHO_H

#include "tests/db/session.h"

extern struct session echo_desk;
extern struct redis_script echo_script; /* reads nothing */
extern struct redis_script echo_writer; /* writes first */
extern struct redis_script echo_later;	/* as the first, and not at once */

/* One question of a test: what it sent, and what came. */
struct echo {
	char text[16];
	struct call *call;
	unsigned answers;
	enum db_rc rc;
	bool own; /* the answer is the one to this question */
	bool *last;
	struct session *close; /* in the answer */
};

void echo_ask(struct echo *, unsigned number);
void echo_ask_later(struct echo *, unsigned number);
/* Asks and waits for the one answer; returns its rc. */
enum db_rc echo_try(const struct redis_script *);

/* A server and a session for each test. */
int echo_open(void **state);
int echo_open_nothing(void **state); /* the server is gone again */
int echo_close(void **state);

#endif
