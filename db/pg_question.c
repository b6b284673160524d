#include "db/pg_question.h"

#include <stdlib.h>
#include <string.h>

struct pg_question *
pg_question_new(struct pg *pg)
{
	struct pg_question *q = calloc(1, sizeof *q);

	if (q == NULL)
		return NULL;
	q->pg = pg;
	q->part = &q->one;
	q->room = 1;
	return q;
}

static bool
grow(struct pg_question *q)
{
	size_t room = q->room * 4;
	struct pg_part *more = calloc(room, sizeof *more);

	if (more == NULL)
		return false;
	memcpy(more, q->part, q->count * sizeof *more);
	if (q->part != &q->one)
		free(q->part);
	q->part = more;
	q->room = room;
	return true;
}

bool
pg_question_add(
    struct pg_question *q, pg_answer_fn *answer, struct db_asker asker)
{
	if (q->count == q->room && !grow(q))
		return false;
	q->part[q->count++] =
	    (struct pg_part){ .answer = answer, .asker = asker };
	return true;
}

static void
tell_part(const struct pg_question *q, const struct pg_part *p)
{
	enum db_rc rc = q->rc;

	if (rc == DB_OK && PQresultStatus(p->result) == PGRES_TUPLES_OK &&
	    PQntuples(p->result) == 0)
		rc = DB_NONE;
	p->answer(&p->asker, rc, rc == DB_OK ? p->result : NULL);
}

void
pg_question_tell(struct pg_question *q)
{
	for (size_t i = 0; i < q->count && !q->call.forgotten; i++)
		if (q->part[i].answer != NULL)
			tell_part(q, &q->part[i]);
	if (q->done != NULL && !q->call.forgotten)
		q->done(q->arg, q->rc);
	for (size_t i = 0; i < q->heard; i++)
		PQclear(q->part[i].result);
	if (q->part != &q->one)
		free(q->part);
	free(q);
}
