/*
 * asker - what the tests of db/pg share: a connection of the owner with a few
 * statements, and what was heard of each question.
 */
#ifndef TESTS_DB_ASKER_H
#define TESTS_DB_ASKER_H

#include "db/pg.h"

#define ASKER_WAITING_MAX 64

enum asker_statement {
	ASKER_ECHO,	 /* the number */
	ASKER_DIVIDE,	 /* 1 by the number */
	ASKER_SLEEP,	 /* milliseconds */
	ASKER_PID,	 /* of the server's process */
	ASKER_INSERT,	 /* the number, into scratch, where it is unique */
	ASKER_FIND,	 /* it there */
	ASKER_BYTES,	 /* the bytes */
	ASKER_READ_ONLY, /* makes the session read-only */
};

/* One question and what was heard. */
struct asker_heard {
	bool came;
	unsigned times;
	unsigned place; /* of this answer among all */
	enum db_rc rc;
	int64_t value;
};

extern struct pg *asker_pg;
extern unsigned asker_answers; /* so far, in this test */
extern unsigned asker_rung;
extern unsigned asker_ups;

int asker_begin_group(void **state);
int asker_begin(void **state);
int asker_end(void **state);

/* Another connection, and the wait for it. */
struct pg *asker_open(const char *conninfo);
void asker_wait_up(const struct pg *);

struct call *asker_ask(
    enum asker_statement, int64_t value, struct asker_heard *);
struct call *asker_ask_of(
    struct pg *, enum asker_statement, int64_t value, struct asker_heard *);
/* Asks and waits. */
enum db_rc asker_answer(enum asker_statement, int64_t value);
int64_t asker_backend(void);

void asker_add(struct pg_batch *, enum asker_statement, int64_t value,
    struct asker_heard *);
/* The callback of a batch; its argument is a struct asker_heard. */
void asker_done(void *arg, enum db_rc rc);

#endif
