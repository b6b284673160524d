/* FAKES: accounts attempts calls clock ipc loop pool proofs */
/*
 * Passwords that the command line has proved: attempts as any, whose hash
 * stays here.
 */
#include "auth/prover.h"

#include "auth/desk_ask.h"
#include "base/clock.h"
#include "tests/lib/fake_attempts.h"
#include "tests/lib/fake_calls.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/fake_pool.h"
#include "tests/lib/fake_proofs.h"
#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

#define USER "sample001"
#define NUMBER "12345678"
#define RIGHT "Passw0rd!"
#define ASKS "account place password "

static const struct digest token = { { 0x70 } };
static struct prover *prover;
static struct password_costs costs;
static char redis, postgres;
static unsigned heard;
static struct desk_proved last;

static void
on_answer(void *asker, struct ipc_head *message, size_t bytes)
{
	assert_ptr_equal(asker, &heard);
	assert_true(desk_answer_good(message, bytes));
	heard++;
	last = *desk_proved_of(message);
}

static int
begin(void **state)
{
	struct facts_account *a = &fake_proofs.holder.account;

	(void)state;
	fake_clock_set(FAKE_CLOCK_START);
	fake_calls_reset();
	fake_attempts_reset();
	fake_proofs_reset();
	fake_pool_reset();
	costs.count = 0;
	heard = 0;
	a->id = 7;
	a->role = FACTS_MASTER;
	snprintf(a->user_id, sizeof(a->user_id), USER);
	snprintf(a->contract, sizeof(a->contract), NUMBER);
	snprintf(a->password_hash, sizeof(a->password_hash), RIGHT);
	prover = prover_open(&(struct prover_options){
	    .ladder = { .attempts = (void *)&redis,
		.proofs = (void *)&postgres,
		.costs = &costs },
	    .limits = { .lifts = 3, .passwords = 4, .closes = 5 },
	    .answer = on_answer,
	});
	assert_non_null(prover);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	prover_close(prover);
	fake_calls_pump();
	assert_int_equal(fake_calls_open(), 0);
	assert_int_equal(fake_attempts.places, 0);
	return 0;
}

static void
ask(enum auth_subject subject, const char *name, const char *secret)
{
	struct desk_prove q = { .head = { .kind = DESK_KIND_PROVE, .id = 41 },
		.subject = subject,
		.token = token,
		.secret_len = strlen(secret) };

	snprintf(q.name, sizeof(q.name), "%s", name);
	memcpy(q.secret, secret, q.secret_len);
	assert_true(prover_take(prover, &heard, &q.head,
	    offsetof(struct desk_prove, secret) + q.secret_len));
}

static enum desk_end
prove(const char *secret)
{
	heard = 0;
	ask(AUTH_ACCOUNT, USER, secret);
	fake_calls_pump();
	assert_int_equal(heard, 1);
	assert_int_equal(last.head.id, 41);
	return last.end;
}

static void
T9_a_right_password_begins_a_session_and_its_hash_stays(void **state)
{
	(void)state;
	assert_int_equal(prove(RIGHT), DESK_DONE);
	assert_string_equal(fake_calls_asked(), ASKS "session neutral");
	assert_memory_equal(&fake_proofs.token, &token, sizeof(token));
	assert_string_equal(fake_proofs.hash, RIGHT);
	assert_int_equal(fake_proofs.limits.lifts, 3);
	assert_int_equal(fake_proofs.limits.passwords, 4);
	assert_int_equal(fake_proofs.limits.closes, 5);
	assert_int_equal(last.account.id, 7);
	assert_string_equal(last.account.user_id, USER);
	assert_string_equal(last.account.password_hash, "");
}

static void
R_LOCK_1_a_wrong_one_counts_and_tells_not_who_it_is(void **state)
{
	static const struct facts_account nobody;

	(void)state;
	assert_int_equal(prove("wrong-Pw1"), DESK_REFUSED);
	assert_string_equal(fake_calls_asked(), ASKS "failed");
	assert_memory_equal(&last.account, &nobody, sizeof(nobody));
	fake_calls_reset();
	fake_attempts.failed = (struct attempts_settled){
		.locked_now = true, .lock_number = 2, .locked_until = 99
	};
	assert_int_equal(prove("wrong-Pw1"), DESK_REFUSED);
	assert_string_equal(fake_calls_asked(), ASKS "failed lock-account");
	assert_int_equal(fake_proofs.lock.number, 2);
}

static void
R_LOCK_7_a_contract_is_proved_by_its_initial_password(void **state)
{
	(void)state;
	fake_proofs.holder.account.id = 0;
	ask(AUTH_CONTRACT, NUMBER, RIGHT);
	fake_calls_pump();
	assert_int_equal(last.end, DESK_DONE);
	assert_string_equal(
	    fake_calls_asked(), "contract place password session neutral");
	ask(AUTH_CONTRACT, NUMBER, "wrong-Pw1");
	fake_calls_pump();
	assert_int_equal(last.end, DESK_REFUSED);
}

static void
a_password_that_changes_meanwhile_begins_nothing(void **state)
{
	(void)state;
	fake_proofs.changed = true;
	assert_int_equal(prove(RIGHT), DESK_CHANGED);
	assert_int_equal(last.account.id, 0);
}

static void
R_LOCK_8_without_a_store_nothing_is_right(void **state)
{
	static const char *const questions[] = { "account", "place", "session",
		"neutral" };

	(void)state;
	for (size_t i = 0; i < COUNT(questions); i++) {
		fake_calls_reset();
		fake_calls_fault(questions[i], FAKE_IS_DOWN, NULL);
		fake_proofs.gone = fake_attempts.gone = false;
		assert_int_equal(prove(RIGHT), DESK_FAILED);
		fake_calls_fault(questions[i], FAKE_IS_DOWN, NULL);
		fake_attempts.gone = true;
		assert_int_equal(prove(RIGHT), DESK_NO_REDIS);
		fake_calls_fault(questions[i], FAKE_IS_DOWN, NULL);
		fake_proofs.gone = true;
		assert_int_equal(prove(RIGHT), DESK_NO_DATABASE);
		assert_int_equal(last.account.id, 0);
	}
	fake_attempts.places = 0; /* what was not given back ends by itself */
}

static void
F_59_without_memory_it_says_so(void **state)
{
	(void)state;
	fake_calls_fault("session", FAKE_NO_MEMORY, NULL);
	assert_int_equal(prove(RIGHT), DESK_FAILED);
	assert_int_equal(prove(RIGHT), DESK_DONE);
}

static void
I_13_so_many_at_one_time_and_the_rest_later(void **state)
{
	(void)state;
	for (unsigned n = 0; n < PROVER_MAX; n++)
		ask(AUTH_ACCOUNT, USER, RIGHT);
	assert_int_equal(heard, 0);
	ask(AUTH_ACCOUNT, USER, RIGHT);
	assert_int_equal(heard, 1);
	assert_int_equal(last.end, DESK_FULL);
	fake_calls_pump();
	assert_int_equal(heard, PROVER_MAX + 1);
	assert_int_equal(prove(RIGHT), DESK_DONE);
}

static void
I_7_too_many_at_once_is_told_from_wrong(void **state)
{
	(void)state;
	fake_attempts.begin.begin = ATTEMPTS_BUSY;
	assert_int_equal(prove(RIGHT), DESK_BUSY);
}

static void
T8_what_is_no_question_is_not_taken(void **state)
{
	struct desk_prove q = { .head.kind = DESK_KIND_PROVE,
		.subject = AUTH_ACCOUNT };
	size_t head = offsetof(struct desk_prove, secret);

	(void)state;
	assert_false(desk_question_good(&q.head, sizeof(q.head)));
	assert_true(desk_question_good(&q.head, head));
	assert_false(desk_question_good(&q.head, head + 1));
	q.secret_len = DESK_SECRET_SIZE + 1;
	assert_false(desk_question_good(&q.head, head + q.secret_len));
	q.secret_len = SIZE_MAX;
	assert_false(desk_question_good(&q.head, head - 1));
	q.secret_len = 0;
	q.subject = AUTH_NOBODY;
	assert_false(desk_question_good(&q.head, head));
	q.subject = AUTH_CONTRACT;
	memset(q.name, 'a', sizeof(q.name));
	assert_false(desk_question_good(&q.head, head));
	assert_false(prover_take(prover, &heard, &q.head, head));
	q.name[0] = '\0';
	q.head.kind = DESK_KIND_HASH;
	assert_false(prover_take(prover, &heard, &q.head, head));
}

static void
T8_what_is_no_answer_is_not_believed(void **state)
{
	struct desk_proved a = { .head.kind = DESK_KIND_PROVE };

	(void)state;
	assert_true(desk_answer_good(&a.head, sizeof(a)));
	assert_false(desk_answer_good(&a.head, sizeof(a) - 1));
	a.end = DESK_NOBODY;
	assert_false(desk_answer_good(&a.head, sizeof(a)));
	a.end = DESK_DONE;
	memset(a.account.user_id, 'a', sizeof(a.account.user_id));
	assert_false(desk_answer_good(&a.head, sizeof(a)));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(T9_a_right_password_begins_a_session_and_its_hash_stays),
		TEST(R_LOCK_1_a_wrong_one_counts_and_tells_not_who_it_is),
		TEST(R_LOCK_7_a_contract_is_proved_by_its_initial_password),
		TEST(a_password_that_changes_meanwhile_begins_nothing),
		TEST(R_LOCK_8_without_a_store_nothing_is_right),
		TEST(F_59_without_memory_it_says_so),
		TEST(I_13_so_many_at_one_time_and_the_rest_later),
		TEST(I_7_too_many_at_once_is_told_from_wrong),
		TEST(T8_what_is_no_question_is_not_taken),
		TEST(T8_what_is_no_answer_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
