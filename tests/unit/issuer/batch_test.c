/* FAKES: clock ledger */
/*
 * The issuer's work with a ledger that answers everything it can answer; the
 * ledger itself looks after I-2 and I-3.
 */
#include "tests/lib/issuer_world.h"

#include "base/loop.h"
#include "base/secret.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/fake_ledger.h"
#include "tests/lib/test.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

static void
I_1_what_is_answered_is_recorded(void **state)
{
	const struct issuer_answer *a;

	(void)state;
	a = issuer_world_ask_for(1, 7);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_DONE);
	assert_int_equal(a->head.id, 8);
	assert_false(a->again);
	assert_int_equal(fake_ledger.issued, 1);
	assert_int_equal(fake_ledger.row[0]->given.account, 1);
	assert_true(fake_ledger.row[0]->given.by_code);
}

static void
I_3_I_5_two_at_once_of_one_account_give_one(void **state)
{
	const struct issuer_answer *a, *b;

	(void)state;
	a = issuer_world_ask_for(1, 1);
	b = issuer_world_ask_for(1, 1);
	issuer_world_run();
	assert_false(fake_ledger.two_of_one_account);
	assert_int_equal(fake_ledger.issued, 1);
	assert_int_equal(a->end, ISSUER_DONE);
	assert_int_equal(b->end, ISSUER_DONE);
	assert_true(!a->again && b->again);
	assert_int_equal(a->der_len, b->der_len);
	assert_memory_equal(a->der, b->der, a->der_len);
	assert_true(serial_equal(&a->serial, &b->serial));
}

static void
R_CERT_2_another_request_of_the_account_is_refused(void **state)
{
	const struct issuer_answer *a, *b;

	(void)state;
	a = issuer_world_ask_for(1, 1);
	b = issuer_world_ask_for(1, 2);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_DONE);
	assert_int_equal(b->end, ISSUER_REFUSED);
	assert_int_equal(b->decision.verdict, DECIDE_WINDOW);
	assert_true(b->decision.from > 0);
	assert_int_equal(fake_ledger.rows, 1);
}

static void
many_go_together_but_not_too_many(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 200; i++)
		issuer_world_ask_for(i + 1, i);
	issuer_world_run();
	assert_int_equal(fake_ledger.issued, 200);
	assert_int_equal(fake_ledger.largest, BATCH_SIZE);
	assert_int_equal(fake_ledger.facts_asked, 4);
	assert_int_equal(fake_ledger.record_asked, 4);
}

/* Account 1 is answered while another waits, which came meanwhile. */
static void
one_is_answered_and_one_waits(void)
{
	struct issuer_answer *first = &issuer_world_heard[0];

	memset(first, 0, sizeof(*first)); /* of a test before */
	issuer_world_ask_for(1, 1);
	while (fake_ledger.facts_asked == 0)
		event_base_loop(issuer_world_base, EVLOOP_ONCE);
	issuer_world_ask_for(2, 2);
	while (first->head.id == 0)
		event_base_loop(issuer_world_base, EVLOOP_ONCE);
}

static void
who_comes_again_goes_with_who_came_meanwhile(void **state)
{
	(void)state;
	one_is_answered_and_one_waits();
	issuer_world_ask_for(3, 3);
	issuer_world_run();
	assert_int_equal(fake_ledger.facts_asked, 2);
	assert_int_equal(fake_ledger.largest, 2);
}

static void
nobody_waits_for_who_does_not_come_again(void **state)
{
	(void)state;
	one_is_answered_and_one_waits();
	issuer_world_run();
	assert_int_equal(fake_ledger.issued, 2);
	assert_int_equal(fake_ledger.facts_asked, 2);
}

static void
I_9_after_an_outage_nobody_waits_for_who_was_answered(void **state)
{
	(void)state;
	one_is_answered_and_one_waits();
	fake_ledger.up = false;
	issuer_world_run();
	fake_ledger.up = true;
	issuer_world_ask_for(3, 3);
	issuer_world_run();
	assert_int_equal(fake_ledger.issued, 2); /* of three */
}

static void
I_13_the_queue_has_an_end(void **state)
{
	struct issuer_question ask = issuer_world_question(9999, 9999);
	struct issuer_answer no;

	(void)state;
	for (unsigned i = 0; i < BATCH_WAITING_MAX; i++)
		issuer_world_ask_for(i + 1, i);
	issuer_world_grant(&ask);
	assert_false(issuer_world_try(&ask, &no));
	assert_int_equal(no.end, ISSUER_DOWN);
	fake_ledger.up = false;
	issuer_world_run();
	assert_int_equal(issuer_world_heard[0].end, ISSUER_DOWN);
	assert_int_equal(fake_ledger.facts_asked, 0);
}

/* T8: one front asks without end, and another is taken all the same. */
static void
I_13_a_flood_of_one_asker_leaves_room_for_another(void **state)
{
	struct issuer_answer no, *flood = &issuer_world_heard[0];
	unsigned taken = 0, after = 0;
	bool room = true;

	(void)state;
	for (unsigned i = 0; room; i++) {
		struct issuer_question ask = issuer_world_question(i + 1, i);

		issuer_world_grant(&ask);
		room = batch_add(issuer_world_batch, &ask, flood, &no);
		taken += room;
	}
	assert_int_equal(no.end, ISSUER_DOWN);
	assert_int_equal(taken, BATCH_WAITING_MAX / 2);
	for (unsigned i = 0; i < BATCH_SIZE; i++) {
		struct issuer_question ask =
		    issuer_world_question(5000 + i, 5000 + i);

		issuer_world_grant(&ask);
		after += batch_add(issuer_world_batch, &ask, flood + 1, &no);
	}
	assert_int_equal(after, BATCH_SIZE);
}

/* T8: five batches full, and one question of another. */
static void
I_13_who_asks_once_does_not_wait_behind_who_asks_without_end(void **state)
{
	struct issuer_answer no, *flood = &issuer_world_heard[0];
	struct issuer_answer *other = &issuer_world_heard[1];

	(void)state;
	memset(other, 0, sizeof(*other)); /* of a test before */
	for (unsigned i = 0; i <= 5 * BATCH_SIZE; i++) {
		struct issuer_question ask = issuer_world_question(i + 1, i);
		bool last = i == 5 * BATCH_SIZE;

		issuer_world_grant(&ask);
		assert_true(batch_add(
		    issuer_world_batch, &ask, last ? other : flood, &no));
	}
	for (int i = 0; i < 4000 && other->head.id == 0; i++)
		event_base_loop(issuer_world_base, EVLOOP_ONCE);
	assert_int_equal(other->end, ISSUER_DONE);
	assert_in_range(fake_ledger.facts_asked, 1, 2); /* the next began */
	/* And nobody is forgotten for that. */
	while (fake_ledger.issued <= 5 * BATCH_SIZE)
		event_base_loop(issuer_world_base, EVLOOP_ONCE);
}

static void
I_9_no_ledger_no_certificate(void **state)
{
	const struct issuer_answer *a;

	(void)state;
	fake_ledger.up = false;
	a = issuer_world_ask_for(1, 1);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_DOWN);
	fake_ledger.up = true;
	fake_ledger.facts_down = 1;
	a = issuer_world_ask_for(1, 1);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_DOWN);
	assert_int_equal(fake_ledger.rows, 0);
	a = issuer_world_ask_for(1, 1);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_DONE);
}

static void
I_2_a_reservation_of_unknown_outcome_is_not_signed(void **state)
{
	const struct issuer_answer *a;

	(void)state;
	fake_ledger.reserve_down = 1;
	a = issuer_world_ask_for(1, 1);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_DOWN);
	assert_int_equal(fake_ledger.record_asked, 0);
}

static void
facts_that_changed_are_asked_again(void **state)
{
	const struct issuer_answer *a;

	(void)state;
	fake_ledger.reserve_conflict = BATCH_CONFLICTS;
	a = issuer_world_ask_for(1, 1);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_DONE);
	assert_int_equal(fake_ledger.facts_asked, BATCH_CONFLICTS + 1);
	fake_ledger.reserve_conflict = BATCH_CONFLICTS + 1;
	a = issuer_world_ask_for(2, 2);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_PENDING);
	assert_int_equal(fake_ledger.issued, 1);
}

static void
F_15_an_open_reservation_is_waited_for(void **state)
{
	const struct issuer_answer *a;

	(void)state;
	fake_ledger.open_for = 3;
	a = issuer_world_ask_for(1, 1);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_DONE);
	assert_int_equal(fake_ledger.facts_asked, 4);
	fake_ledger.known = LEDGER_OPEN;
	a = issuer_world_ask_for(2, 2);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_PENDING);
	assert_int_equal(fake_ledger.issued, 1);
}

static void
F_37_a_signed_one_is_kept_until_it_is_recorded(void **state)
{
	const struct issuer_answer *a;

	(void)state;
	fake_ledger.record_down = 3;
	a = issuer_world_ask_for(1, 1);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_DONE);
	assert_int_equal(fake_ledger.record_asked, 4);
	assert_int_equal(fake_ledger.reserve_asked, 1); /* signed once */
	assert_int_equal(fake_ledger.issued, 1);
}

static void
two_seconds_pass(void)
{
	fake_clock_pass_ms(2000);
}

static void
F_37_a_signed_one_is_dropped_after_its_time(void **state)
{
	const struct issuer_answer *a, *b;

	(void)state;
	fake_ledger.record_down = 100;
	fake_ledger.before_record = two_seconds_pass;
	a = issuer_world_ask_for(1, 1);
	b = issuer_world_ask_for(2, 2);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_DOWN);
	assert_int_equal(b->end, ISSUER_DOWN);
	assert_int_equal(fake_ledger.issued, 0);
	assert_int_equal(fake_ledger.record_asked, 3);
}

static void
I_4_an_abandoned_one_goes_to_nobody(void **state)
{
	const struct issuer_answer *a;

	(void)state;
	fake_ledger.abandon = true;
	a = issuer_world_ask_for(1, 1);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_DOWN);
	assert_int_equal(a->der_len, 0);
	assert_int_equal(fake_ledger.record_asked, 1);
	/* The same request again: a new serial. */
	fake_ledger.abandon = false;
	a = issuer_world_ask_for(1, 1);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_DONE);
	assert_int_equal(fake_ledger.rows, 2);
}

static void
F_81_no_certificate_beyond_the_ca(void **state)
{
	const struct issuer_answer *a;

	(void)state;
	issuer_world_profiles[0].validity_days = 36600;
	a = issuer_world_ask_for(1, 1);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_DOWN);
	assert_int_equal(fake_ledger.rows, 0);
}

/* The key and the certificate do not fit any more: like a broken token. */
static void
F_80_a_wrong_signature_halts_the_issuer(void **state)
{
	struct ca *ca = (struct ca *)(uintptr_t)issuer_world_options.ca;
	EVP_PKEY *other = EVP_EC_gen("P-256");
	EVP_PKEY_CTX *right = ca->signer,
		     *wrong = EVP_PKEY_CTX_new(other, NULL);
	const struct issuer_answer *a;

	(void)state;
	assert_true(EVP_PKEY_sign_init(wrong) > 0);
	ca->signer = wrong;
	a = issuer_world_ask_for(1, 1);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_DOWN);
	assert_int_equal(fake_ledger.rows, 1);
	assert_int_equal(fake_ledger.record_asked, 0);
	ca->signer = right;
	a = issuer_world_ask_for(2, 2);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_DOWN);
	assert_int_equal(fake_ledger.rows, 1);
	EVP_PKEY_CTX_free(wrong);
	EVP_PKEY_free(other);
}

static bool stopped;

static void
on_stopped(void *arg)
{
	(void)arg;
	stopped = true;
}

static void
F_22_the_running_batch_is_finished(void **state)
{
	const struct issuer_answer *a, *b;
	struct issuer_question ask = issuer_world_question(3, 3);
	struct issuer_answer no;

	(void)state;
	stopped = false;
	a = issuer_world_ask_for(1, 1);
	event_base_loop(issuer_world_base, EVLOOP_ONCE);
	b = issuer_world_ask_for(2, 2);
	batch_stop(issuer_world_batch, on_stopped, NULL);
	assert_false(stopped);
	issuer_world_grant(&ask);
	assert_false(issuer_world_try(&ask, &no));
	assert_int_equal(no.end, ISSUER_DOWN);
	issuer_world_run();
	assert_true(stopped);
	assert_int_equal(a->end, ISSUER_DONE);
	assert_int_equal(b->end, ISSUER_DOWN);
}

static void
F_22_nothing_to_finish(void **state)
{
	(void)state;
	stopped = false;
	batch_stop(issuer_world_batch, on_stopped, NULL);
	assert_true(stopped);
}

#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(                                       \
	    name, issuer_world_begin, issuer_world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(I_1_what_is_answered_is_recorded),
		T(I_3_I_5_two_at_once_of_one_account_give_one),
		T(R_CERT_2_another_request_of_the_account_is_refused),
		T(many_go_together_but_not_too_many),
		T(who_comes_again_goes_with_who_came_meanwhile),
		T(nobody_waits_for_who_does_not_come_again),
		T(I_9_after_an_outage_nobody_waits_for_who_was_answered),
		T(I_13_the_queue_has_an_end),
		T(I_13_a_flood_of_one_asker_leaves_room_for_another),
		T(I_13_who_asks_once_does_not_wait_behind_who_asks_without_end),
		T(I_9_no_ledger_no_certificate),
		T(I_2_a_reservation_of_unknown_outcome_is_not_signed),
		T(facts_that_changed_are_asked_again),
		T(F_15_an_open_reservation_is_waited_for),
		T(F_37_a_signed_one_is_kept_until_it_is_recorded),
		T(F_37_a_signed_one_is_dropped_after_its_time),
		T(I_4_an_abandoned_one_goes_to_nobody),
		T(F_81_no_certificate_beyond_the_ca),
		T(F_80_a_wrong_signature_halts_the_issuer),
		T(F_22_the_running_batch_is_finished),
		T(F_22_nothing_to_finish),
	};

	return cmocka_run_group_tests(
	    tests, issuer_world_begin_group, issuer_world_end_group);
}
