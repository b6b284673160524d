/* FAKES: accounts attempts calls clock ipc loop pool proofs */
/*
 * Who begins before a door: the master of a contract, and a user whose
 * password is temporary. What was proved stands for one registration, and no
 * hash goes back.
 */
#include "tests/lib/auth_door.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#define NUMBER "12345678"
#define INITIAL "initial1"
#define NEW "Zakura-55"

static struct auth_password
question(enum auth_subject subject, const char *name, const char *secret)
{
	struct auth_password q = door_question(subject, name, secret);

	q.code_may_follow = false;
	q.wants_voucher = true;
	memcpy(q.profile, "person", sizeof("person"));
	return q;
}

static struct auth_password
of_contract(void)
{
	struct auth_password q = question(AUTH_CONTRACT, NUMBER, INITIAL);
	struct facts_account *a = &fake_proofs.holder.account;

	*a = (struct facts_account){ .locks = 1 };
	snprintf(a->contract, sizeof(a->contract), NUMBER);
	snprintf(a->password_hash, sizeof(a->password_hash), INITIAL);
	return q;
}

/* On the next page, with what the first one gave. */
static enum auth_end
come_again(struct auth_password q)
{
	q.secret_len = 0;
	q.wants_voucher = false;
	q.shows_voucher = true;
	q.voucher = door_passed.voucher;
	return door_try(&q);
}

static struct auth_registration
with_password(const char *secret)
{
	struct auth_registration q = { .secret_len = strlen(secret) };

	memcpy(q.secret, secret, q.secret_len);
	return q;
}

static struct auth_registration
master(void)
{
	struct auth_registration q = with_password(NEW);

	snprintf(q.user_id, sizeof(q.user_id), DOOR_USER);
	snprintf(q.name, sizeof(q.name), "見本 太郎");
	snprintf(q.email, sizeof(q.email), "taro@example.jp");
	snprintf(q.locale, sizeof(q.locale), "ja");
	return q;
}

static void
prove_contract(void)
{
	struct auth_password q = of_contract();

	assert_int_equal(door_try(&q), AUTH_DONE);
	door_end(AUTH_KIND_LEAVE_SAID);
	fake_calls_pump();
	assert_int_equal(come_again(q), AUTH_DONE);
	fake_proofs.begun = DOOR_ACCOUNT;
}

static void
prove_temporary(const char *temporary)
{
	struct auth_password q = question(AUTH_ACCOUNT, DOOR_USER, temporary);
	struct facts_account *a = &fake_accounts.holder.account;

	a->temporary_password = true;
	snprintf(a->password_hash, sizeof(a->password_hash), "%s", temporary);
	q.mails_code = true;
	assert_int_equal(door_try(&q), AUTH_NOT_ENTITLED);
	assert_int_equal(door_passed.decision.verdict, DECIDE_TEMPORARY);
	q.mails_code = false;
	assert_int_equal(come_again(q), AUTH_DONE);
	fake_proofs.begun = DOOR_ACCOUNT;
}

static void
R_ACC_2_a_contract_is_proved_and_its_master_begins(void **state)
{
	struct auth_registration q = master();

	(void)state;
	prove_contract();
	assert_string_equal(fake_calls_asked(), "address contract place");
	assert_int_equal(door_register(&q), AUTH_DONE);
	assert_string_equal(fake_calls_asked(),
	    "address contract place password begin-master back succeed");
	assert_false(door_registered.taken || door_registered.same);
	assert_string_equal(fake_proofs.hash, INITIAL);
	assert_string_equal(fake_proofs.anew, "anew " NEW);
	assert_string_equal(fake_proofs.user_id, DOOR_USER);
	/* It was the end of this attempt. */
	assert_int_equal(door_register(&q), AUTH_GONE);
}

static void
R_ACC_7_a_temporary_password_is_replaced_by_one_of_his_own(void **state)
{
	struct auth_registration q = with_password(NEW);

	(void)state;
	prove_temporary(DOOR_PASSWORD);
	assert_int_equal(door_register(&q), AUTH_DONE);
	assert_string_equal(fake_calls_asked(),
	    "address holder place password begin-account back drop neutral");
	assert_string_equal(fake_proofs.hash, DOOR_PASSWORD);
	assert_string_equal(fake_proofs.anew, "anew " NEW);
	assert_int_equal(fake_attempts.places, 0);
}

/* The next page is the code's, and asks for no password again. */
static void
R_ACC_7_the_new_password_has_a_voucher(void **state)
{
	struct auth_password again =
	    question(AUTH_ACCOUNT, DOOR_USER, DOOR_PASSWORD);
	struct auth_registration q = with_password(NEW);
	struct facts_account *a = &fake_accounts.holder.account;

	(void)state;
	prove_temporary(DOOR_PASSWORD);
	door_register(&q);
	a->temporary_password = false;
	snprintf(a->password_hash, sizeof(a->password_hash), "anew " NEW);
	door_passed.voucher = door_registered.voucher;
	again.mails_code = true;
	assert_int_equal(come_again(again), AUTH_DONE);
	assert_int_equal(door_passed.mailed.outcome, AUTH_MAIL_QUEUED);
}

static void
R_ACC_7_the_temporary_password_is_not_kept(void **state)
{
	struct auth_registration q = with_password(NEW);

	(void)state;
	prove_temporary(NEW);
	assert_int_equal(door_register(&q), AUTH_DONE);
	assert_true(door_registered.same);
	assert_string_equal(
	    fake_calls_asked(), "address holder place password back neutral");
}

static void
R_ACC_3_a_user_id_that_is_taken_is_told_so(void **state)
{
	static const struct voucher none;
	struct auth_registration q = master();

	(void)state;
	prove_contract();
	fake_proofs.taken = true;
	assert_int_equal(door_register(&q), AUTH_DONE);
	assert_true(door_registered.taken);
	assert_memory_equal(&door_registered.voucher, &none, sizeof(none));
	assert_int_equal(fake_attempts.places, 0);
}

/* Another window was faster, or the desk has given another one. */
static void
R_ACC_2_what_was_proved_may_have_changed(void **state)
{
	struct auth_registration q = master();

	(void)state;
	prove_contract();
	fake_proofs.begun = 0;
	assert_int_equal(door_register(&q), AUTH_REFUSED);
	assert_int_equal(fake_attempts.places, 0);
}

static void
R_LOCK_8_without_the_stores_nothing_is_permitted(void **state)
{
	static const char *const stores[] = { "begin-master", "password" };

	for (size_t i = 0; i < COUNT(stores); i++) {
		struct auth_registration q = master();

		prove_contract();
		fake_calls_fault(
		    stores[i], i == 0 ? FAKE_IS_DOWN : FAKE_NO_MEMORY, NULL);
		assert_int_equal(
		    door_register(&q), i == 0 ? AUTH_DOWN : AUTH_FULL);
		assert_int_equal(fake_attempts.places, 0);
		door_shut(state);
		door_open(state);
	}
}

/* A front that was taken over sends what no page would let pass. */
static void
T8_what_is_not_good_is_not_written(void **state)
{
	struct auth_registration bad[5];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		bad[i] = master();
	snprintf(bad[0].user_id, sizeof(bad[0].user_id), "ab1");
	snprintf(bad[1].name, sizeof(bad[1].name), "a\nb");
	snprintf(bad[2].email, sizeof(bad[2].email), "a@b");
	snprintf(bad[3].locale, sizeof(bad[3].locale), "xx");
	bad[4].secret_len = 3;
	prove_contract();
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(door_register(&bad[i]), AUTH_GONE);
	assert_string_equal(fake_calls_asked(), "address contract place");
}

/* ... nor somebody else's password, nor without a proof. */
static void
T8_R_ACC_7_only_a_temporary_password_is_replaced(void **state)
{
	struct auth_registration q = with_password(NEW);

	(void)state;
	assert_int_equal(door_register(&q), AUTH_GONE);
	assert_int_equal(door_login(DOOR_PASSWORD), AUTH_DONE);
	assert_int_equal(door_register(&q), AUTH_GONE);
	assert_int_equal(door_login("wrong-Pw1"), AUTH_REFUSED);
	assert_int_equal(door_register(&q), AUTH_GONE);
}

/* C-27: somebody who does it rightly uses up nothing of his office's. */
static void
C_27_a_right_password_without_a_mail_counts_for_no_address(void **state)
{
	struct auth_password q = of_contract();

	(void)state;
	assert_int_equal(door_try(&q), AUTH_DONE);
	assert_string_equal(
	    fake_calls_asked(), "address contract place password back");
}

/* ------------------------------------------ another one in its place */

/* As in the member area: the password anew, beside his certificate. */
static struct auth_password
beside_certificate(void)
{
	struct auth_password q =
	    question(AUTH_ACCOUNT, DOOR_USER, DOOR_PASSWORD);

	q.wants_voucher = false;
	q.for_session = true;
	q.shows_certificate = true;
	fake_accounts.holder.presented =
	    (struct facts_certificate){ .exists = true,
		    .issued = true,
		    .account = DOOR_ACCOUNT,
		    .not_after = FAKE_CLOCK_START + 1 };
	fake_proofs.begun = DOOR_ACCOUNT;
	return q;
}

static void
R_ACC_8_a_password_is_changed_by_who_shows_it(void **state)
{
	struct auth_password q = beside_certificate();
	struct auth_registration another = with_password(NEW);

	(void)state;
	assert_int_equal(door_try(&q), AUTH_DONE);
	assert_int_equal(door_register(&another), AUTH_DONE);
	assert_string_equal(fake_calls_asked(),
	    "address holder place password password "
	    "begin-account back drop session neutral");
	assert_string_equal(fake_proofs.anew, "anew " NEW);
	assert_string_equal(fake_proofs.hash, "anew " NEW);
	/* The session goes on by that, as long as one may. */
	assert_int_equal(
	    door_registered.voucher.ends_at, FAKE_CLOCK_START + DOOR_SESSION_S);
	q.for_session = false;
	q.secret_len = 0;
	q.shows_voucher = true;
	q.voucher = door_registered.voucher;
	assert_int_equal(door_try(&q), AUTH_REFUSED);
	snprintf(fake_accounts.holder.account.password_hash,
	    sizeof(fake_accounts.holder.account.password_hash), "anew " NEW);
	assert_int_equal(door_try(&q), AUTH_DONE);
}

static void
R_ACC_8_the_same_password_is_told_to_be(void **state)
{
	struct auth_password q = beside_certificate();
	struct auth_registration same = with_password(NEW);

	(void)state;
	q.secret_len = same.secret_len;
	memcpy(q.secret, same.secret, q.secret_len);
	snprintf(fake_accounts.holder.account.password_hash,
	    sizeof(fake_accounts.holder.account.password_hash), NEW);
	assert_int_equal(door_try(&q), AUTH_DONE);
	assert_int_equal(door_register(&same), AUTH_DONE);
	assert_true(door_registered.same);
	assert_string_equal(fake_calls_asked(),
	    "address holder place password password back neutral");
}

/* A session that was stolen, or the password alone, of who has no certificate,
 * or one that is good for nothing, or somebody else's. */
static void
T3_R_WEB_4_not_without_password_and_certificate(void **state)
{
	struct facts_certificate *shown = &fake_accounts.holder.presented;
	struct auth_password good = beside_certificate(), q = good;
	struct auth_registration another = with_password(NEW);

	(void)state;
	q.wants_voucher = q.alone = true;
	assert_int_equal(door_try(&q), AUTH_DONE);
	q = good;
	q.for_session = false;
	assert_int_equal(come_again(q), AUTH_DONE);
	assert_int_equal(door_register(&another), AUTH_GONE);
	q = good;
	q.for_session = q.shows_certificate = false;
	assert_int_equal(door_try(&q), AUTH_DONE);
	assert_int_equal(door_register(&another), AUTH_GONE);
	shown->account = DOOR_ACCOUNT + 1;
	assert_int_equal(door_try(&good), AUTH_DONE);
	assert_int_equal(door_register(&another), AUTH_GONE);
	shown->account = DOOR_ACCOUNT;
	shown->revoked = true;
	assert_int_equal(door_try(&good), AUTH_DONE);
	assert_int_equal(door_register(&another), AUTH_GONE);
	shown->revoked = false;
	shown->not_after = FAKE_CLOCK_START - 1;
	assert_int_equal(door_try(&good), AUTH_DONE);
	assert_int_equal(door_register(&another), AUTH_GONE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, door_open, door_shut)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(R_ACC_2_a_contract_is_proved_and_its_master_begins),
		TEST(
		    R_ACC_7_a_temporary_password_is_replaced_by_one_of_his_own),
		TEST(R_ACC_7_the_new_password_has_a_voucher),
		TEST(R_ACC_7_the_temporary_password_is_not_kept),
		TEST(R_ACC_3_a_user_id_that_is_taken_is_told_so),
		TEST(R_ACC_2_what_was_proved_may_have_changed),
		TEST(R_LOCK_8_without_the_stores_nothing_is_permitted),
		TEST(T8_what_is_not_good_is_not_written),
		TEST(T8_R_ACC_7_only_a_temporary_password_is_replaced),
		TEST(R_ACC_8_a_password_is_changed_by_who_shows_it),
		TEST(R_ACC_8_the_same_password_is_told_to_be),
		TEST(T3_R_WEB_4_not_without_password_and_certificate),
		TEST(
		    C_27_a_right_password_without_a_mail_counts_for_no_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
