/*
 * redis_question - one run of a script, from redis_run() to its answer. Inside
 * of db/redis.c; nobody else needs it.
 *
 * It holds a copy of all words, because a server that does not know the
 * script has to be sent everything again.
 */
#ifndef DB_REDIS_QUESTION_H
#define DB_REDIS_QUESTION_H

#include "db/redis.h"

#include <sys/queue.h>

struct loop_timer;
struct redis_waiting;

/* EVALSHA sha1 key-count keys... arguments... */
#define REDIS_QUESTION_HEAD 3
#define REDIS_QUESTION_WORDS_MAX (REDIS_QUESTION_HEAD + 24)

struct redis_question {
	struct call call;
	/* NULL: answered, hiredis still has a pointer. */
	struct redis_waiting *among;
	TAILQ_ENTRY(redis_question) link;
	int64_t late_us;	  /* when its patience ends */
	struct loop_timer *never; /* could not be sent: answers DB_DOWN */
	const struct redis_script *script;
	redis_answer_fn *answer;
	struct db_asker asker;
	bool whole_script; /* EVAL was sent */
	int words;
	const char *word[REDIS_QUESTION_WORDS_MAX];
	size_t length[REDIS_QUESTION_WORDS_MAX];
	char count[24]; /* of keys, as text */
	size_t size;	/* of `bytes` */
	char bytes[];	/* keys and arguments */
};

/* Copies keys and arguments; the script must outlive it. NULL: no memory. */
struct redis_question *redis_question_new(const struct redis_script *,
    const struct redis_argument *keys, size_t key_count,
    const struct redis_argument *args, size_t arg_count);
void redis_question_free(struct redis_question *); /* wipes */

/* From now on it carries the script itself instead of its digest. */
void redis_question_whole(struct redis_question *);

/* Last thing that is done: the asker may close the connection in it. */
void redis_question_tell(
    struct redis_question *, enum db_rc, const redisReply *);

#endif
