#include "tests/db/asker.h"

#include "tests/lib/db_test.h"
#include "tests/lib/test.h"

#include <string.h>

static void
answers_come_in_the_order_of_the_questions(void **state)
{
	struct asker_heard h[32];

	(void)state;
	for (size_t i = 0; i < COUNT(h); i++)
		asker_ask(ASKER_ECHO, (int64_t)i * 7, &h[i]);
	db_wait(&h[31].came);
	for (unsigned i = 0; i < COUNT(h); i++) {
		assert_int_equal(h[i].rc, DB_OK);
		assert_int_equal(h[i].place, i);
		assert_int_equal(h[i].value, i * 7);
		assert_int_equal(h[i].times, 1);
	}
}

static void
no_row_is_none(void **state)
{
	(void)state;
	assert_int_equal(asker_answer(ASKER_FIND, 5), DB_NONE);
	assert_int_equal(asker_answer(ASKER_INSERT, 5), DB_OK);
	assert_int_equal(asker_answer(ASKER_FIND, 5), DB_OK);
}

static void
an_error_stays_with_its_question(void **state)
{
	struct asker_heard before, wrong, twice, after;
	int64_t pid = asker_backend();

	(void)state;
	asker_ask(ASKER_INSERT, 1, &before);
	asker_ask(ASKER_DIVIDE, 0, &wrong);
	asker_ask(ASKER_INSERT, 1, &twice);
	asker_ask(ASKER_INSERT, 2, &after);
	db_wait(&after.came);
	assert_int_equal(before.rc, DB_OK);
	assert_int_equal(wrong.rc, DB_DOWN);
	assert_int_equal(twice.rc, DB_CONFLICT);
	assert_int_equal(after.rc, DB_OK);
	assert_int_equal(2, db_get_number("SELECT count(*) FROM scratch"));
	assert_int_equal(pid, asker_backend());
}

static void
a_forgotten_call_is_not_called_back(void **state)
{
	struct asker_heard gone, stays;

	(void)state;
	call_forget(asker_ask(ASKER_INSERT, 9, &gone));
	asker_ask(ASKER_ECHO, 1, &stays);
	db_wait(&stays.came);
	assert_false(gone.came);
	/* But it happened. */
	assert_int_equal(1, db_get_number("SELECT count(*) FROM scratch"));
}

static void
a_batch_is_answered_when_all_of_it_is_committed(void **state)
{
	struct pg_batch *b = pg_batch_new(asker_pg);
	struct asker_heard h[40], whole = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(h); i++)
		asker_add(b, ASKER_INSERT, (int64_t)i, &h[i]);
	pg_batch_send(b, asker_done, &whole);
	assert_int_equal(asker_answers, 0);
	db_wait(&whole.came);
	assert_int_equal(whole.rc, DB_OK);
	assert_int_equal(whole.place, COUNT(h)); /* the last word */
	for (size_t i = 0; i < COUNT(h); i++)
		assert_int_equal(h[i].rc, DB_OK);
	assert_int_equal(
	    COUNT(h), db_get_number("SELECT count(*) FROM scratch"));
}

static void
a_refused_batch_leaves_nothing_and_all_hear_the_same(void **state)
{
	struct pg_batch *b = pg_batch_new(asker_pg);
	struct asker_heard first, same, last, whole = { 0 };

	(void)state;
	asker_add(b, ASKER_INSERT, 1, &first);
	asker_add(b, ASKER_INSERT, 1, &same);
	asker_add(b, ASKER_INSERT, 2, &last);
	pg_batch_send(b, asker_done, &whole);
	db_wait(&whole.came);
	assert_int_equal(first.rc, DB_CONFLICT);
	assert_int_equal(same.rc, DB_CONFLICT);
	assert_int_equal(last.rc, DB_CONFLICT);
	assert_int_equal(whole.rc, DB_CONFLICT);
	assert_int_equal(0, db_get_number("SELECT count(*) FROM scratch"));
	assert_int_equal(asker_answer(ASKER_INSERT, 2), DB_OK);
}

static void
a_forgotten_batch_is_silent_and_happens(void **state)
{
	struct pg_batch *b = pg_batch_new(asker_pg);
	struct asker_heard h, whole = { 0 };

	(void)state;
	asker_add(b, ASKER_INSERT, 1, &h);
	call_forget(pg_batch_send(b, asker_done, &whole));
	assert_int_equal(asker_answer(ASKER_FIND, 1), DB_OK);
	assert_int_equal(h.times + whole.times, 0);
}

static void
notifications_ring(void **state)
{
	(void)state;
	db_do("NOTIFY scratch_bell");
	for (int i = 0; i < 6000 && asker_rung == 0; i++)
		db_run_ms(10);
	assert_int_equal(asker_rung, 1);
}

static void
check_bytes(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	const unsigned char *sent = a->arg;
	static unsigned char back[300000];
	size_t len = 0;

	asker_answers++;
	assert_int_equal(rc, DB_OK);
	assert_true(pg_get_bytes(row, 0, 0, back, sizeof back, &len));
	assert_int_equal(len, sizeof back);
	assert_memory_equal(sent, back, len);
	assert_false(pg_get_bytes(row, 0, 0, back, sizeof back - 1, &len));
}

/* More than sockets hold, in both directions at once. */
static void
large_batches_neither_block_nor_mix(void **state)
{
	static unsigned char bytes[300000];
	struct pg_batch *b = pg_batch_new(asker_pg);
	struct asker_heard whole = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(i * 31 + i / 251);
	for (int i = 0; i < 8; i++) {
		struct pg_values v = { 0 };

		pg_bytes(&v, bytes, sizeof bytes);
		pg_batch_add(b, ASKER_BYTES, &v, check_bytes,
		    DB_ASKER(NULL, NULL, bytes));
	}
	pg_batch_send(b, asker_done, &whole);
	db_wait(&whole.came);
	assert_int_equal(whole.rc, DB_OK);
	assert_int_equal(asker_answers, 9);
}

static void
an_asker_may_ask_again_in_its_answer(
    const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	int *left = a->arg;
	struct pg_values v = { 0 };

	(void)row;
	assert_int_equal(rc, DB_OK);
	pg_integer(&v, *left);
	if (--*left > 0)
		pg_ask(asker_pg, ASKER_ECHO, &v,
		    an_asker_may_ask_again_in_its_answer, *a);
}

static void
a_chain_of_questions_ends(void **state)
{
	struct pg_values v = { 0 };
	int left = 50;

	(void)state;
	pg_integer(&v, left);
	pg_ask(asker_pg, ASKER_ECHO, &v, an_asker_may_ask_again_in_its_answer,
	    DB_ASKER(NULL, NULL, &left));
	for (int i = 0; i < 6000 && left > 0; i++)
		db_run_ms(10);
	assert_int_equal(left, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, asker_begin, asker_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_come_in_the_order_of_the_questions),
		TEST(no_row_is_none),
		TEST(an_error_stays_with_its_question),
		TEST(a_forgotten_call_is_not_called_back),
		TEST(a_batch_is_answered_when_all_of_it_is_committed),
		TEST(a_refused_batch_leaves_nothing_and_all_hear_the_same),
		TEST(a_forgotten_batch_is_silent_and_happens),
		TEST(notifications_ring),
		TEST(large_batches_neither_block_nor_mix),
		TEST(a_chain_of_questions_ends),
	};

	return cmocka_run_group_tests(tests, asker_begin_group, db_end);
}
