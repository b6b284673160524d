/*
 * Answers come in the order of the questions, so an answer that is late holds
 * up all that follow: the whole connection is given up then, with everything
 * that waits on it, and a new one is made. A late answer dies with its
 * connection and can never be taken for another's (F-26).
 *
 * A connection counts as up when the probe has answered (db/scripts/probe.lua):
 * scripts may run, data is loaded, nothing is evicted.
 *
 * What hiredis 0.14 does with its context:
 * - it frees it after the disconnect callback and after a failed connect
 *   callback, and runs the callbacks of all waiting commands with NULL;
 * - redisAsyncFree() runs them at once, or after the callback that we are in.
 * So `ac` is forgotten before any of this begins; questions asked meanwhile
 * find no connection and are answered later.
 *
 * Scripts that must not run late are told until when (redis_late_ms): a server
 * that stood still carries out what it finds in its sockets, also in those that
 * we have closed (F-25).
 *
 * write(2) to a closed socket: SIGPIPE must be ignored in the process.
 */
#include "db/redis.h"

#include "base/clock.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/secret.h"
#include "base/xalloc.h"
#include "db/redis_check.h"
#include "db/redis_events.h"
#include "db/redis_waiting.h"
#include "db/scripts.h"

#include <hiredis/async.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CLOCKS_APART_MS 1500 /* ahead_ms is half a second wrong at most */
#define PROBE_MS 30000
#define EPOCH_KEY "koshin:epoch"
#define EPOCH_SIZE 32 /* hexadecimal digits */
/* Error replies come in crowds: one line a second tells of all. */
#define COMPLAINT_US 1000000

struct redis {
	struct event_base *base;
	const struct redis_options *options;
	redisAsyncContext *ac; /* NULL: no connection */
	bool up;	       /* and the probe likes it */
	unsigned tries;	       /* connections that came to nothing, in a row */
	struct loop_timer *retry; /* connects */
	struct loop_timer *again; /* probes */
	struct loop_timer *later; /* sends what is held */
	struct redis_waiting waiting;
	struct redis_script probe;
	int64_t ahead_ms; /* its clock, of our monotonic one */
	char epoch[EPOCH_SIZE + 1];
	bool told_down;	      /* the log knows */
	int64_t complaint_us; /* last one logged */
	unsigned complaints;  /* since then */
	void (*when_up)(void *arg);
	void *when_up_arg;
};

static void connect_now(void *arg);
static void probe_now(void *arg);

static void
come_up(struct redis *r)
{
	if (r->up)
		return;
	r->up = true;
	r->tries = 0;
	if (r->told_down)
		log_say(LOG_LINE_NOTICE, "redis-up", "answers again");
	r->told_down = false;
	if (r->when_up != NULL)
		r->when_up(r->when_up_arg);
}

static void
go_down(struct redis *r, const char *reason)
{
	r->up = false;
	if (!r->told_down)
		log_say(LOG_LINE_ERROR, "redis-down", reason);
	r->told_down = true;
}

/* The connection is gone, or is about to be: another one, later. */
static void
lose(struct redis *r, const char *reason)
{
	go_down(r, reason);
	r->ac = NULL;
	loop_cancel(r->again);
	r->again = NULL;
	loop_cancel(r->later);
	r->later = NULL;
	if (r->retry == NULL)
		r->retry = loop_after(
		    r->base, loop_backoff_ms(r->tries++), connect_now, r);
}

/* `r` may be gone after it: those who wait hear DB_DOWN now. */
static void
drop(struct redis *r, const char *reason)
{
	redisAsyncContext *ac = r->ac;

	lose(r, reason);
	if (ac != NULL) {
		ac->data = NULL;
		redisAsyncFree(ac);
	}
}

/* ------------------------------------------------------------ questions */

static void
on_late(void *arg)
{
	drop(arg, "no answer in time");
}

/* The connection that it waits on. */
static struct redis *
redis_of(const struct redis_question *q)
{
	return q->among->arg;
}

/*
 * What an error reply says is for the operator. It may hold a key, so a user
 * ID, but no argument.
 */
static void
complain(struct redis *r, const struct redis_question *q, const char *text)
{
	int64_t now_us = clock_mono_us();
	struct log_line l;

	r->complaints++;
	if (r->complaint_us != 0 && now_us - r->complaint_us < COMPLAINT_US)
		return;
	log_begin(&l, LOG_LINE_ERROR, "redis-refuses");
	log_text(&l, "script", q->script->name);
	log_text(&l, "reason", text);
	log_number(&l, "times", r->complaints);
	log_end(&l);
	r->complaint_us = now_us;
	r->complaints = 0;
}

/* Its clock was set forward, or it has been slow: look at it again. */
static void
compare_clocks(struct redis *r, const char *refusal)
{
	if (r->again == NULL || strncmp(refusal, "LATE", 4) != 0)
		return;
	loop_cancel(r->again);
	r->again = loop_after(r->base, 0, probe_now, r);
}

/* Another may be behind the address by now, but only for a new connection:
 * the server keeps this one open for ever (F-33). */
static bool
means_elsewhere(const char *refusal)
{
	return strncmp(refusal, "READONLY", 8) == 0 ||
	       strncmp(refusal, "MASTERDOWN", 10) == 0 ||
	       strncmp(refusal, "LOADING", 7) == 0;
}

static void on_reply(redisAsyncContext *ac, void *reply, void *arg);

/*
 * False if hiredis takes nothing any more. Where it has no memory to remember
 * who asks, 0.14 goes on all the same, and each answer from here on would go to
 * the question behind its own: the connection is ended before that one is sent.
 */
static bool
send_words(redisAsyncContext *ac, redisCallbackFn *fn, void *arg, int words,
    const char **word, const size_t *length)
{
	const redisCallback *last;

	if (redisAsyncCommandArgv(ac, fn, arg, words, word, length) != REDIS_OK)
		return false;
	last = ac->replies.tail;
	if (last != NULL && last->fn == fn && last->privdata == arg)
		return true;
	shutdown(ac->c.fd, SHUT_RDWR);
	return false;
}

static void
send_later(void *arg)
{
	struct redis *r = arg;

	r->later = NULL;
	redis_events_flush(r->ac);
}

static bool
question_send(struct redis_question *q)
{
	struct redis *r = redis_of(q);
	bool taken;

	if (r->ac == NULL)
		return false;
	redis_events_hold(r->ac, q->script->later);
	taken = send_words(r->ac, on_reply, q, q->words, q->word, q->length);
	redis_events_hold(r->ac, false);
	if (taken && q->script->later && r->later == NULL)
		r->later = loop_after(r->base, REDIS_LATER_MS, send_later, r);
	return taken;
}

/* Scripts are lost with every restart: send this one whole, once (F-33). */
static bool
question_again(struct redis_question *q, const redisReply *reply)
{
	if (q->whole_script || strncmp(reply->str, "NOSCRIPT", 8) != 0)
		return false;
	redis_question_whole(q);
	return question_send(q);
}

static void
on_reply(redisAsyncContext *ac, void *answer, void *arg)
{
	struct redis_question *q = arg;
	const redisReply *reply = answer;
	enum db_rc rc = DB_DOWN;

	(void)ac;
	if (q->among == NULL) { /* answered when the connection was closed */
		redis_question_free(q);
		return;
	}
	if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
		if (question_again(q, reply))
			return;
		complain(redis_of(q), q, reply->str);
		compare_clocks(redis_of(q), reply->str);
		if (means_elsewhere(reply->str))
			drop(redis_of(q), reply->str);
	} else if (reply != NULL) {
		rc = DB_OK;
	}
	redis_waiting_take(q);
	redis_question_tell(q, rc, reply);
	redis_question_free(q);
}

static int64_t
patience_ms(const struct redis *r)
{
	if (r->options->answer_ms == 0)
		return REDIS_ANSWER_MS;
	return r->options->answer_ms;
}

/* Sends it if `ready`, otherwise it is answered as soon as the loop runs. NULL:
 * no memory, and it is freed. */
static struct call *
question_ask(struct redis *r, struct redis_question *q, bool ready,
    redis_answer_fn *answer, struct db_asker asker)
{
	if (q == NULL)
		return NULL;
	q->answer = answer;
	q->asker = asker;
	redis_waiting_add(&r->waiting, q, patience_ms(r));
	if (ready && question_send(q))
		redis_waiting_sent(&r->waiting, patience_ms(r));
	else if (!redis_waiting_never(q))
		return NULL;
	return &q->call;
}

struct call *
redis_run(struct redis *r, const struct redis_script *script,
    const struct redis_argument *keys, size_t key_count,
    const struct redis_argument *args, size_t arg_count,
    redis_answer_fn *answer, struct db_asker asker)
{
	return question_ask(r,
	    redis_question_new(script, keys, key_count, args, arg_count),
	    r->up && r->waiting.count < r->options->waiting_max, answer, asker);
}

/* ----------------------------------------------------------- connection */

/* A new epoch is no fault of ours, but somebody has to know (F-28). */
static void
compare_epoch(struct redis *r, const redisReply *epoch)
{
	if (epoch->len != EPOCH_SIZE)
		return;
	if (r->epoch[0] != '\0' &&
	    memcmp(r->epoch, epoch->str, EPOCH_SIZE) != 0)
		log_say(LOG_LINE_ERROR, "redis-epoch",
		    "Redis has lost its data: codes are gone, failures "
		    "begin at zero, locks stand in PostgreSQL");
	memcpy(r->epoch, epoch->str, EPOCH_SIZE);
}

/* False if the answer makes no sense. */
static bool
probe_read(struct redis *r, const redisReply *reply)
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3 ||
	    reply->element[0]->type != REDIS_REPLY_STRING ||
	    reply->element[1]->type != REDIS_REPLY_INTEGER ||
	    reply->element[2]->type != REDIS_REPLY_STRING)
		return false;
	compare_epoch(r, reply->element[0]);
	r->ahead_ms = reply->element[1]->integer - clock_mono_us() / 1000;
	return true;
}

static void
on_probe(const struct db_asker *a, enum db_rc rc, const redisReply *reply)
{
	struct redis *r = a->module;
	int64_t again_ms = PROBE_MS;

	if (r->ac == NULL || r->ac->c.err != 0) /* lost: lose() sees to it */
		return;
	if (rc != DB_OK || !probe_read(r, reply))
		go_down(r, "Redis refuses scripts");
	else if (!redis_keeps(reply->element[2]->str))
		go_down(r, "Redis evicts data: set maxmemory-policy "
			   "noeviction (F-32)");
	else
		come_up(r);
	if (!r->up)
		again_ms = loop_backoff_ms(r->tries++);
	r->again = loop_after(r->base, again_ms, probe_now, r);
}

static void
probe_now(void *arg)
{
	struct redis *r = arg;
	unsigned char fresh[EPOCH_SIZE / 2];
	char text[EPOCH_SIZE + 1];
	struct redis_argument key = { EPOCH_KEY, strlen(EPOCH_KEY) };
	struct redis_argument mark = { text, EPOCH_SIZE };

	r->again = NULL;
	secret_random(fresh, sizeof(fresh));
	hex_write(text, fresh, sizeof(fresh));
	if (question_ask(r, redis_question_new(&r->probe, &key, 1, &mark, 1),
		true, on_probe, DB_ASKER(r, NULL, NULL)) == NULL)
		r->again = loop_after(
		    r->base, loop_backoff_ms(r->tries++), probe_now, r);
}

/* The probe that follows is refused as well, and that is what counts. */
static void
on_password(redisAsyncContext *ac, void *reply, void *arg)
{
	const redisReply *said = reply;

	(void)ac;
	(void)arg;
	if (said != NULL && said->type == REDIS_REPLY_ERROR)
		log_say(LOG_LINE_ERROR, "redis-password", said->str);
}

static void
on_connect(const redisAsyncContext *ac, int status)
{
	if (status != REDIS_OK && ac->data != NULL)
		lose(ac->data, ac->c.errstr);
}

static void
on_disconnect(const redisAsyncContext *ac, int status)
{
	if (ac->data != NULL)
		lose(ac->data, status == REDIS_OK ? "closed" : ac->c.errstr);
}

static redisAsyncContext *
open_context(const struct redis_options *o)
{
	return o->socket != NULL ? redisAsyncConnectUnix(o->socket)
				 : redisAsyncConnect(o->host, o->port);
}

static void
connect_now(void *arg)
{
	struct redis *r = arg;
	const struct redis_options *o = r->options;
	redisAsyncContext *ac = open_context(o);

	r->retry = NULL;
	if (ac == NULL) {
		lose(r, "out of memory");
		return;
	}
	/* An error at once: there is no such socket, for example. */
	if (ac->err != 0 || !redis_events_attach(ac, r->base)) {
		lose(r, ac->err != 0 ? ac->errstr : "out of memory");
		redisAsyncFree(ac);
		return;
	}
	ac->data = r;
	r->ac = ac;
	redisAsyncSetConnectCallback(ac, on_connect);
	redisAsyncSetDisconnectCallback(ac, on_disconnect);
	if (o->password != NULL) {
		const char *word[REDIS_LOGIN_WORDS];
		int words = redis_login(o, word);

		if (!send_words(ac, on_password, NULL, words, word, NULL)) {
			drop(r, "out of memory");
			return;
		}
	}
	probe_now(r); /* its patience is also that of connecting */
}

struct redis *
redis_open(struct event_base *base, const struct redis_options *options)
{
	struct redis *r = xcalloc(1, sizeof(*r));

	r->base = base;
	r->options = options;
	redis_waiting_begin(&r->waiting, base, on_late, r);
	r->probe.name = "probe";
	r->probe.lua = scripts_probe;
	redis_script_init(&r->probe);
	connect_now(r);
	return r;
}

void
redis_close(struct redis *r)
{
	redisAsyncContext *ac;

	if (r == NULL)
		return;
	ac = r->ac;
	r->ac = NULL;
	r->up = false;
	redis_waiting_end(&r->waiting);
	if (ac != NULL) {
		ac->data = NULL;
		redisAsyncFree(ac);
	}
	loop_cancel(r->retry);
	loop_cancel(r->again);
	loop_cancel(r->later);
	free(r);
}

void
redis_when_up(struct redis *r, void (*up)(void *arg), void *arg)
{
	r->when_up = up;
	r->when_up_arg = arg;
}

bool
redis_up(const struct redis *r)
{
	return r->up;
}

bool
redis_idle(const struct redis *r)
{
	return r->waiting.count == 0;
}

int64_t
redis_late_ms(const struct redis *r)
{
	return clock_mono_us() / 1000 + r->ahead_ms + patience_ms(r) +
	       CLOCKS_APART_MS;
}
