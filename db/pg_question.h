/*
 * pg_question - what stands between an asker and its answer, for db/pg.c.
 */
#ifndef DB_PG_QUESTION_H
#define DB_PG_QUESTION_H

#include "db/pg.h"

struct part {
	pg_answer_fn *answer; /* or NULL */
	void *arg;
	PGresult *result; /* once it has come; owned */
};

struct question {
	struct call call; /* first: the asker's pointer */
	struct question *next;
	struct pg *pg;
	int64_t deadline_us;
	enum db_rc rc; /* of the whole; DB_OK until something went wrong */
	bool refused;  /* never sent */
	void (*done)(void *arg, enum db_rc rc);
	void *arg;
	size_t count; /* statements */
	size_t heard; /* of them, how many have their result */
	size_t room;
	struct part *part;
	struct part one; /* room for the usual case */
};

struct question *question_new(struct pg *);
void question_add(struct question *, pg_answer_fn *answer, void *arg);
/* Calls everybody back who has not gone, and frees it. */
void question_tell(struct question *);

/* First in, first out. */
struct queue {
	struct question *head, **tail;
};

void queue_clear(struct queue *);
void queue_push(struct queue *, struct question *);
struct question *queue_pop(struct queue *); /* NULL when empty */

#endif
