/* LINK: db/accounts.c db/holder.c db/pg.c db/pg_link.c db/pg_question.c db/pg_values.c db/migrate.c db/schema.c base/clock.c base/log.c base/loop.c tests/lib/db_test.c */
#include "db/accounts.h"

#include "base/clock.h"

#include "tests/lib/db_test.h"
#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

static struct accounts *accounts;
static bool done;
static enum db_rc rc_heard;
static struct facts_holder holder;

static int
set_up(void **state)
{
	(void)state;
	accounts = accounts_open(db_base, db_as("koshin_front"));
	for (int i = 0; i < 500 && !accounts_up(accounts); i++)
		db_run_ms(10);
	return accounts_up(accounts) ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	accounts_close(accounts);
	return 0;
}

static void
on_holder(void *arg, enum db_rc rc, const struct facts_holder *h)
{
	(void)arg;
	assert_false(done);
	done = true;
	rc_heard = rc;
	holder = *h;
}

static void
on_done(void *arg, enum db_rc rc)
{
	(void)arg;
	assert_false(done);
	done = true;
	rc_heard = rc;
}

static void
find(const char *user_id, const unsigned char *serial,
    const unsigned char *fingerprint)
{
	struct accounts_question q = { user_id, serial, fingerprint };

	done = false;
	accounts_find(accounts, &q, on_holder, NULL);
	assert_false(done);
	db_wait(&done);
}

static char *
user_of(int64_t account)
{
	static char user[64];

	snprintf(user, sizeof user, "%s",
	    db_get("SELECT user_id FROM koshin.account WHERE id = %lld",
		(long long)account));
	return user;
}

/* An issued, current certificate whose bytes are all `n`. */
static void
give_certificate(int64_t account, unsigned n)
{
	db_do("INSERT INTO koshin.certificate (serial, account, profile,"
	      " subject, key_digest, csr_digest, tbs_digest, not_before,"
	      " not_after, via) SELECT decode(repeat(h, 20), 'hex'), %lld,"
	      " 'person', 'CN=x', d, d, d, to_timestamp(1000),"
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

static unsigned char *
bytes_of(unsigned n)
{
	static unsigned char bytes[2][FACTS_DIGEST_SIZE];
	static unsigned at;

	at = !at;
	memset(bytes[at], (int)n, FACTS_DIGEST_SIZE);
	return bytes[at];
}

static void
a_holder_is_found_by_user_id(void **state)
{
	int64_t account = db_new_account();

	(void)state;
	find(user_of(account), NULL, NULL);
	assert_int_equal(rc_heard, DB_OK);
	assert_int_equal(holder.account.id, account);
	assert_int_equal(holder.account.version, 1);
	assert_string_equal(holder.account.user_id, user_of(account));
	assert_string_equal(holder.account.name, "\xe5\xb1\xb1\xe7\x94\xb0");
	assert_string_equal(holder.account.email, "user@example.jp");
	assert_string_equal(holder.account.locale, "ja");
	assert_int_equal(strlen(holder.account.contract), 8);
	assert_string_equal(
	    holder.account.password_hash, "$argon2id$v=19$test");
	assert_int_equal(holder.account.role, FACTS_MASTER);
	assert_int_equal(holder.account.state, FACTS_ACTIVE);
	assert_int_equal(holder.account.locked_until, 0);
	assert_false(holder.account.temporary_password);
	assert_false(holder.current.exists || holder.presented.exists);
}

static void
R_ACC_3_user_ids_are_compared_case_sensitively(void **state)
{
	char *user = user_of(db_new_account());

	(void)state;
	user[0] = 'U';
	find(user, NULL, NULL);
	assert_int_equal(rc_heard, DB_OK);
	assert_int_equal(holder.account.id, 0);
}

static void
I_15_somebody_unknown_is_an_answer_too(void **state)
{
	(void)state;
	find("nobody", NULL, NULL);
	assert_int_equal(rc_heard, DB_OK);
	assert_int_equal(holder.account.id, 0);
	find("x' OR true --", NULL, NULL);
	assert_int_equal(rc_heard, DB_OK);
	assert_int_equal(holder.account.id, 0);
}

static void
a_holder_is_found_by_certificate(void **state)
{
	int64_t account = db_new_account();

	(void)state;
	give_certificate(account, 0x51);
	find(NULL, bytes_of(0x51), bytes_of(0x51));
	assert_int_equal(rc_heard, DB_OK);
	assert_int_equal(holder.account.id, account);
	assert_string_equal(holder.account.password_hash, "");
	assert_true(holder.presented.exists && holder.presented.issued);
	assert_true(holder.presented.current && !holder.presented.revoked);
	assert_int_equal(holder.presented.account, account);
	assert_int_equal(holder.presented.not_before, 1000);
	assert_int_equal(holder.presented.not_after, 2000);
	assert_memory_equal(
	    holder.presented.serial, bytes_of(0x51), FACTS_SERIAL_SIZE);
	assert_memory_equal(
	    holder.presented.key_digest, bytes_of(0x51), FACTS_DIGEST_SIZE);
	assert_memory_equal(
	    &holder.current, &holder.presented, sizeof holder.current);
}

static void
I_16_serial_and_fingerprint_must_both_be_right(void **state)
{
	give_certificate(db_new_account(), 0x52);
	(void)state;
	find(NULL, bytes_of(0x52), bytes_of(0x53));
	assert_int_equal(rc_heard, DB_OK);
	assert_int_equal(holder.account.id, 0);
	assert_false(holder.presented.exists);
	find(NULL, bytes_of(0x53), bytes_of(0x52));
	assert_int_equal(holder.account.id, 0);
	find(NULL, NULL, NULL);
	assert_int_equal(rc_heard, DB_OK);
	assert_int_equal(holder.account.id, 0);
}

static void
EST_190_both_are_answered_when_both_are_asked(void **state)
{
	int64_t mine = db_new_account(), other = db_new_account();

	(void)state;
	give_certificate(mine, 0x54);
	give_certificate(other, 0x55);
	find(user_of(mine), bytes_of(0x55), bytes_of(0x55));
	assert_int_equal(holder.account.id, mine);
	assert_int_equal(holder.current.serial[0], 0x54);
	assert_int_equal(holder.presented.serial[0], 0x55);
	assert_int_equal(holder.presented.account, other);
	find(user_of(mine), bytes_of(0x55), bytes_of(0x54));
	assert_int_equal(holder.account.id, mine);
	assert_false(holder.presented.exists);
}

static void
R_CERT_4_the_replaced_one_is_known_and_not_current(void **state)
{
	int64_t account = db_new_account();

	(void)state;
	give_certificate(account, 0x56);
	give_certificate(account, 0x57);
	find(NULL, bytes_of(0x56), bytes_of(0x56));
	assert_true(holder.presented.exists && holder.presented.issued);
	assert_false(holder.presented.current);
	assert_int_equal(holder.current.serial[0], 0x57);
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
	find(NULL, bytes_of(0x58), bytes_of(0x58));
	assert_true(holder.presented.exists && holder.presented.revoked);
	assert_false(holder.current.exists);
}

static bool key_free;

static void
on_key(void *arg, enum db_rc rc, bool free)
{
	on_done(arg, rc);
	key_free = free;
}

/* The key whose digest is all `n`, for this account. */
static bool
takes_key(int64_t account, unsigned n)
{
	done = false;
	accounts_check_key(accounts, account, bytes_of(n), on_key, NULL);
	assert_false(done);
	db_wait(&done);
	assert_int_equal(rc_heard, DB_OK);
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

static enum db_rc
lock(int64_t account, unsigned number, time_t until, bool block)
{
	struct accounts_lock l = { account, number, until, block };

	done = false;
	accounts_lock(accounts, &l, on_done, NULL);
	db_wait(&done);
	return rc_heard;
}

static int64_t
mails(int64_t account, const char *what)
{
	return db_get_number("SELECT count(*) FROM koshin.mail"
			     " WHERE account = %lld AND %s",
	    (long long)account, what);
}

static void
R_LOCK_8_a_lock_is_told_once_however_often_it_is_sent(void **state)
{
	int64_t account = db_new_account();
	time_t until = clock_now() + 3600;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(lock(account, 2, until, false), DB_OK);
	find(user_of(account), NULL, NULL);
	assert_int_equal(holder.account.locked_until, until);
	assert_int_equal(holder.account.locks, 2);
	assert_int_equal(holder.account.state, FACTS_ACTIVE);
	assert_int_equal(holder.account.version, 2);
	assert_int_equal(mails(account, "kind = 'locked'"), 1);
	assert_int_equal(
	    1, db_get_number("SELECT count(*) FROM koshin.audit WHERE account ="
			     " %lld AND action = 'account.lock'",
		   (long long)account));
}

static void
R_LOCK_2_a_lock_that_is_over_is_not_put_in_place(void **state)
{
	int64_t account = db_new_account();

	(void)state;
	assert_int_equal(lock(account, 1, clock_now() - 1, false), DB_OK);
	find(user_of(account), NULL, NULL);
	assert_int_equal(holder.account.locked_until, 0);
	assert_int_equal(mails(account, "true"), 0);
}

static void
R_LOCK_6_a_late_repeat_does_not_undo_an_unlock(void **state)
{
	int64_t account = db_new_account();
	time_t until = clock_now() + 3600;

	(void)state;
	lock(account, 1, until, false);
	db_do("SELECT koshin.unlock_account('test', '%s')", user_of(account));
	assert_int_equal(lock(account, 1, until, false), DB_OK);
	find(user_of(account), NULL, NULL);
	assert_int_equal(holder.account.locked_until, 0);
	assert_int_equal(mails(account, "kind = 'unlocked'"), 1);
	/* The next lock is another event. */
	lock(account, 1, until + 60, false);
	assert_int_equal(mails(account, "kind = 'locked'"), 2);
}

static void
R_LOCK_3_a_block_has_no_end_and_is_told_once(void **state)
{
	int64_t account = db_new_account();

	(void)state;
	lock(account, 2, clock_now() + 3600, false);
	for (int i = 0; i < 2; i++)
		assert_int_equal(lock(account, 3, 0, true), DB_OK);
	find(user_of(account), NULL, NULL);
	assert_int_equal(holder.account.state, FACTS_BLOCKED);
	assert_int_equal(holder.account.locked_until, 0);
	assert_int_equal(holder.account.locks, 3);
	assert_int_equal(mails(account, "kind = 'blocked'"), 1);
	/* A lock does not weaken it. */
	lock(account, 1, clock_now() + 60, false);
	find(user_of(account), NULL, NULL);
	assert_int_equal(holder.account.state, FACTS_BLOCKED);
	/* Lifted and blocked once more: a second event. */
	db_do("SELECT koshin.unlock_account('test', '%s')", user_of(account));
	lock(account, 3, 0, true);
	assert_int_equal(mails(account, "kind = 'blocked'"), 2);
}

static void
a_closed_account_stays_closed(void **state)
{
	int64_t account = db_new_account();

	(void)state;
	db_do("SELECT koshin.close_account('test', '%s')", user_of(account));
	assert_int_equal(lock(account, 3, 0, true), DB_OK);
	find(user_of(account), NULL, NULL);
	assert_int_equal(holder.account.state, FACTS_CLOSED);
}

static enum db_rc
mail_code(int64_t account, unsigned char nonce)
{
	struct accounts_code code = { .account = account,
		.made_at = clock_now(),
		.dies_at = clock_now() + 1800,
		.address = "192.0.2.7" };

	memset(code.nonce, nonce, sizeof code.nonce);
	done = false;
	accounts_mail_code(accounts, &code, on_done, NULL);
	db_wait(&done);
	return rc_heard;
}

static void
F_13_a_code_mail_is_one_row_however_often_it_is_sent(void **state)
{
	int64_t account = db_new_account();

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(mail_code(account, 1), DB_OK);
	assert_int_equal(
	    mails(account, "kind = 'code' AND state = 'queued'"), 1);
	assert_int_equal(mails(account, "true"), 1);
	assert_int_equal(
	    mails(account, "dies_at - made_at = interval '1800 s' AND"
			   " priority = 0 AND octet_length(nonce) = 16 AND"
			   " recipient = 'user@example.jp' AND"
			   " parameters->>'address' = '192.0.2.7'"),
	    1);
}

static void
R_AUTH_2_a_new_code_kills_the_old_one(void **state)
{
	int64_t account = db_new_account();

	(void)state;
	mail_code(account, 1);
	mail_code(account, 2);
	assert_int_equal(
	    mails(account, "state = 'expired' AND nonce IS NULL"), 1);
	assert_int_equal(
	    mails(account, "state = 'queued' AND nonce IS NOT NULL"), 1);
	/* A late repeat of the first changes nothing. */
	assert_int_equal(mail_code(account, 1), DB_OK);
	assert_int_equal(
	    mails(account, "state = 'queued' AND nonce IS NOT NULL"), 1);
}

static void
R_LOCK_5_a_lock_kills_the_code_that_waits(void **state)
{
	int64_t account = db_new_account();

	(void)state;
	mail_code(account, 1);
	lock(account, 1, clock_now() + 3600, false);
	assert_int_equal(
	    mails(account, "kind = 'code' AND state = 'queued'"), 0);
}

static void
I_11_the_nonce_is_in_no_key(void **state)
{
	int64_t account = db_new_account();

	(void)state;
	mail_code(account, 0x5a);
	assert_int_equal(
	    mails(account, "(event_key || message_id || parameters::text)"
			   " LIKE '%5a5a5a%'"),
	    0);
}

static void
an_account_that_is_not_active_has_no_code_mail(void **state)
{
	int64_t account = db_new_account();

	(void)state;
	lock(account, 3, 0, true);
	assert_int_equal(mail_code(account, 1), DB_CONFLICT);
	assert_int_equal(mails(account, "kind = 'code'"), 0);
}

static void
a_forgotten_question_is_not_answered(void **state)
{
	struct accounts_question q = { .user_id = "nobody" };
	struct accounts_lock l = { .account = 1 };

	(void)state;
	call_forget(accounts_find(accounts, &q, on_holder, NULL));
	call_forget(accounts_lock(accounts, &l, on_done, NULL));
	done = false;
	db_run_ms(100);
	assert_false(done);
}

static void
I_9_a_database_that_is_away_is_DOWN(void **state)
{
	struct accounts *away = accounts_open(db_base, "host=/nonexistent");
	struct accounts_question q = { .user_id = "nobody" };

	(void)state;
	done = false;
	accounts_find(away, &q, on_holder, NULL);
	assert_false(done);
	db_wait(&done);
	assert_int_equal(rc_heard, DB_DOWN);
	assert_int_equal(holder.account.id, 0);
	accounts_close(away);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_holder_is_found_by_user_id),
		TEST(R_ACC_3_user_ids_are_compared_case_sensitively),
		TEST(I_15_somebody_unknown_is_an_answer_too),
		TEST(a_holder_is_found_by_certificate),
		TEST(I_16_serial_and_fingerprint_must_both_be_right),
		TEST(I_16_a_revoked_certificate_is_shown_as_such),
		TEST(EST_190_both_are_answered_when_both_are_asked),
		TEST(R_CERT_4_the_replaced_one_is_known_and_not_current),
		TEST(EST_161_a_key_is_free_for_the_account_that_has_it),
		TEST(EST_154_a_compromised_key_is_nobodys),
		TEST(R_LOCK_8_a_lock_is_told_once_however_often_it_is_sent),
		TEST(R_LOCK_2_a_lock_that_is_over_is_not_put_in_place),
		TEST(R_LOCK_6_a_late_repeat_does_not_undo_an_unlock),
		TEST(R_LOCK_3_a_block_has_no_end_and_is_told_once),
		TEST(R_LOCK_5_a_lock_kills_the_code_that_waits),
		TEST(a_closed_account_stays_closed),
		TEST(F_13_a_code_mail_is_one_row_however_often_it_is_sent),
		TEST(R_AUTH_2_a_new_code_kills_the_old_one),
		TEST(I_11_the_nonce_is_in_no_key),
		TEST(an_account_that_is_not_active_has_no_code_mail),
		TEST(a_forgotten_question_is_not_answered),
		TEST(I_9_a_database_that_is_away_is_DOWN),
	};

	return cmocka_run_group_tests(tests, db_begin, db_end);
}
