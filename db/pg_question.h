/*
 * pg_question - what stands between an asker and its answer, for db/pg.c.
 */
#ifndef DB_PG_QUESTION_H
#define DB_PG_QUESTION_H

#include <sys/queue.h>

#include "db/pg.h"

struct pg_part {
	pg_answer_fn *answer; /* or NULL */
	struct db_asker asker;
	PGresult *result; /* once it has come; owned */
};

struct pg_question {
	struct call call; /* first: the asker's pointer */
	STAILQ_ENTRY(pg_question) link;
	struct pg *pg;
	int64_t deadline_us;
	enum db_rc rc; /* of the whole; DB_OK until something went wrong */
	bool refused;  /* never sent */
	void (*done)(void *arg, enum db_rc rc);
	void *arg;
	size_t count; /* statements */
	size_t heard; /* of them, how many have their result */
	size_t room;
	struct pg_part *part;
	struct pg_part one; /* room for the usual case */
};

STAILQ_HEAD(pg_queue, pg_question); /* the oldest first */

/* Without statements; pg_question_tell() frees it. NULL: no memory. */
struct pg_question *pg_question_new(struct pg *);
/* One statement more; `answer` may be NULL. False: no memory, from the second
 * on. */
bool pg_question_add(
    struct pg_question *, pg_answer_fn *answer, struct db_asker);
/* Calls everybody back who has not gone, and frees it. */
void pg_question_tell(struct pg_question *);

#endif
