/* FAKES: clock ledger */
/*
 * What the issuer refuses by itself, whatever a front asks (I-18).
 */
#include "tests/lib/issuer_world.h"

#include "base/loop.h"
#include "base/secret.h"
#include "pki/key.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/fake_ledger.h"
#include "tests/lib/test.h"

#include <event2/event.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

static void
EST_154_EST_161_S_08_keys_that_are_taken(void **state)
{
	const struct issuer_answer *a;

	(void)state;
	fake_ledger.known = LEDGER_KEY_TAKEN;
	a = issuer_world_ask_for(1, 1);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_KEY);
	fake_ledger.known = LEDGER_NEW;
	batch_free(issuer_world_batch);
	issuer_world_options.own.identity[0] = key_identity(
	    &(struct der){ issuer_world_spki, issuer_world_spki_len });
	issuer_world_options.own.count = 1;
	issuer_world_batch = batch_new(&issuer_world_options);
	a = issuer_world_ask_for(1, 1);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_KEY);
	assert_int_equal(fake_ledger.rows, 0);
}

/* The front saw a closed window and left the proof of the key away. */
static void
R_CERT_3_what_is_not_proved_is_not_signed(void **state)
{
	struct issuer_question ask = issuer_world_question(1, 1);
	const struct issuer_answer *a;

	(void)state;
	ask.unproven = true;
	a = issuer_world_put(&ask);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_DOWN);
	assert_int_equal(fake_ledger.rows, 0);
	ask.unproven = false;
	a = issuer_world_put(&ask);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_DONE);
}

static void
I_18_keys_that_the_profile_does_not_take(void **state)
{
	struct issuer_question ask = issuer_world_question(1, 1);
	const struct issuer_answer *a;

	(void)state;
	issuer_world_profiles[0].keys.kinds = KEYS_RSA;
	a = issuer_world_put(&ask);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_KEY);
	issuer_world_profiles[0] = profile_person();
	ask.spki_len -= 1;
	a = issuer_world_put(&ask);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_KEY);
	assert_int_equal(fake_ledger.rows, 0);
}

static void
F_29_a_code_that_was_spent_otherwise(void **state)
{
	const struct issuer_answer *a;

	(void)state;
	fake_ledger.known = LEDGER_CODE_TAKEN;
	a = issuer_world_ask_for(1, 1);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_CODE);
	assert_int_equal(fake_ledger.rows, 0);
}

/* What a front that was taken over could try. */
static void
I_18_a_front_cannot_leave_the_code_away(void **state)
{
	struct issuer_question ask = issuer_world_question(1, 1);
	const struct issuer_answer *a;

	(void)state;
	ask.by_code = false;
	a = issuer_world_put(&ask);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_REFUSED);
	ask.operation = DECIDE_REENROLL;
	a = issuer_world_put(&ask);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_REFUSED);
	snprintf(ask.profile, sizeof(ask.profile), "nothing");
	ask.by_code = true;
	a = issuer_world_put(&ask);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_REFUSED);
	assert_int_equal(a->decision.verdict, DECIDE_PROFILE);
	assert_int_equal(fake_ledger.rows, 0);
}

static void
R_CERT_10_a_device_renews_with_its_certificate(void **state)
{
	struct issuer_question ask = issuer_world_question(1, 1);
	const struct issuer_answer *first, *a;

	(void)state;
	fake_ledger.role = FACTS_DEVICE;
	snprintf(ask.profile, sizeof(ask.profile), "device");
	first = issuer_world_put(&ask);
	issuer_world_run();
	assert_int_equal(first->end, ISSUER_DONE);
	ask.by_code = false;
	ask.operation = DECIDE_REENROLL;
	ask.csr_digest.bytes[8] = 1;
	ask.presented = first->serial;
	a = issuer_world_put(&ask);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_REFUSED); /* too early */
	fake_clock_pass_s(350 * 86400);
	a = issuer_world_put(&ask);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_DONE);
	assert_true(
	    serial_equal(&fake_ledger.row[1]->given.replaces, &first->serial));
	fake_clock_set(FAKE_CLOCK_START);
}

static void
EST_187_a_profile_may_want_a_new_key(void **state)
{
	struct issuer_question ask = issuer_world_question(1, 1);
	const struct issuer_answer *first, *a;

	(void)state;
	issuer_world_profiles[0].new_key = true;
	issuer_world_profiles[0].renewal_days = 366;
	first = issuer_world_put(&ask);
	issuer_world_run();
	assert_int_equal(first->end, ISSUER_DONE);
	ask.operation = DECIDE_REENROLL;
	ask.csr_digest.bytes[8] = 1;
	ask.presented = first->serial;
	a = issuer_world_put(&ask);
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_KEY);
}

static void
T8_questions_that_make_no_sense(void **state)
{
	struct issuer_question ask = issuer_world_question(1, 1);
	size_t size = ISSUER_ASK_BYTES(&ask);
	unsigned char byte = 2;

	(void)state;
	assert_true(issuer_question_good(&ask, size));
	assert_false(issuer_question_good(&ask, size - 1));
	assert_false(issuer_question_good(&ask, size + 1));
	assert_false(issuer_question_good(&ask, 8));
	ask.spki_len = 0xffff;
	assert_false(issuer_question_good(&ask, sizeof(ask) + 1000));
	ask = issuer_world_question(0, 1);
	assert_false(issuer_question_good(&ask, size));
	ask = issuer_world_question(1, 1);
	memset(ask.profile, 'a', sizeof(ask.profile));
	assert_false(issuer_question_good(&ask, size));
	ask = issuer_world_question(1, 1);
	memcpy(&ask.by_code, &byte, 1);
	assert_false(issuer_question_good(&ask, size));
	ask = issuer_world_question(1, 1);
	memset(&ask.operation, 0x7f, sizeof(ask.operation));
	assert_false(issuer_question_good(&ask, size));
}

/* ----------------------------------------------------------------- grant */

static void
assert_not_granted(const struct issuer_question *ask)
{
	struct issuer_answer no;

	assert_false(issuer_world_try(ask, &no));
	assert_int_equal(no.end, ISSUER_GRANT);
	assert_int_equal(no.head.id, ask->head.id);
}

/* A front that was taken over invents, changes or keeps what it has seen. */
static void
T8_without_a_grant_nobody_gets_a_certificate_by_code(void **state)
{
	struct issuer_question ask = issuer_world_question(1, 1), other;

	(void)state;
	assert_not_granted(&ask); /* an invented code id */
	issuer_world_grant(&ask);
	other = ask;
	other.account = 2;
	assert_not_granted(&other);
	other = ask;
	other.csr_digest.bytes[0] ^= 1;
	assert_not_granted(&other);
	other = ask;
	other.spki[other.spki_len - 1] ^= 1; /* a key of its own */
	assert_not_granted(&other);
	other = ask;
	other.presented.bytes[0] ^= 1;
	assert_not_granted(&other);
	fake_clock_pass_s(10);
	assert_not_granted(&ask);
	assert_int_equal(fake_ledger.facts_asked, 0);
}

static void
R_LOCK_4_a_certificate_by_code_comes_with_a_receipt(void **state)
{
	struct issuer_question ask = issuer_world_question(1, 1), device;
	const struct issuer_answer *a;
	struct issuer_answer no;

	(void)state;
	issuer_world_grant(&ask);
	a = &issuer_world_heard[0];
	assert_true(issuer_world_try(&ask, &no));
	issuer_world_run();
	assert_int_equal(a->end, ISSUER_DONE);
	assert_true(grant_receipt_holds(
	    &issuer_world_grant_key, &ask.grant, &a->serial, &a->receipt));
	/* A refusal has none. */
	fake_ledger.known = LEDGER_CODE_TAKEN;
	device = issuer_world_question(2, 2);
	issuer_world_grant(&device);
	assert_true(issuer_world_try(&device, &no));
	issuer_world_run();
	assert_int_equal(issuer_world_heard[1].end, ISSUER_CODE);
	assert_int_equal(issuer_world_heard[1].receipt.bytes[0], 0);
	assert_false(grant_receipt_holds(&issuer_world_grant_key, &device.grant,
	    &issuer_world_heard[1].serial, &issuer_world_heard[1].receipt));
}

/* --------------------------------------------------------------- ceiling */

/* The third waits for the minute to end; nothing of it is in the ledger. What
 * was issued is had again: that costs no signature (I-6). */
static void
T8_I_13_signatures_have_a_ceiling(void **state)
{
	struct config low = *issuer_world_options.config;
	struct batch_options options = issuer_world_options;
	const struct issuer_answer *a[3], *again;

	(void)state;
	low.ca.signatures_per_minute = 2;
	options.config = &low;
	batch_free(issuer_world_batch);
	issuer_world_batch = batch_new(&options);
	for (unsigned i = 0; i < 3; i++)
		a[i] = issuer_world_ask_for(1 + i, 1 + i);
	issuer_world_run();
	assert_int_equal(a[0]->end, ISSUER_DONE);
	assert_int_equal(a[1]->end, ISSUER_DONE);
	assert_int_equal(a[2]->end, ISSUER_DOWN);
	assert_int_equal(fake_ledger.rows, 2);
	again = issuer_world_ask_for(1, 1);
	issuer_world_run();
	assert_int_equal(again->end, ISSUER_DONE);
	assert_true(again->again);
	fake_clock_pass_s(60);
	a[2] = issuer_world_ask_for(3, 3);
	issuer_world_run();
	assert_int_equal(a[2]->end, ISSUER_DONE);
	fake_clock_set(FAKE_CLOCK_START);
}

#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(                                       \
	    name, issuer_world_begin, issuer_world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(EST_154_EST_161_S_08_keys_that_are_taken),
		T(R_CERT_3_what_is_not_proved_is_not_signed),
		T(I_18_keys_that_the_profile_does_not_take),
		T(F_29_a_code_that_was_spent_otherwise),
		T(I_18_a_front_cannot_leave_the_code_away),
		T(R_CERT_10_a_device_renews_with_its_certificate),
		T(EST_187_a_profile_may_want_a_new_key),
		T(T8_questions_that_make_no_sense),
		T(T8_without_a_grant_nobody_gets_a_certificate_by_code),
		T(R_LOCK_4_a_certificate_by_code_comes_with_a_receipt),
		T(T8_I_13_signatures_have_a_ceiling),
	};

	return cmocka_run_group_tests(
	    tests, issuer_world_begin_group, issuer_world_end_group);
}
