/*
 * OpenSSL says to leave this form of SHA-1. But by any other a process that
 * has nothing else to do with OpenSSL would fetch its algorithms, and have
 * 125 KiB of them and of texts of errors for good.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "db/redis_question.h"

#include "base/hex.h"
#include "base/secret.h"

#include <openssl/sha.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
redis_script_init(struct redis_script *s)
{
	unsigned char digest[SHA_DIGEST_LENGTH];
	SHA_CTX sha;

	if (SHA1_Init(&sha) != 1 ||
	    SHA1_Update(&sha, s->lua, strlen(s->lua)) != 1 ||
	    SHA1_Final(digest, &sha) != 1)
		abort();
	hex_write(s->sha1, digest, sizeof(digest));
}

static void
question_script(struct redis_question *q, const char *verb, const char *body)
{
	q->word[0] = verb;
	q->length[0] = strlen(verb);
	q->word[1] = body;
	q->length[1] = strlen(body);
}

/* Copies one word; returns where the next one goes. */
static char *
question_word(
    struct redis_question *q, char *at, const struct redis_argument *a)
{
	if (a->len > 0)
		memcpy(at, a->at, a->len);
	q->word[q->words] = at;
	q->length[q->words++] = a->len;
	return at + a->len;
}

struct redis_question *
redis_question_new(const struct redis_script *script,
    const struct redis_argument *keys, size_t key_count,
    const struct redis_argument *args, size_t arg_count)
{
	struct redis_question *q;
	size_t size = 0;
	char *at;

	assert(key_count + arg_count <=
	       REDIS_QUESTION_WORDS_MAX - REDIS_QUESTION_HEAD);
	for (size_t i = 0; i < key_count; i++)
		size += keys[i].len;
	for (size_t i = 0; i < arg_count; i++)
		size += args[i].len;
	q = calloc(1, sizeof(*q) + size);
	if (q == NULL)
		return NULL;
	q->script = script;
	q->size = size;
	question_script(q, "EVALSHA", script->sha1);
	snprintf(q->count, sizeof(q->count), "%zu", key_count);
	q->word[2] = q->count;
	q->length[2] = strlen(q->count);
	q->words = REDIS_QUESTION_HEAD;
	at = q->bytes;
	for (size_t i = 0; i < key_count; i++)
		at = question_word(q, at, &keys[i]);
	for (size_t i = 0; i < arg_count; i++)
		at = question_word(q, at, &args[i]);
	return q;
}

void
redis_question_whole(struct redis_question *q)
{
	q->whole_script = true;
	question_script(q, "EVAL", q->script->lua);
}

void
redis_question_free(struct redis_question *q)
{
	secret_wipe(q->bytes, q->size);
	free(q);
}

void
redis_question_tell(
    struct redis_question *q, enum db_rc rc, const redisReply *reply)
{
	if (!q->call.forgotten)
		q->answer(&q->asker, rc, rc == DB_OK ? reply : NULL);
}
