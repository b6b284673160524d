/* FAKES: malloc */
/*
 * F-59: a question to PostgreSQL whatever allocation fails, of ours or of
 * libpq's: it cannot be asked or is DB_DOWN, and the connection comes back.
 */
#include "tests/db/asker.h"
#include "tests/lib/db_test.h"
#include "tests/lib/fake_malloc.h"
#include "tests/lib/test.h"

#include <event2/event.h>

enum {
	PARTS = 6 /* of a batch: more than a question has room for */
};

static unsigned lost, down, good;

static void
look(const struct call *call, struct asker_heard *h)
{
	if (call != NULL)
		db_wait(&h->came);
	assert_int_equal(h->times, call != NULL);
	lost += call == NULL;
	down += call != NULL && h->rc == DB_DOWN;
	good += call != NULL && h->rc == DB_OK;
	assert_int_equal(lost + down + good, 1);
	asker_wait_up(asker_pg);
	assert_int_equal(asker_answer(ASKER_ECHO, 7), DB_OK);
}

static struct call *
ask_one(struct asker_heard *h)
{
	return asker_ask(ASKER_ECHO, 5, h);
}

static struct call *
ask_batch(struct asker_heard *h)
{
	static struct asker_heard parts[PARTS];
	struct pg_batch *b = pg_batch_new(asker_pg);

	if (b == NULL)
		return NULL;
	for (int i = 0; i < PARTS; i++)
		asker_add(b, ASKER_ECHO, i, &parts[i]);
	return pg_batch_send(b, asker_done, h);
}

/* Each allocation in turn, and each with all that follow. */
static void
expect_each(struct call *(*ask)(struct asker_heard *), bool all)
{
	unsigned n = 0, count, not_asked = 0, not_answered = 0;

	do {
		struct asker_heard h = { 0 };
		struct call *call;

		lost = down = good = 0;
		fake_malloc_begin(++n, all);
		call = ask(&h);
		event_base_loop(db_base, EVLOOP_NONBLOCK);
		count = fake_malloc_end();
		look(call, &h);
		not_asked += lost;
		not_answered += down;
	} while (n <= count);
	print_message("%u allocations, %u times not asked, %u times down\n",
	    n - 1, not_asked, not_answered);
	if (fake_malloc_works())
		assert_true(not_asked > 0);
}

static void
F_59_a_question_without_memory_is_not_asked_or_down(void **state)
{
	(void)state;
	expect_each(ask_one, false);
	expect_each(ask_one, true);
}

static void
F_59_a_batch_without_memory_is_not_asked_or_down(void **state)
{
	(void)state;
	expect_each(ask_batch, false);
	expect_each(ask_batch, true);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, asker_begin, asker_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(F_59_a_question_without_memory_is_not_asked_or_down),
		TEST(F_59_a_batch_without_memory_is_not_asked_or_down),
	};

	return cmocka_run_group_tests(tests, asker_begin_group, db_end);
}
