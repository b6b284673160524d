/*
 * What the two ends of auth.sock believe of each other.
 */
#include "auth/ask.h"

#include "tests/lib/test.h"

#include <string.h>

static union auth_answer answer;

static void
begin(enum auth_kind kind)
{
	memset(&answer, 0, sizeof(answer));
	answer.head.kind = (uint16_t)kind;
}

static bool
good(size_t bytes)
{
	return auth_answer_good(&answer.head, bytes);
}

static bool
passed(void)
{
	return good(sizeof(answer.password));
}

/* A byte where a bool should be; false again, if it is believed. */
static bool
takes_byte(bool *flag, bool (*believed)(void))
{
	unsigned char two = 2, zero = 0;
	bool taken;

	memcpy(flag, &two, 1);
	taken = believed();
	memcpy(flag, &zero, 1);
	return taken;
}

static void
T8_no_end_of_an_answer_that_there_is_not(void **state)
{
	static const struct {
		enum auth_kind kind;
		size_t bytes;
	} all[] = {
		{ AUTH_KIND_PASSWORD, sizeof(answer.password) },
		{ AUTH_KIND_CODE, sizeof(answer.code) },
		{ AUTH_KIND_REGISTER, sizeof(answer.registration) },
		{ AUTH_KIND_SUCCEED, sizeof(answer.end) },
		{ AUTH_KIND_LEAVE, sizeof(answer.end) },
		{ AUTH_KIND_MAKE, sizeof(answer.made) },
		{ AUTH_KIND_SETTLE, sizeof(answer.end) },
		{ AUTH_KIND_PREPARE_EMAIL, sizeof(answer.end) },
		{ AUTH_KIND_CONFIRM_EMAIL, sizeof(answer.email) },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		begin(all[i].kind);
		assert_true(good(all[i].bytes));
		assert_false(good(all[i].bytes - 1));
		assert_false(good(all[i].bytes + 1));
		answer.end.end = AUTH_GONE;
		assert_true(good(all[i].bytes));
		answer.end.end = (enum auth_end)(AUTH_GONE + 1);
		assert_false(good(all[i].bytes));
		memset(&answer.end.end, 0xff, sizeof(answer.end.end));
		assert_false(good(all[i].bytes));
	}
	begin(AUTH_KIND_LEAVE_SAID);
	assert_false(good(sizeof(answer.end)));
	begin(AUTH_KIND_PASSWORD);
	answer.head.kind = 0;
	assert_false(good(0));
}

/* The front puts them into its log, its tables and its flags. */
static void
T8_no_holder_that_cannot_be_read(void **state)
{
	struct auth_password_answer *a = &answer.password;
	struct facts_account *of = &a->holder.account;
	char *const texts[] = { of->user_id, of->contract, of->name, of->email,
		of->locale, of->password_hash, of->profiles,
		a->holder.presented.profile };
	const size_t sizes[] = { sizeof(of->user_id), sizeof(of->contract),
		sizeof(of->name), sizeof(of->email), sizeof(of->locale),
		sizeof(of->password_hash), sizeof(of->profiles),
		sizeof(a->holder.presented.profile) };
	bool *const flags[] = { &a->with_code, &a->evaluated,
		&of->temporary_password, &a->holder.current.exists,
		&a->holder.current.issued, &a->holder.presented.revoked,
		&a->holder.presented.current };

	(void)state;
	begin(AUTH_KIND_PASSWORD);
	for (size_t i = 0; i < COUNT(texts); i++) {
		memset(texts[i], 'a', sizes[i]);
		assert_false(passed());
		texts[i][sizes[i] - 1] = '\0';
		assert_true(passed());
	}
	for (size_t i = 0; i < COUNT(flags); i++)
		assert_false(takes_byte(flags[i], passed));
	assert_true(passed());
	of->role = (enum facts_role)(FACTS_OPERATOR + 1);
	assert_false(passed());
	of->role = FACTS_OPERATOR;
	of->state = (enum facts_state)(FACTS_CLOSED + 1);
	assert_false(passed());
}

static bool
proved(void)
{
	return good(sizeof(answer.code));
}

static void
T8_no_verdict_that_there_is_not(void **state)
{
	(void)state;
	begin(AUTH_KIND_PASSWORD);
	answer.password.decision.verdict = DECIDE_OTHER_PROFILE;
	assert_true(passed());
	answer.password.decision.verdict =
	    (enum decide_verdict)(DECIDE_OTHER_PROFILE + 1);
	assert_false(passed());
	answer.password.decision.verdict = DECIDE_ALLOWED;
	answer.password.mailed.outcome = AUTH_MAIL_FAILED;
	assert_true(passed());
	answer.password.mailed.outcome =
	    (enum auth_mail_outcome)(AUTH_MAIL_FAILED + 1);
	assert_false(passed());
	begin(AUTH_KIND_CODE);
	answer.code.decision.verdict = DECIDE_OTHER_PROFILE;
	assert_true(proved());
	assert_false(takes_byte(&answer.code.again, proved));
	answer.code.decision.verdict =
	    (enum decide_verdict)(DECIDE_OTHER_PROFILE + 1);
	assert_false(proved());
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(T8_no_end_of_an_answer_that_there_is_not),
		cmocka_unit_test(T8_no_holder_that_cannot_be_read),
		cmocka_unit_test(T8_no_verdict_that_there_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
