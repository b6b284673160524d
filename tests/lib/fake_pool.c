#include "tests/lib/fake_pool.h"

#include "base/password.h"
#include "base/pool.h"
#include "tests/lib/fake_calls.h"

#include <stdio.h>
#include <string.h>

struct fake_pool fake_pool;

struct question {
	struct fake_call call; /* first */
	void (*work)(void *);
	void (*done)(void *);
	void (*release)(void *);
};

void
fake_pool_reset(void)
{
	fake_pool = (struct fake_pool){ .full = false };
}

static void
tell(struct fake_call *call, enum fake_end end)
{
	struct question *q = (struct question *)call;

	if (end != FAKE_DROPPED) {
		q->work(call->arg);
		q->done(call->arg);
	}
	if (q->release != NULL)
		q->release(call->arg);
}

struct call *
pool_run(struct pool *p, struct pool_mailbox *m, struct pool_job *job,
    void (*work)(void *), void (*done)(void *), void (*release)(void *),
    void *arg)
{
	struct question *q;

	(void)p;
	(void)m;
	(void)job;
	if (fake_pool.full)
		return NULL;
	q = fake_call_new(sizeof(*q), "password", tell, arg);
	if (q == NULL)
		return NULL;
	q->work = work;
	q->done = done;
	q->release = release;
	return &q->call.call;
}

enum password_match
password_matches(const struct password_costs *costs, const char *hash,
    const char *password, size_t len)
{
	(void)costs;
	if (hash[0] == '\0')
		fake_pool.dummies++;
	else
		fake_pool.evaluated++;
	if (fake_pool.no_memory)
		return PASSWORD_UNKNOWN;
	return hash[0] != '\0' && strlen(hash) == len &&
		       memcmp(hash, password, len) == 0
		   ? PASSWORD_RIGHT
		   : PASSWORD_WRONG;
}

/* A hash is the password itself: it counts as a cost that each is seen. */
bool
password_costs_add(struct password_costs *costs, const char *hash)
{
	if (hash[0] != '\0')
		costs->count++;
	return true;
}

bool
password_stale(const char *hash)
{
	(void)hash;
	return fake_pool.stale;
}

bool
password_hash(const char *password, size_t len, char out[PASSWORD_HASH_SIZE])
{
	snprintf(out, PASSWORD_HASH_SIZE, "anew %.*s", (int)len, password);
	return true;
}
