/* FAKES: shifted_clock */
/*
 * Crowds of attempts at one moment: two processes with two connections each
 * run their guesses at once, round after round, while this one watches.
 */
#include "tests/db/session.h"
#include "tests/db/private_redis.h"
#include "tests/lib/test.h"

#include "base/loop.h"
#include "base/secret.h"

#include <event2/event.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES 2
#define CONNECTIONS 2 /* of each process */

static const struct digest code = { "the code" };

/* One plan for all rounds. */
struct race {
	unsigned rounds;
	unsigned guesses; /* of one connection in one round */
	bool with_code;	  /* spend the code; otherwise fail */
	bool same_csr;
};

/* What happened in one round. */
struct score {
	unsigned evaluated, refused, locks, right, again, wrong, down;
};

/* The same while it happens, in memory that all processes see. */
struct board {
	pthread_barrier_t gate;
	atomic_uint evaluated, refused, locks, right, again, wrong, down;
};

static struct board *board;

/* One process: its connections, and how many guesses have not ended. */
struct crowd {
	const struct race *race;
	struct event_base *base;
	struct redis_options options;
	struct redis *redis[CONNECTIONS];
	struct attempts *attempts[CONNECTIONS];
	unsigned open;
};

struct guess {
	struct crowd *crowd;
	struct attempts *attempts;
	struct attempts_who who;
	struct digest csr;
};

static void guess_try(struct guess *g);

static void
guess_end(struct guess *g, atomic_uint *how)
{
	atomic_fetch_add(how, 1);
	if (--g->crowd->open == 0)
		event_base_loopbreak(g->crowd->base);
	free(g);
}

static void
on_settled(void *arg, enum db_rc rc, const struct attempts_settled *s)
{
	struct guess *g = arg;

	if (s->locked_now)
		atomic_fetch_add(&board->locks, 1);
	guess_end(g, rc == DB_OK ? &board->wrong : &board->down);
}

static void
on_refused(void *arg, enum db_rc rc, const struct attempts_settled *s)
{
	(void)s;
	guess_end(arg, rc == DB_OK ? &board->refused : &board->down);
}

static void
on_code(void *arg, enum db_rc rc, const struct attempts_code_answer *a)
{
	struct guess *g = arg;

	if (rc != DB_OK)
		guess_end(g, &board->down);
	else if (a->code == ATTEMPTS_CODE_RIGHT)
		guess_end(g, &board->right);
	else if (a->code == ATTEMPTS_CODE_AGAIN)
		guess_end(g, &board->again);
	else
		on_settled(g, rc, &a->settled);
}

static void
on_begin(void *arg, enum db_rc rc, const struct attempts_begin_answer *b)
{
	struct guess *g = arg;

	if (rc != DB_OK) {
		guess_end(g, &board->down);
	} else if (b->begin == ATTEMPTS_LOCKED) {
		attempts_settle(
		    g->attempts, &g->who, ATTEMPTS_NEUTRAL, on_refused, g);
	} else if (b->begin == ATTEMPTS_BUSY &&
		   atomic_load(&board->locks) > 0) {
		guess_end(g, &board->refused); /* under the lock, too */
	} else if (b->begin == ATTEMPTS_BUSY) {
		guess_try(g);
	} else {
		atomic_fetch_add(&board->evaluated, 1);
		if (g->crowd->race->with_code)
			attempts_spend(g->attempts, &g->who, &code, &g->csr,
			    true, on_code, g);
		else
			attempts_settle(g->attempts, &g->who, ATTEMPTS_FAILED,
			    on_settled, g);
	}
}

static void
guess_try(struct guess *g)
{
	attempts_begin(g->attempts, &g->who, 0, on_begin, g);
}

static void
crowd_open(struct crowd *c, const struct race *race)
{
	struct attempts_policy policy = session_policy();

	c->race = race;
	c->base = loop_new();
	c->options = (struct redis_options){
		.socket = private_redis_socket(),
		.answer_ms = 20000, /* valgrind is slow */
		.waiting_max = 1024,
	};
	for (int i = 0; i < CONNECTIONS; i++) {
		c->redis[i] = redis_open(c->base, &c->options);
		c->attempts[i] = attempts_new(c->redis[i], &policy);
		while (!redis_up(c->redis[i]))
			event_base_loop(c->base, EVLOOP_ONCE);
	}
}

static void
crowd_close(struct crowd *c)
{
	for (int i = 0; i < CONNECTIONS; i++) {
		redis_close(c->redis[i]);
		attempts_free(c->attempts[i]);
	}
	event_base_free(c->base);
}

static void
crowd_round(struct crowd *c, const char *user)
{
	for (unsigned i = 0; i < c->race->guesses * CONNECTIONS; i++) {
		struct guess *g = calloc(1, sizeof(*g));

		g->crowd = c;
		g->attempts = c->attempts[i % CONNECTIONS];
		g->who = session_who(user);
		if (!c->race->same_csr)
			secret_random(&g->csr, sizeof(g->csr));
		c->open++;
		guess_try(g);
	}
	event_base_dispatch(c->base);
}

static void
round_user(char user[16], unsigned number)
{
	snprintf(user, 16, "round%u", number);
}

/* A process of its own; it leaves without the parent's cmocka. */
static void
run_crowd(const struct race *race)
{
	struct crowd c = { 0 };
	char user[16];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	crowd_open(&c, race);
	for (unsigned n = 0; n < race->rounds; n++) {
		round_user(user, n);
		pthread_barrier_wait(&board->gate); /* it is prepared */
		crowd_round(&c, user);
		pthread_barrier_wait(&board->gate); /* it is over */
	}
	crowd_close(&c);
	_exit(0);
}

static void
prepare_code(struct session *d, const char *user)
{
	struct attempts_who who = session_who(user);
	struct attempts_begin_answer b;
	struct attempts_mail_answer mail;

	assert_int_equal(session_begin(d, &who, 0, &b), DB_OK);
	assert_int_equal(b.begin, ATTEMPTS_GO);
	assert_int_equal(session_new_code(d, &who, &code, &mail), DB_OK);
	assert_int_equal(mail.mail, ATTEMPTS_MAIL_NEW);
}

/* Reads the board and wipes it for the next round. */
static struct score
take_score(void)
{
	return (struct score){
		.evaluated = atomic_exchange(&board->evaluated, 0),
		.refused = atomic_exchange(&board->refused, 0),
		.locks = atomic_exchange(&board->locks, 0),
		.right = atomic_exchange(&board->right, 0),
		.again = atomic_exchange(&board->again, 0),
		.wrong = atomic_exchange(&board->wrong, 0),
		.down = atomic_exchange(&board->down, 0),
	};
}

/* Returns the first score that is not as it must be, or the last one. */
static struct score
watch_race(struct session *d, const struct race *race, const struct score *must)
{
	struct score seen = *must;
	char user[16];

	for (unsigned n = 0; n < race->rounds; n++) {
		struct score now;

		round_user(user, n);
		if (race->with_code)
			prepare_code(d, user);
		pthread_barrier_wait(&board->gate);
		pthread_barrier_wait(&board->gate);
		now = take_score();
		if (memcmp(&seen, must, sizeof(seen)) == 0)
			seen = now;
	}
	return seen;
}

static void
run_race(const struct race *race, const struct score *must)
{
	pid_t child[PROCESSES];
	struct score seen;
	struct session d;
	int status;

	for (int i = 0; i < PROCESSES; i++) {
		child[i] = fork();
		assert_true(child[i] >= 0);
		if (child[i] == 0)
			run_crowd(race);
	}
	session_open(&d, private_redis_socket());
	session_until_up(&d, true);
	seen = watch_race(&d, race, must);
	session_close(&d);
	for (int i = 0; i < PROCESSES; i++) {
		waitpid(child[i], &status, 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(seen.down, must->down);
	assert_int_equal(seen.evaluated, must->evaluated);
	assert_int_equal(seen.wrong, must->wrong);
	assert_int_equal(seen.right, must->right);
	assert_int_equal(seen.again, must->again);
	assert_int_equal(seen.locks, must->locks);
	assert_int_equal(seen.refused, must->refused);
}

static int
start(void **state)
{
	pthread_barrierattr_t shared;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	private_redis_start(NULL);
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(board != MAP_FAILED);
	pthread_barrierattr_init(&shared);
	pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&board->gate, &shared, PROCESSES + 1);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	private_redis_forget();
	return 0;
}

static int
empty(void **state)
{
	(void)state;
	private_redis_ask("FLUSHALL");
	return 0;
}

/* ----------------------------------------------------------------- tests */

static void
R_LOCK_1_F_68_a_thousand_guesses_are_evaluated_six_times(void **state)
{
	static const struct race race = { .rounds = 50, .guesses = 250 };
	static const struct score must = {
		.evaluated = 6,
		.wrong = 6,
		.locks = 1,
		.refused = 994,
	};

	(void)state;
	run_race(&race, &must);
}

static void
I_6_F_66_of_eight_csrs_one_gets_the_code(void **state)
{
	static const struct race race = {
		.rounds = 200,
		.guesses = 2,
		.with_code = true,
	};
	/* Of the seven others six are counted and lock, one is too late. */
	static const struct score must = {
		.evaluated = 7,
		.right = 1,
		.wrong = 6,
		.locks = 1,
		.refused = 1,
	};

	(void)state;
	run_race(&race, &must);
}

static void
I_6_F_65_the_same_csr_is_answered_alike(void **state)
{
	static const struct race race = {
		.rounds = 200,
		.guesses = 2,
		.with_code = true,
		.same_csr = true,
	};
	static const struct score must = {
		.evaluated = 8,
		.right = 1,
		.again = 7,
	};

	(void)state;
	run_race(&race, &must);
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    R_LOCK_1_F_68_a_thousand_guesses_are_evaluated_six_times,
		    empty),
		cmocka_unit_test_setup(
		    I_6_F_66_of_eight_csrs_one_gets_the_code, empty),
		cmocka_unit_test_setup(
		    I_6_F_65_the_same_csr_is_answered_alike, empty),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, start, end);
}
