/* FAKES: clock ledger */
/*
 * What fronts have seen in use, on its way into the ledger.
 */
#include "issuer/installed.h"

#include "base/loop.h"
#include "tests/lib/fake_ledger.h"
#include "tests/lib/issuer_world.h"
#include "tests/lib/test.h"

#include <event2/event.h>

static struct installed *installed;
static unsigned heard;
static struct issuer_installed_answer last;

static void
on_answer(void *asker, struct issuer_installed_answer *a)
{
	(void)asker;
	heard++;
	last = *a;
}

static int
begin(void **state)
{
	heard = 0;
	installed = installed_new(issuer_world_options.ledger, on_answer);
	assert_non_null(installed);
	return issuer_world_begin(state);
}

static int
end(void **state)
{
	installed_free(installed);
	return issuer_world_end(state);
}

/* Of a certificate that was issued right now. */
static struct issuer_installed_question
question(void)
{
	const struct issuer_answer *made = issuer_world_ask_for(1, 1);
	struct issuer_installed_question q = { .head.id = 7 };

	issuer_world_run();
	assert_int_equal(made->end, ISSUER_DONE);
	q.serial = made->serial;
	q.fingerprint = digest_of(made->der, made->der_len);
	return q;
}

static void
add(const struct issuer_installed_question *q)
{
	assert_true(installed_add(installed, q, &heard));
	event_base_loop(issuer_world_base, EVLOOP_ONCE);
}

static void
R_CERT_12_what_was_seen_is_marked_and_answered(void **state)
{
	struct issuer_installed_question q = question();

	(void)state;
	add(&q);
	assert_int_equal(heard, 1);
	assert_int_equal(last.end, ISSUER_DONE);
	assert_int_equal(last.head.id, 7);
	assert_int_equal(last.head.kind, ISSUER_KIND_INSTALLED);
	assert_true(fake_ledger.row[0]->installed);
}

static void
R_CERT_12_other_bytes_of_that_serial_are_not(void **state)
{
	struct issuer_installed_question q = question();

	(void)state;
	q.fingerprint.bytes[0] ^= 1;
	add(&q);
	assert_int_equal(last.end, ISSUER_REFUSED);
	assert_false(fake_ledger.row[0]->installed);
}

static void
I_9_without_a_ledger_nobody_hears_that_it_is(void **state)
{
	struct issuer_installed_question q = question();

	(void)state;
	fake_ledger.record_down = 1;
	add(&q);
	assert_int_equal(last.end, ISSUER_DOWN);
	fake_ledger.up = false;
	assert_false(installed_add(installed, &q, &heard));
	assert_int_equal(heard, 1);
}

static void
I_13_one_asker_leaves_room_for_the_others(void **state)
{
	struct issuer_installed_question q = question();
	unsigned taken = 0, other;

	(void)state;
	while (installed_add(installed, &q, &heard))
		taken++;
	assert_int_equal(taken, INSTALLED_OPEN_MAX / 2);
	assert_true(installed_add(installed, &q, &other));
	while (heard < taken + 1)
		event_base_loop(issuer_world_base, EVLOOP_ONCE);
	add(&q);
}

/* Nor is its memory touched when the ledger answers. */
static void
what_is_open_at_the_end_is_not_answered(void **state)
{
	struct issuer_installed_question q = question();

	(void)state;
	assert_true(installed_add(installed, &q, &heard));
	installed_free(installed);
	installed = NULL;
	event_base_loop(issuer_world_base, EVLOOP_NONBLOCK);
	assert_int_equal(heard, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    R_CERT_12_what_was_seen_is_marked_and_answered, begin, end),
		cmocka_unit_test_setup_teardown(
		    R_CERT_12_other_bytes_of_that_serial_are_not, begin, end),
		cmocka_unit_test_setup_teardown(
		    I_9_without_a_ledger_nobody_hears_that_it_is, begin, end),
		cmocka_unit_test_setup_teardown(
		    I_13_one_asker_leaves_room_for_the_others, begin, end),
		cmocka_unit_test_setup_teardown(
		    what_is_open_at_the_end_is_not_answered, begin, end),
	};

	return cmocka_run_group_tests(
	    tests, issuer_world_begin_group, issuer_world_end_group);
}
