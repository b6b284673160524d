/*
 * What a front believes of the issuer (what the issuer believes of a front is
 * in batch_refusal_test.c).
 */
#include "issuer/ask.h"

#include "tests/lib/test.h"

#include <string.h>

static void
T8_answers_that_make_no_sense(void **state)
{
	static struct issuer_answer a;
	const size_t bytes = offsetof(struct issuer_answer, der) + 100;
	unsigned char two = 2;

	(void)state;
	a.der_len = 100;
	assert_true(issuer_answer_good(&a.head, bytes));
	assert_false(issuer_answer_good(&a.head, bytes - 1));
	assert_false(issuer_answer_good(&a.head, bytes + 1));
	assert_false(issuer_answer_good(&a.head, sizeof(a.head)));
	a.der_len = UINT16_MAX;
	assert_false(issuer_answer_good(&a.head, sizeof(a)));
	a.der_len = 100;
	a.end = (enum issuer_end)(ISSUER_DOWN + 1);
	assert_false(issuer_answer_good(&a.head, bytes));
	a.end = ISSUER_DOWN;
	assert_true(issuer_answer_good(&a.head, bytes));
	a.decision.verdict = (enum decide_verdict)(DECIDE_OTHER_PROFILE + 1);
	assert_false(issuer_answer_good(&a.head, bytes));
	a.decision.verdict = DECIDE_OTHER_PROFILE;
	memcpy(&a.again, &two, 1);
	assert_false(issuer_answer_good(&a.head, bytes));
}

static void
T8_answers_about_what_is_installed(void **state)
{
	struct issuer_installed_answer a = { .head.kind = ISSUER_KIND_INSTALLED,
		.end = ISSUER_REFUSED };

	(void)state;
	assert_true(issuer_answer_good(&a.head, sizeof(a)));
	assert_false(issuer_answer_good(&a.head, sizeof(a) - 1));
	assert_false(issuer_answer_good(&a.head, sizeof(a.head)));
	a.end = (enum issuer_end)(ISSUER_DOWN + 1);
	assert_false(issuer_answer_good(&a.head, sizeof(a)));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(T8_answers_that_make_no_sense),
		cmocka_unit_test(T8_answers_about_what_is_installed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
