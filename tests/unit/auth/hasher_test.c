/* FAKES: calls ipc loop pool */
/*
 * Hashes for the command line: in the pool, behind those who log in.
 */
#include "auth/hasher.h"

#include "auth/desk_ask.h"
#include "tests/lib/fake_calls.h"
#include "tests/lib/fake_loop.h"
#include "tests/lib/fake_pool.h"
#include "tests/lib/test.h"

#include <string.h>

static struct hasher *hasher;
static unsigned heard[DESK_ENDS];
static char last[PASSWORD_HASH_SIZE];
static uint64_t last_id;

static void
on_answer(void *asker, struct ipc_head *message, size_t bytes)
{
	const struct desk_hashed *a = (const void *)message;

	assert_ptr_equal(asker, heard);
	assert_true(desk_answer_good(message, bytes));
	heard[a->end]++;
	memcpy(last, a->hash, sizeof(last));
	last_id = message->id;
}

static bool
order(uint64_t id, const char *password)
{
	struct desk_hash q = { .head = { .kind = DESK_KIND_HASH, .id = id },
		.secret_len = strlen(password) };

	memcpy(q.secret, password, q.secret_len);
	return hasher_take(hasher, heard, &q.head,
	    offsetof(struct desk_hash, secret) + q.secret_len);
}

static void
open_with(unsigned threads)
{
	hasher = hasher_open(&(struct hasher_options){
	    .threads = threads, .answer = on_answer });
	assert_non_null(hasher);
}

static int
begin(void **state)
{
	(void)state;
	fake_calls_reset();
	fake_pool_reset();
	memset(heard, 0, sizeof(heard));
	last[0] = '\0';
	return 0;
}

static int
end(void **state)
{
	(void)state;
	hasher_close(hasher);
	fake_calls_pump();
	assert_int_equal(fake_calls_open(), 0);
	return 0;
}

static void
T9_a_password_is_hashed_and_answered_by_its_id(void **state)
{
	(void)state;
	open_with(2);
	assert_true(order(7, "Pass-word1"));
	assert_int_equal(heard[DESK_DONE], 0); /* later */
	fake_calls_pump();
	assert_int_equal(heard[DESK_DONE], 1);
	assert_int_equal(last_id, 7);
	assert_string_equal(last, "anew Pass-word1");
}

/* T1: the other threads are for those who log in. */
static void
T1_half_of_the_pool_at_most_hashes_for_commands(void **state)
{
	static const struct {
		unsigned threads, at_once;
	} all[] = { { 1, 1 }, { 2, 1 }, { 3, 1 }, { 8, 4 } };

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		fake_calls_reset();
		open_with(all[i].threads);
		for (unsigned n = 0; n < HASHER_MAX; n++)
			assert_true(order(n, "Pass-word1"));
		assert_int_equal(fake_calls_open(), all[i].at_once);
		fake_calls_pump();
		assert_int_equal(heard[DESK_DONE], HASHER_MAX * (i + 1));
		if (i + 1 < COUNT(all))
			hasher_close(hasher);
	}
}

static void
I_13_what_is_too_much_is_told_at_once(void **state)
{
	(void)state;
	open_with(1);
	for (unsigned n = 0; n < HASHER_MAX; n++)
		assert_true(order(n, "Pass-word1"));
	assert_int_equal(heard[DESK_FULL], 0);
	assert_true(order(HASHER_MAX, "Pass-word1"));
	assert_int_equal(heard[DESK_FULL], 1);
	fake_calls_pump();
	assert_int_equal(heard[DESK_DONE], HASHER_MAX);
	assert_true(order(0, "Pass-word1"));
	fake_calls_pump();
	assert_int_equal(heard[DESK_DONE], HASHER_MAX + 1);
}

/* A pool that is full of logins is asked again; the order stays. */
static void
T1_a_hash_waits_until_logins_leave_room(void **state)
{
	(void)state;
	open_with(2);
	fake_pool.full = true;
	assert_true(order(1, "Pass-word1"));
	assert_int_equal(fake_calls_open(), 0);
	fake_pool.full = false;
	fake_loop_fire();
	fake_calls_pump();
	assert_int_equal(heard[DESK_DONE], 1);
	assert_int_equal(fake_loop_timers(), 0);
}

static void
nobody_is_answered_after_the_end(void **state)
{
	(void)state;
	open_with(2);
	assert_true(order(1, "Pass-word1"));
	assert_true(order(2, "Pass-word1"));
	hasher_close(hasher);
	fake_calls_pump();
	hasher = NULL;
	assert_int_equal(heard[DESK_DONE], 0);
}

static void
T8_what_is_no_question_is_not_taken(void **state)
{
	struct desk_hash q = { .head.kind = DESK_KIND_HASH };
	size_t head = offsetof(struct desk_hash, secret);

	(void)state;
	open_with(1);
	assert_false(desk_question_good(&q.head, sizeof(q.head)));
	assert_true(desk_question_good(&q.head, head));
	assert_false(desk_question_good(&q.head, head + 1));
	q.secret_len = DESK_SECRET_SIZE + 1;
	assert_false(desk_question_good(&q.head, head + q.secret_len));
	q.secret_len = SIZE_MAX;
	assert_false(desk_question_good(&q.head, head - 1));
	q.secret_len = DESK_SECRET_SIZE;
	assert_true(desk_question_good(&q.head, sizeof(q)));
	q.head.kind = DESK_KIND_PROVE;
	assert_false(desk_question_good(&q.head, sizeof(q)));
	assert_false(hasher_take(hasher, heard, &q.head, sizeof(q)));
}

static void
T8_what_is_no_answer_is_not_believed(void **state)
{
	struct desk_hashed a = { .head.kind = DESK_KIND_HASH };

	(void)state;
	hasher = NULL;
	assert_true(desk_answer_good(&a.head, sizeof(a)));
	assert_false(desk_answer_good(&a.head, sizeof(a) - 1));
	a.end = DESK_NOBODY;
	assert_false(desk_answer_good(&a.head, sizeof(a)));
	a.end = DESK_DONE;
	memset(a.hash, 'a', sizeof(a.hash));
	assert_false(desk_answer_good(&a.head, sizeof(a)));
	a.hash[sizeof(a.hash) - 1] = '\0';
	a.head.kind = DESK_KIND_PROVE;
	assert_false(desk_answer_good(&a.head, sizeof(a)));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(T9_a_password_is_hashed_and_answered_by_its_id),
		TEST(T1_half_of_the_pool_at_most_hashes_for_commands),
		TEST(I_13_what_is_too_much_is_told_at_once),
		TEST(T1_a_hash_waits_until_logins_leave_room),
		TEST(nobody_is_answered_after_the_end),
		TEST(T8_what_is_no_question_is_not_taken),
		TEST(T8_what_is_no_answer_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
