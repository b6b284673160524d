/* LINK: est/batch.c est/question.c est/tbs.c est/tbs_check.c est/csr.c est/attributes.c est/extensions.c est/name.c est/ca.c est/ca_key.c est/ca_make.c est/key.c est/weak.c est/proof.c est/der.c est/der_write.c base/arena.c base/b64.c base/buf.c base/loop.c base/log.c base/secret.c base/zone.c policy/decide.c policy/lock.c policy/window.c policy/keys.c policy/names.c policy/utf8.c policy/input.c policy/common.c policy/validity.c policy/profile.c tests/lib/authority.c tests/lib/fake_clock.c tests/lib/fake_ledger.c */
/*
 * The issuer's work with a ledger that answers everything it can answer; the
 * ledger itself looks after I-2 and I-3.
 */
#include "est/batch.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/secret.h"
#include "tests/lib/authority.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/fake_ledger.h"
#include "tests/lib/test.h"

#include <event2/event.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASKED_MAX 2048

static struct event_base *base;
static char *folder;
static struct config config;
static struct profile profiles[2];
static struct batch_options options;
static struct batch *batch;
static unsigned char spki[ISSUE_SPKI_MAX];
static size_t spki_len;

/* What each question heard; the asker is the place in it. */
static struct issue_answer heard[ASKED_MAX];
static unsigned times_heard[ASKED_MAX];
static size_t asked, answered;

const struct profile *
config_profile(const struct config *c, const char *label, size_t len)
{
	if (len == 0)
		return &c->profiles[0];
	for (unsigned i = 0; i < c->profiles_count; i++) {
		if (strlen(c->profiles[i].name) == len &&
		    memcmp(c->profiles[i].name, label, len) == 0)
			return &c->profiles[i];
	}
	return NULL;
}

static void
on_answer(void *asker, const struct issue_answer *a)
{
	struct issue_answer *place = asker;
	size_t i = (size_t)(place - heard);

	/* I-1: what goes out is in the ledger, whole. */
	if (a->end == ISSUE_DONE) {
		bool found = false;

		for (size_t r = 0; r < fake_ledger.rows && !found; r++)
			found = fake_ledger.row[r]->issued &&
				fake_ledger.row[r]->der_len == a->der_len &&
				memcmp(fake_ledger.row[r]->der, a->der,
				    a->der_len) == 0 &&
				memcmp(fake_ledger.row[r]->given.serial,
				    a->serial, FACTS_SERIAL_SIZE) == 0;
		assert_true(found);
	}
	*place = *a;
	times_heard[i]++;
	answered++;
}

static char *
file_of(const char *name)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
	return path;
}

static void
open_ca(void)
{
	static const char *const names[] = { "localhost" };
	struct ca_make order = { .folder = folder,
		.name = "Koshin",
		.server_names = names,
		.server_name_count = 1 };
	char why[512];
	struct ca *ca;

	if (!ca_make(&order, why, sizeof(why)))
		fail_msg("%s", why);
	config.ca.certificate = file_of("ca/issuing.pem");
	config.ca.chain = file_of("ca/root.pem");
	config.ca.key = file_of("ca/issuing.key");
	ca = ca_open(&config.ca, why, sizeof(why));
	if (ca == NULL || !ca_open_key(ca, &config.ca, why, sizeof(why)))
		fail_msg("%s", why);
	options.ca = ca;
}

static void
make_spki(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	unsigned char *bytes = NULL;
	int len = i2d_PUBKEY(key, &bytes);

	assert_true(len > 0 && (size_t)len <= sizeof(spki));
	memcpy(spki, bytes, (size_t)len);
	spki_len = (size_t)len;
	OPENSSL_free(bytes);
	EVP_PKEY_free(key);
}

static int
begin_group(void **state)
{
	(void)state;
	log_open("test", LOG_LINE_ERROR);
	assert_true(clock_zone("Asia/Tokyo"));
	base = loop_new();
	folder = authority_folder();
	open_ca();
	make_spki();
	config.profiles = profiles;
	config.profiles_count = 2;
	options.base = base;
	options.config = &config;
	options.answer = on_answer;
	options.ledger = ledger_open(base, "");
	return 0;
}

static int
end_group(void **state)
{
	(void)state;
	ledger_close(options.ledger);
	ca_free((struct ca *)(uintptr_t)options.ca);
	free(config.ca.certificate);
	free(config.ca.chain);
	free(config.ca.key);
	authority_remove(folder);
	event_base_free(base);
	return 0;
}

static int
begin(void **state)
{
	(void)state;
	fake_ledger_reset();
	profiles[0] = profile_person();
	profiles[1] = profile_device();
	options.own_key_count = 0;
	asked = answered = 0;
	memset(times_heard, 0, sizeof(times_heard));
	batch = batch_new(&options);
	assert_non_null(batch);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	batch_free(batch);
	/* What was on its way when the batch was freed. */
	event_base_loop(base, EVLOOP_NONBLOCK);
	for (size_t i = 0; i < asked; i++)
		assert_int_equal(times_heard[i], 1);
	fake_ledger_reset();
	return 0;
}

static struct issue_ask
question(int64_t account, unsigned request)
{
	struct issue_ask ask;

	memset(&ask, 0, sizeof(ask));
	ask.id = request + 1;
	ask.account = account;
	ask.operation = DECIDE_ENROLL;
	ask.by_code = true;
	memcpy(ask.code_id, &request, sizeof(request));
	memcpy(ask.csr_digest, &request, sizeof(request));
	memcpy(ask.spki, spki, spki_len);
	ask.spki_len = (uint16_t)spki_len;
	return ask;
}

static const struct issue_answer *
put(const struct issue_ask *ask)
{
	assert_true(asked < ASKED_MAX);
	assert_true(batch_add(batch, ask, &heard[asked]));
	return &heard[asked++];
}

static const struct issue_answer *
ask_for(int64_t account, unsigned request)
{
	struct issue_ask ask = question(account, request);

	return put(&ask);
}

/* Until all have heard; real time, so that it ends when nobody answers. */
static void
run(void)
{
	for (int i = 0; i < 4000 && answered < asked; i++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		if (answered < asked) {
			struct timespec ms = { 0, 1000000 };

			nanosleep(&ms, NULL);
			fake_clock_pass_ms(1);
		}
	}
	assert_int_equal(answered, asked);
}

static void
I_1_what_is_answered_is_recorded(void **state)
{
	const struct issue_answer *a;

	(void)state;
	a = ask_for(1, 7);
	run();
	assert_int_equal(a->end, ISSUE_DONE);
	assert_int_equal(a->id, 8);
	assert_false(a->again);
	assert_int_equal(fake_ledger.issued, 1);
	assert_int_equal(fake_ledger.row[0]->given.account, 1);
	assert_true(fake_ledger.row[0]->given.by_code);
}

static void
I_3_I_5_two_at_once_of_one_account_give_one(void **state)
{
	const struct issue_answer *a, *b;

	(void)state;
	a = ask_for(1, 1);
	b = ask_for(1, 1);
	run();
	assert_false(fake_ledger.two_of_one_account);
	assert_int_equal(fake_ledger.issued, 1);
	assert_int_equal(a->end, ISSUE_DONE);
	assert_int_equal(b->end, ISSUE_DONE);
	assert_true(!a->again && b->again);
	assert_int_equal(a->der_len, b->der_len);
	assert_memory_equal(a->der, b->der, a->der_len);
	assert_memory_equal(a->serial, b->serial, FACTS_SERIAL_SIZE);
}

static void
R_CERT_2_another_request_of_the_account_is_refused(void **state)
{
	const struct issue_answer *a, *b;

	(void)state;
	a = ask_for(1, 1);
	b = ask_for(1, 2);
	run();
	assert_int_equal(a->end, ISSUE_DONE);
	assert_int_equal(b->end, ISSUE_REFUSED);
	assert_int_equal(b->decision.verdict, DECIDE_WINDOW);
	assert_true(b->decision.from > 0);
	assert_int_equal(fake_ledger.rows, 1);
}

static void
many_go_together_but_not_too_many(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 200; i++)
		ask_for(i + 1, i);
	run();
	assert_int_equal(fake_ledger.issued, 200);
	assert_int_equal(fake_ledger.largest, BATCH_SIZE);
	assert_int_equal(fake_ledger.facts_asked, 4);
	assert_int_equal(fake_ledger.record_asked, 4);
}

static void
I_13_the_queue_has_an_end(void **state)
{
	struct issue_ask ask = question(9999, 9999);

	(void)state;
	for (unsigned i = 0; i < BATCH_WAITING_MAX; i++)
		ask_for(i + 1, i);
	assert_false(batch_add(batch, &ask, &heard[0]));
	fake_ledger.up = false;
	run();
	assert_int_equal(heard[0].end, ISSUE_DOWN);
	assert_int_equal(fake_ledger.facts_asked, 0);
}

static void
I_9_no_ledger_no_certificate(void **state)
{
	const struct issue_answer *a;

	(void)state;
	fake_ledger.up = false;
	a = ask_for(1, 1);
	run();
	assert_int_equal(a->end, ISSUE_DOWN);
	fake_ledger.up = true;
	fake_ledger.facts_down = 1;
	a = ask_for(1, 1);
	run();
	assert_int_equal(a->end, ISSUE_DOWN);
	assert_int_equal(fake_ledger.rows, 0);
	a = ask_for(1, 1);
	run();
	assert_int_equal(a->end, ISSUE_DONE);
}

static void
I_2_a_reservation_of_unknown_outcome_is_not_signed(void **state)
{
	const struct issue_answer *a;

	(void)state;
	fake_ledger.reserve_down = 1;
	a = ask_for(1, 1);
	run();
	assert_int_equal(a->end, ISSUE_DOWN);
	assert_int_equal(fake_ledger.record_asked, 0);
}

static void
facts_that_changed_are_asked_again(void **state)
{
	const struct issue_answer *a;

	(void)state;
	fake_ledger.reserve_conflict = BATCH_CONFLICTS;
	a = ask_for(1, 1);
	run();
	assert_int_equal(a->end, ISSUE_DONE);
	assert_int_equal(fake_ledger.facts_asked, BATCH_CONFLICTS + 1);
	fake_ledger.reserve_conflict = BATCH_CONFLICTS + 1;
	a = ask_for(2, 2);
	run();
	assert_int_equal(a->end, ISSUE_PENDING);
	assert_int_equal(fake_ledger.issued, 1);
}

static void
F_15_an_open_reservation_is_waited_for(void **state)
{
	const struct issue_answer *a;

	(void)state;
	fake_ledger.open_for = 3;
	a = ask_for(1, 1);
	run();
	assert_int_equal(a->end, ISSUE_DONE);
	assert_int_equal(fake_ledger.facts_asked, 4);
	fake_ledger.known = LEDGER_OPEN;
	a = ask_for(2, 2);
	run();
	assert_int_equal(a->end, ISSUE_PENDING);
	assert_int_equal(fake_ledger.issued, 1);
}

static void
F_37_a_signed_one_is_kept_until_it_is_recorded(void **state)
{
	const struct issue_answer *a;

	(void)state;
	fake_ledger.record_down = 3;
	a = ask_for(1, 1);
	run();
	assert_int_equal(a->end, ISSUE_DONE);
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
	const struct issue_answer *a, *b;

	(void)state;
	fake_ledger.record_down = 100;
	fake_ledger.before_record = two_seconds_pass;
	a = ask_for(1, 1);
	b = ask_for(2, 2);
	run();
	assert_int_equal(a->end, ISSUE_DOWN);
	assert_int_equal(b->end, ISSUE_DOWN);
	assert_int_equal(fake_ledger.issued, 0);
	assert_int_equal(fake_ledger.record_asked, 3);
}

static void
I_4_an_abandoned_one_goes_to_nobody(void **state)
{
	const struct issue_answer *a;

	(void)state;
	fake_ledger.abandon = true;
	a = ask_for(1, 1);
	run();
	assert_int_equal(a->end, ISSUE_DOWN);
	assert_int_equal(a->der_len, 0);
	assert_int_equal(fake_ledger.record_asked, 1);
	/* The same request again: a new serial. */
	fake_ledger.abandon = false;
	a = ask_for(1, 1);
	run();
	assert_int_equal(a->end, ISSUE_DONE);
	assert_int_equal(fake_ledger.rows, 2);
}

static void
EST_154_EST_161_S_08_keys_that_are_taken(void **state)
{
	const struct issue_answer *a;

	(void)state;
	fake_ledger.known = LEDGER_KEY_TAKEN;
	a = ask_for(1, 1);
	run();
	assert_int_equal(a->end, ISSUE_KEY);
	fake_ledger.known = LEDGER_NEW;
	batch_free(batch);
	secret_digest(spki, spki_len, options.own_keys[0]);
	options.own_key_count = 1;
	batch = batch_new(&options);
	a = ask_for(1, 1);
	run();
	assert_int_equal(a->end, ISSUE_KEY);
	assert_int_equal(fake_ledger.rows, 0);
}

static void
I_18_keys_that_the_profile_does_not_take(void **state)
{
	struct issue_ask ask = question(1, 1);
	const struct issue_answer *a;

	(void)state;
	profiles[0].keys.kinds = KEYS_RSA;
	a = put(&ask);
	run();
	assert_int_equal(a->end, ISSUE_KEY);
	profiles[0] = profile_person();
	ask.spki_len -= 1;
	a = put(&ask);
	run();
	assert_int_equal(a->end, ISSUE_KEY);
	assert_int_equal(fake_ledger.rows, 0);
}

static void
F_29_a_code_that_was_spent_otherwise(void **state)
{
	const struct issue_answer *a;

	(void)state;
	fake_ledger.known = LEDGER_CODE_TAKEN;
	a = ask_for(1, 1);
	run();
	assert_int_equal(a->end, ISSUE_CODE);
	assert_int_equal(fake_ledger.rows, 0);
}

/* What a front that was taken over could try. */
static void
I_18_a_front_cannot_leave_the_code_away(void **state)
{
	struct issue_ask ask = question(1, 1);
	const struct issue_answer *a;

	(void)state;
	ask.by_code = false;
	a = put(&ask);
	run();
	assert_int_equal(a->end, ISSUE_REFUSED);
	ask.operation = DECIDE_REENROLL;
	a = put(&ask);
	run();
	assert_int_equal(a->end, ISSUE_REFUSED);
	strcpy(ask.profile, "nothing");
	ask.by_code = true;
	a = put(&ask);
	run();
	assert_int_equal(a->end, ISSUE_REFUSED);
	assert_int_equal(a->decision.verdict, DECIDE_PROFILE);
	assert_int_equal(fake_ledger.rows, 0);
}

static void
R_CERT_10_a_device_renews_with_its_certificate(void **state)
{
	struct issue_ask ask = question(1, 1);
	const struct issue_answer *first, *a;

	(void)state;
	fake_ledger.role = FACTS_DEVICE;
	strcpy(ask.profile, "device");
	first = put(&ask);
	run();
	assert_int_equal(first->end, ISSUE_DONE);
	ask.by_code = false;
	ask.operation = DECIDE_REENROLL;
	ask.csr_digest[8] = 1;
	memcpy(ask.presented, first->serial, sizeof(ask.presented));
	a = put(&ask);
	run();
	assert_int_equal(a->end, ISSUE_REFUSED); /* too early */
	fake_clock_pass_s(350 * 86400);
	a = put(&ask);
	run();
	assert_int_equal(a->end, ISSUE_DONE);
	assert_memory_equal(fake_ledger.row[1]->given.replaces, first->serial,
	    FACTS_SERIAL_SIZE);
	fake_clock_set(FAKE_CLOCK_START);
}

static void
EST_187_a_profile_may_want_a_new_key(void **state)
{
	struct issue_ask ask = question(1, 1);
	const struct issue_answer *first, *a;

	(void)state;
	profiles[0].new_key = true;
	profiles[0].renewal_days = 366;
	first = put(&ask);
	run();
	assert_int_equal(first->end, ISSUE_DONE);
	ask.operation = DECIDE_REENROLL;
	ask.csr_digest[8] = 1;
	memcpy(ask.presented, first->serial, sizeof(ask.presented));
	a = put(&ask);
	run();
	assert_int_equal(a->end, ISSUE_KEY);
}

static void
F_81_no_certificate_beyond_the_ca(void **state)
{
	const struct issue_answer *a;

	(void)state;
	profiles[0].validity_days = 36600;
	a = ask_for(1, 1);
	run();
	assert_int_equal(a->end, ISSUE_DOWN);
	assert_int_equal(fake_ledger.rows, 0);
}

/* The key and the certificate do not fit any more: like a broken token. */
static void
F_80_a_wrong_signature_halts_the_issuer(void **state)
{
	struct ca *ca = (struct ca *)(uintptr_t)options.ca;
	EVP_PKEY *other = EVP_EC_gen("P-256");
	EVP_PKEY_CTX *right = ca->signer,
		     *wrong = EVP_PKEY_CTX_new(other, NULL);
	const struct issue_answer *a;

	(void)state;
	assert_true(EVP_PKEY_sign_init(wrong) > 0);
	ca->signer = wrong;
	a = ask_for(1, 1);
	run();
	assert_int_equal(a->end, ISSUE_DOWN);
	assert_int_equal(fake_ledger.rows, 1);
	assert_int_equal(fake_ledger.record_asked, 0);
	ca->signer = right;
	a = ask_for(2, 2);
	run();
	assert_int_equal(a->end, ISSUE_DOWN);
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
	const struct issue_answer *a, *b;
	struct issue_ask ask = question(3, 3);

	(void)state;
	stopped = false;
	a = ask_for(1, 1);
	event_base_loop(base, EVLOOP_ONCE);
	b = ask_for(2, 2);
	batch_stop(batch, on_stopped, NULL);
	assert_false(stopped);
	assert_false(batch_add(batch, &ask, &heard[0]));
	run();
	assert_true(stopped);
	assert_int_equal(a->end, ISSUE_DONE);
	assert_int_equal(b->end, ISSUE_DOWN);
}

static void
F_22_nothing_to_finish(void **state)
{
	(void)state;
	stopped = false;
	batch_stop(batch, on_stopped, NULL);
	assert_true(stopped);
}

static void
T8_questions_that_make_no_sense(void **state)
{
	struct issue_ask ask = question(1, 1);
	size_t size = ISSUE_ASK_BYTES(&ask);
	unsigned char byte = 2;

	(void)state;
	assert_true(issue_ask_good(&ask, size));
	assert_false(issue_ask_good(&ask, size - 1));
	assert_false(issue_ask_good(&ask, size + 1));
	assert_false(issue_ask_good(&ask, 8));
	ask.spki_len = 0xffff;
	assert_false(issue_ask_good(&ask, sizeof(ask) + 1000));
	ask = question(0, 1);
	assert_false(issue_ask_good(&ask, size));
	ask = question(1, 1);
	memset(ask.profile, 'a', sizeof(ask.profile));
	assert_false(issue_ask_good(&ask, size));
	ask = question(1, 1);
	memcpy(&ask.by_code, &byte, 1);
	assert_false(issue_ask_good(&ask, size));
	ask = question(1, 1);
	memset(&ask.operation, 0x7f, sizeof(ask.operation));
	assert_false(issue_ask_good(&ask, size));
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(I_1_what_is_answered_is_recorded),
		T(I_3_I_5_two_at_once_of_one_account_give_one),
		T(R_CERT_2_another_request_of_the_account_is_refused),
		T(many_go_together_but_not_too_many),
		T(I_13_the_queue_has_an_end),
		T(I_9_no_ledger_no_certificate),
		T(I_2_a_reservation_of_unknown_outcome_is_not_signed),
		T(facts_that_changed_are_asked_again),
		T(F_15_an_open_reservation_is_waited_for),
		T(F_37_a_signed_one_is_kept_until_it_is_recorded),
		T(F_37_a_signed_one_is_dropped_after_its_time),
		T(I_4_an_abandoned_one_goes_to_nobody),
		T(EST_154_EST_161_S_08_keys_that_are_taken),
		T(I_18_keys_that_the_profile_does_not_take),
		T(F_29_a_code_that_was_spent_otherwise),
		T(I_18_a_front_cannot_leave_the_code_away),
		T(R_CERT_10_a_device_renews_with_its_certificate),
		T(EST_187_a_profile_may_want_a_new_key),
		T(F_81_no_certificate_beyond_the_ca),
		T(F_80_a_wrong_signature_halts_the_issuer),
		T(F_22_the_running_batch_is_finished),
		T(F_22_nothing_to_finish),
		T(T8_questions_that_make_no_sense),
	};

	return cmocka_run_group_tests(tests, begin_group, end_group);
}
