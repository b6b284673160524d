#include "tests/db/finder.h"

#include "base/clock.h"

#include "tests/lib/db_test.h"
#include "tests/lib/test.h"

#include <string.h>

static bool key_free;

/* An issued, current certificate whose bytes are all `n`. */
static void
give_certificate(int64_t account, unsigned n)
{
	db_do("INSERT INTO koshin.certificate (serial, account, profile,"
	      " subject, key_digest, key_identity, csr_digest, tbs_digest, "
	      "not_before,"
	      " not_after, via) SELECT decode(repeat(h, 20), 'hex'), %lld,"
	      " 'person', 'CN=x', d, d, d, d, to_timestamp(1000),"
	      " to_timestamp(2000), 'certificate' FROM (SELECT h,"
	      " decode(repeat(h, 32), 'hex') d FROM"
	      " (SELECT to_hex(%u) h) x) y",
	    (long long)account, n);
	db_do("UPDATE koshin.certificate SET current = false"
	      " WHERE account = %lld AND current",
	    (long long)account);
	db_do("UPDATE koshin.certificate SET state = 'issued', current ="
	      " true, issued_at = now(), der = 'x', fingerprint ="
	      " key_digest WHERE serial = decode(repeat(to_hex(%u), 20),"
	      " 'hex')",
	    n);
}

static struct serial serial;
static struct digest digest;

static const struct serial *
serial_of(int n)
{
	return memset(&serial, n, sizeof serial);
}

static const struct digest *
digest_filled(int n)
{
	return memset(&digest, n, sizeof digest);
}

static void
a_holder_is_found_by_user_id(void **state)
{
	int64_t account = db_new_account();

	(void)state;
	finder_find(finder_user_of(account), NULL, NULL);
	assert_int_equal(finder_rc, DB_OK);
	assert_int_equal(finder_holder.account.id, account);
	assert_int_equal(finder_holder.account.version, 1);
	assert_string_equal(
	    finder_holder.account.user_id, finder_user_of(account));
	assert_string_equal(
	    finder_holder.account.name, "\xe5\xb1\xb1\xe7\x94\xb0");
	assert_string_equal(finder_holder.account.email, "user@example.jp");
	assert_string_equal(finder_holder.account.locale, "ja");
	assert_int_equal(strlen(finder_holder.account.contract), 8);
	assert_string_equal(
	    finder_holder.account.password_hash, "$argon2id$v=19$test");
	assert_int_equal(finder_holder.account.role, FACTS_MASTER);
	assert_int_equal(finder_holder.account.state, FACTS_ACTIVE);
	assert_int_equal(finder_holder.account.locked_until, 0);
	assert_false(finder_holder.account.temporary_password);
	assert_false(
	    finder_holder.current.exists || finder_holder.presented.exists);
}

static void
R_ACC_3_user_ids_are_compared_case_sensitively(void **state)
{
	char *user = finder_user_of(db_new_account());

	(void)state;
	user[0] = 'U';
	finder_find(user, NULL, NULL);
	assert_int_equal(finder_rc, DB_OK);
	assert_int_equal(finder_holder.account.id, 0);
}

static void
I_15_somebody_unknown_is_an_answer_too(void **state)
{
	(void)state;
	finder_find("nobody", NULL, NULL);
	assert_int_equal(finder_rc, DB_OK);
	assert_int_equal(finder_holder.account.id, 0);
	finder_find("x' OR true --", NULL, NULL);
	assert_int_equal(finder_rc, DB_OK);
	assert_int_equal(finder_holder.account.id, 0);
}

static void
a_holder_is_found_by_certificate(void **state)
{
	int64_t account = db_new_account();

	(void)state;
	give_certificate(account, 0x51);
	finder_find(NULL, serial_of(0x51), digest_filled(0x51));
	assert_int_equal(finder_rc, DB_OK);
	assert_int_equal(finder_holder.account.id, account);
	assert_string_equal(finder_holder.account.password_hash, "");
	assert_true(
	    finder_holder.presented.exists && finder_holder.presented.issued);
	assert_true(finder_holder.presented.current &&
		    !finder_holder.presented.revoked);
	assert_int_equal(finder_holder.presented.account, account);
	assert_int_equal(finder_holder.presented.not_before, 1000);
	assert_int_equal(finder_holder.presented.not_after, 2000);
	assert_true(
	    serial_equal(&finder_holder.presented.serial, serial_of(0x51)));
	assert_true(digest_equal(
	    &finder_holder.presented.key_identity, digest_filled(0x51)));
	assert_memory_equal(&finder_holder.current, &finder_holder.presented,
	    sizeof finder_holder.current);
}

static void
I_16_serial_and_fingerprint_must_both_be_right(void **state)
{
	give_certificate(db_new_account(), 0x52);
	(void)state;
	finder_find(NULL, serial_of(0x52), digest_filled(0x53));
	assert_int_equal(finder_rc, DB_OK);
	assert_int_equal(finder_holder.account.id, 0);
	assert_false(finder_holder.presented.exists);
	finder_find(NULL, serial_of(0x53), digest_filled(0x52));
	assert_int_equal(finder_holder.account.id, 0);
	finder_find(NULL, NULL, NULL);
	assert_int_equal(finder_rc, DB_OK);
	assert_int_equal(finder_holder.account.id, 0);
}

static void
EST_190_both_are_answered_when_both_are_asked(void **state)
{
	int64_t mine = db_new_account(), other = db_new_account();

	(void)state;
	give_certificate(mine, 0x54);
	give_certificate(other, 0x55);
	finder_find(finder_user_of(mine), serial_of(0x55), digest_filled(0x55));
	assert_int_equal(finder_holder.account.id, mine);
	assert_int_equal(finder_holder.current.serial.bytes[0], 0x54);
	assert_int_equal(finder_holder.presented.serial.bytes[0], 0x55);
	assert_int_equal(finder_holder.presented.account, other);
	finder_find(finder_user_of(mine), serial_of(0x55), digest_filled(0x54));
	assert_int_equal(finder_holder.account.id, mine);
	assert_false(finder_holder.presented.exists);
}

static void
R_CERT_4_the_replaced_one_is_known_and_not_current(void **state)
{
	int64_t account = db_new_account();

	(void)state;
	give_certificate(account, 0x56);
	give_certificate(account, 0x57);
	finder_find(NULL, serial_of(0x56), digest_filled(0x56));
	assert_true(
	    finder_holder.presented.exists && finder_holder.presented.issued);
	assert_false(finder_holder.presented.current);
	assert_int_equal(finder_holder.current.serial.bytes[0], 0x57);
}

static void
I_16_a_revoked_certificate_is_shown_as_such(void **state)
{
	int64_t account = db_new_account();

	(void)state;
	give_certificate(account, 0x58);
	db_do("SELECT koshin.revoke_certificate('test', serial,"
	      " 'superseded') FROM koshin.certificate WHERE account = %lld",
	    (long long)account);
	finder_find(NULL, serial_of(0x58), digest_filled(0x58));
	assert_true(
	    finder_holder.presented.exists && finder_holder.presented.revoked);
	assert_false(finder_holder.current.exists);
}

static void
on_key(void *arg, enum db_rc rc, bool free)
{
	finder_on_done(arg, rc);
	key_free = free;
}

/* The key whose digest is all `n`, for this account. */
static bool
takes_key(int64_t account, unsigned n)
{
	struct accounts *front =
	    accounts_open(db_base, db_as("koshin_front"), ACCOUNTS_FRONT);

	for (int i = 0; i < 6000 && !accounts_up(front); i++)
		db_run_ms(10);
	finder_heard = false;
	accounts_check_key(front, account, digest_filled(n), on_key, NULL);
	assert_false(finder_heard);
	db_wait(&finder_heard);
	assert_int_equal(finder_rc, DB_OK);
	accounts_close(front);
	return key_free;
}

static void
EST_161_a_key_is_free_for_the_account_that_has_it(void **state)
{
	int64_t account = db_new_account(), other = db_new_account();

	(void)state;
	assert_true(takes_key(account, 0x61));
	give_certificate(account, 0x61);
	assert_true(takes_key(account, 0x61));
	assert_false(takes_key(other, 0x61));
}

static void
EST_154_a_compromised_key_is_nobodys(void **state)
{
	int64_t account = db_new_account();

	(void)state;
	give_certificate(account, 0x62);
	db_do("SELECT koshin.revoke_certificate('test', serial,"
	      " 'keyCompromise') FROM koshin.certificate WHERE account = %lld",
	    (long long)account);
	assert_false(takes_key(account, 0x62));
}

static void
on_written(void *arg, enum db_rc rc)
{
	(void)rc;
	*(bool *)arg = true;
}

static void
a_forgotten_question_is_not_answered(void **state)
{
	struct accounts_question q = { .user_id = "nobody" };
	struct accounts_lock l = { .account = 1 };

	(void)state;
	call_forget(accounts_find(finder_accounts, &q, finder_on_holder, NULL));
	call_forget(accounts_lock(finder_accounts, &l, finder_on_done, NULL));
	finder_heard = false;
	db_run_ms(100);
	assert_false(finder_heard);
}

enum written {
	LOCK,
	HASH,
	CODE_MAIL,
	WRITTEN
};

/* What auth writes down of somebody who exists; `done` when it has. */
static void
write_down(enum written what, int64_t account, bool *done)
{
	const struct accounts_lock lock = {
		.account = account, .number = 3, .block = true
	};
	const struct accounts_code code = { .account = account,
		.made_at = clock_now(),
		.dies_at = clock_now() + 1800,
		.address = "192.0.2.7" };

	if (what == LOCK)
		accounts_lock(finder_accounts, &lock, on_written, done);
	else if (what == HASH)
		accounts_rehash(finder_accounts, account,
		    db_get("SELECT password_hash FROM koshin.account"
			   " WHERE id = %lld",
			(long long)account),
		    "$argon2id$anew", on_written, done);
	else
		accounts_mail_code(finder_accounts, &code, on_written, done);
}

/*
 * Only of somebody who exists is anything written down. Behind its commit the
 * next question took three times as long, which told that he does.
 */
static void
I_15_what_is_written_delays_no_question(void **state)
{
	(void)state;
	for (int what = LOCK; what < WRITTEN; what++) {
		int64_t account = db_new_account();
		bool written = false;

		/* It is connected. */
		finder_find(finder_user_of(account), NULL, NULL);
		db_do("BEGIN");
		db_do("SELECT FROM koshin.account WHERE id = %lld FOR UPDATE",
		    (long long)account);
		write_down((enum written)what, account, &written);
		finder_find(finder_user_of(account), NULL, NULL);
		assert_int_equal(finder_rc, DB_OK);
		assert_int_equal(finder_holder.account.id, account);
		assert_false(written);
		db_do("COMMIT");
		db_wait(&written);
	}
}

static void
I_9_a_database_that_is_away_is_DOWN(void **state)
{
	struct accounts *away =
	    accounts_open(db_base, "host=/nonexistent", ACCOUNTS_AUTH);
	struct accounts_question q = { .user_id = "nobody" };

	(void)state;
	finder_heard = false;
	accounts_find(away, &q, finder_on_holder, NULL);
	assert_false(finder_heard);
	db_wait(&finder_heard);
	assert_int_equal(finder_rc, DB_DOWN);
	assert_int_equal(finder_holder.account.id, 0);
	accounts_close(away);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, finder_begin, finder_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_holder_is_found_by_user_id),
		TEST(R_ACC_3_user_ids_are_compared_case_sensitively),
		TEST(I_15_somebody_unknown_is_an_answer_too),
		TEST(a_holder_is_found_by_certificate),
		TEST(I_16_serial_and_fingerprint_must_both_be_right),
		TEST(EST_190_both_are_answered_when_both_are_asked),
		TEST(R_CERT_4_the_replaced_one_is_known_and_not_current),
		TEST(I_16_a_revoked_certificate_is_shown_as_such),
		TEST(EST_161_a_key_is_free_for_the_account_that_has_it),
		TEST(EST_154_a_compromised_key_is_nobodys),
		TEST(a_forgotten_question_is_not_answered),
		TEST(I_15_what_is_written_delays_no_question),
		TEST(I_9_a_database_that_is_away_is_DOWN),
	};

	return cmocka_run_group_tests(tests, db_begin, db_end);
}
