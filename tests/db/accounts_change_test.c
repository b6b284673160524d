/* Locks, hashes and code mails: what auth may change. */
#include "tests/db/finder.h"

#include "base/clock.h"
#include "base/password.h"

#include "tests/lib/db_test.h"
#include "tests/lib/test.h"

#include <string.h>

static enum db_rc
lock(int64_t account, unsigned number, time_t until, bool block)
{
	struct accounts_lock l = { .account = account,
		.number = number,
		.until = until,
		.block = block,
		.failures = 6,
		.whence = "192.0.2.1 2001:db8::1" };

	finder_heard = false;
	accounts_lock(finder_accounts, &l, finder_on_done, NULL);
	db_wait(&finder_heard);
	return finder_rc;
}

static enum db_rc
rehash(int64_t account, const char *old, const char *anew)
{
	finder_heard = false;
	accounts_rehash(
	    finder_accounts, account, old, anew, finder_on_done, NULL);
	db_wait(&finder_heard);
	return finder_rc;
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
	finder_find(finder_user_of(account), NULL, NULL);
	assert_int_equal(finder_holder.account.locked_until, until);
	assert_int_equal(finder_holder.account.locks, 2);
	assert_int_equal(finder_holder.account.state, FACTS_ACTIVE);
	assert_int_equal(finder_holder.account.version, 2);
	assert_int_equal(mails(account, "kind = 'locked' AND parameters @> "
					"'{\"failures\": 6, \"addresses\": "
					"\"192.0.2.1, 2001:db8::1\"}'"),
	    1);
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
	finder_find(finder_user_of(account), NULL, NULL);
	assert_int_equal(finder_holder.account.locked_until, 0);
	assert_int_equal(mails(account, "true"), 0);
}

static void
R_LOCK_6_a_late_repeat_does_not_undo_an_unlock(void **state)
{
	int64_t account = db_new_account();
	time_t until = clock_now() + 3600;

	(void)state;
	lock(account, 1, until, false);
	db_do("SELECT koshin.lift_account('test', '%s', 'why')",
	    finder_user_of(account));
	assert_int_equal(lock(account, 1, until, false), DB_OK);
	finder_find(finder_user_of(account), NULL, NULL);
	assert_int_equal(finder_holder.account.locked_until, 0);
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
	finder_find(finder_user_of(account), NULL, NULL);
	assert_int_equal(finder_holder.account.state, FACTS_BLOCKED);
	assert_int_equal(finder_holder.account.locked_until, 0);
	assert_int_equal(finder_holder.account.locks, 3);
	assert_int_equal(mails(account, "kind = 'blocked'"), 1);
	/* A lock does not weaken it. */
	lock(account, 1, clock_now() + 60, false);
	finder_find(finder_user_of(account), NULL, NULL);
	assert_int_equal(finder_holder.account.state, FACTS_BLOCKED);
	/* Lifted and blocked once more: a second event. */
	db_do("SELECT koshin.lift_account('test', '%s', 'why')",
	    finder_user_of(account));
	lock(account, 3, 0, true);
	assert_int_equal(mails(account, "kind = 'blocked'"), 2);
}

static void
a_closed_account_stays_closed(void **state)
{
	int64_t account = db_new_account();

	(void)state;
	db_do("SELECT koshin.close_account('test', '%s')",
	    finder_user_of(account));
	assert_int_equal(lock(account, 3, 0, true), DB_OK);
	finder_find(finder_user_of(account), NULL, NULL);
	assert_int_equal(finder_holder.account.state, FACTS_CLOSED);
}

static enum db_rc
mail_code_from(int64_t account, unsigned char nonce, const char *address)
{
	struct accounts_code code = { .account = account,
		.made_at = clock_now(),
		.dies_at = clock_now() + 1800,
		.address = address };

	memset(code.nonce, nonce, sizeof code.nonce);
	finder_heard = false;
	accounts_mail_code(finder_accounts, &code, finder_on_done, NULL);
	db_wait(&finder_heard);
	return finder_rc;
}

static enum db_rc
mail_code(int64_t account, unsigned char nonce)
{
	return mail_code_from(account, nonce, "192.0.2.7");
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

/* T9: these mails come from the bank, whoever asks for them. */
static void
on_spent(void *arg, enum db_rc rc, const unsigned char *code_id)
{
	*(bool *)arg = code_id != NULL && code_id[0] == 0xc1;
	finder_on_done(NULL, rc);
}

static bool
is_spent(int64_t account, int code, int csr)
{
	struct digest code_digest, csr_digest;
	bool spent = false;

	memset(&code_digest, code, sizeof code_digest);
	memset(&csr_digest, csr, sizeof csr_digest);
	finder_heard = false;
	accounts_find_spent(finder_accounts, account, &code_digest, &csr_digest,
	    on_spent, &spent);
	db_wait(&finder_heard);
	assert_int_equal(finder_rc, DB_OK);
	return spent;
}

/* A certificate was reserved by the code c1c1..., for the CSR 5c5c... */
static void
spend_code(int64_t account)
{
	db_do("INSERT INTO koshin.certificate (serial, account, profile,"
	      " subject, key_digest, key_identity, csr_digest, tbs_digest,"
	      " not_before, not_after, via, code_id)"
	      " SELECT decode(repeat('5c', 20), 'hex'), %lld, 'person',"
	      " 'CN=x', d, d, d, d, to_timestamp(1000), to_timestamp(2000),"
	      " 'code', decode(repeat('c1', 16), 'hex')"
	      " FROM (SELECT decode(repeat('5c', 32), 'hex') d) x",
	    (long long)account);
}

/* Where Redis has forgotten it: of that account, for that request, as long as
 * it lives. Whoever asks otherwise has shown a wrong code. */
static void
I_6_a_spent_code_is_known_for_its_request_until_its_end(void **state)
{
	int64_t account = db_new_account(), other = db_new_account();
	struct accounts_code code = { .account = account,
		.made_at = clock_now(),
		.dies_at = clock_now() + 1800,
		.address = "192.0.2.7" };

	(void)state;
	memset(code.nonce, 0x5c, sizeof code.nonce);
	memset(code.id, 0xc1, sizeof code.id);
	memset(&code.digest, 0xcd, sizeof code.digest);
	finder_heard = false;
	accounts_mail_code(finder_accounts, &code, finder_on_done, NULL);
	db_wait(&finder_heard);
	assert_false(is_spent(account, 0xcd, 0x5c));
	spend_code(account);
	assert_true(is_spent(account, 0xcd, 0x5c));
	assert_false(is_spent(account, 0xce, 0x5c));
	assert_false(is_spent(account, 0xcd, 0x5d));
	assert_false(is_spent(other, 0xcd, 0x5c));
	db_do("UPDATE koshin.mail SET dies_at = now() WHERE account = %lld",
	    (long long)account);
	assert_false(is_spent(account, 0xcd, 0x5c));
	db_do("UPDATE koshin.mail SET dies_at = now() + interval '1 h'"
	      " WHERE account = %lld",
	    (long long)account);
	db_do("UPDATE koshin.certificate SET state = 'abandoned',"
	      " abandoned_at = now() WHERE account = %lld",
	    (long long)account);
	assert_false(is_spent(account, 0xcd, 0x5c));
}

static void
an_auth_writes_no_text_of_its_own_into_a_mail(void **state)
{
	int64_t account = db_new_account();

	(void)state;
	db_do("SET ROLE koshin_auth");
	db_do("SELECT koshin.mail_code(%lld, decode(repeat('ab', 16), 'hex'),"
	      " now() + interval '1 year', now() + interval '2 years',"
	      " 'call 0120-000-000 or see http://evil.example')",
	    (long long)account);
	db_do("RESET ROLE");
	assert_int_equal(mails(account, "parameters->>'address' = 'unknown' AND"
					" made_at <= now() AND"
					" dies_at <= now() + interval '1 day'"),
	    1);
	assert_int_equal(
	    0, db_get_number(
		   "SELECT count(*) FROM koshin.audit"
		   " WHERE account = %lld AND details::text LIKE '%%evil%%'",
		   (long long)account));
}

static void
addresses_are_told_as_they_are(void **state)
{
	static const char *const good[] = { "192.0.2.7", "2001:db8::7",
		"fe80::1%eth0", "unknown" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		int64_t account = db_new_account();

		mail_code_from(account, 1, good[i]);
		assert_string_equal(i == 2 ? "unknown" : good[i],
		    db_get("SELECT parameters->>'address' FROM koshin.mail"
			   " WHERE account = %lld",
			(long long)account));
	}
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

/* Sent twice it happens once; what was changed meanwhile stays. */
static void
T9_a_hash_takes_the_place_of_the_one_that_was_read_only(void **state)
{
	static const char anew[] = "$argon2id$anew", late[] = "$argon2id$late";
	int64_t account = db_new_account();
	char old[PASSWORD_HASH_SIZE];

	(void)state;
	finder_find(finder_user_of(account), NULL, NULL);
	memcpy(old, finder_holder.account.password_hash, sizeof(old));
	assert_int_equal(rehash(account, old, anew), DB_OK);
	assert_int_equal(rehash(account, old, late), DB_OK);
	finder_find(finder_user_of(account), NULL, NULL);
	assert_string_equal(finder_holder.account.password_hash, anew);
	assert_int_equal(
	    1, db_get_number("SELECT count(*) FROM koshin.audit WHERE account ="
			     " %lld AND action = 'account.rehash'",
		   (long long)account));
}

static void
on_costs(void *arg, enum db_rc rc, const struct password_costs *costs)
{
	assert_int_equal(rc, DB_OK);
	*(struct password_costs *)arg = *costs;
	finder_heard = true;
}

/* As many as there are, of however many accounts, behind that of today. */
static void
I_15_the_costs_that_are_in_use_are_told(void **state)
{
	static const char *const hashes[] = {
		"$argon2id$v=19$m=4096,t=1,p=1$c2FsdA$aGFzaA",
		"$argon2id$v=19$m=4096,t=1,p=1,keyid=bbbbbbbb$c2FsdA$aGFzaA",
		"$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA",
		"$argon2id$v=19$m=4096,t=3,p=1$c2FsdA$aGFzaA",
		"$argon2id$odd",
	};
	struct password_costs costs;

	(void)state;
	for (size_t i = 0; i < COUNT(hashes); i++)
		db_do("UPDATE koshin.account SET password_hash = '%s'"
		      " WHERE id = %lld",
		    hashes[i], (long long)db_new_account());
	finder_heard = false;
	accounts_find_costs(finder_accounts, on_costs, &costs);
	db_wait(&finder_heard);
	assert_int_equal(costs.count, 3);
	assert_int_equal(costs.at[0].memory_kib, 19456);
	assert_int_equal(costs.at[0].passes, 2);
	assert_int_equal(costs.at[1].memory_kib, 4096);
	assert_int_equal(costs.at[1].passes, 1);
	assert_int_equal(costs.at[2].memory_kib, 4096);
	assert_int_equal(costs.at[2].passes, 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, finder_begin, finder_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(R_LOCK_8_a_lock_is_told_once_however_often_it_is_sent),
		TEST(R_LOCK_2_a_lock_that_is_over_is_not_put_in_place),
		TEST(R_LOCK_6_a_late_repeat_does_not_undo_an_unlock),
		TEST(R_LOCK_3_a_block_has_no_end_and_is_told_once),
		TEST(a_closed_account_stays_closed),
		TEST(F_13_a_code_mail_is_one_row_however_often_it_is_sent),
		TEST(R_AUTH_2_a_new_code_kills_the_old_one),
		TEST(I_6_a_spent_code_is_known_for_its_request_until_its_end),
		TEST(an_auth_writes_no_text_of_its_own_into_a_mail),
		TEST(addresses_are_told_as_they_are),
		TEST(R_LOCK_5_a_lock_kills_the_code_that_waits),
		TEST(I_11_the_nonce_is_in_no_key),
		TEST(an_account_that_is_not_active_has_no_code_mail),
		TEST(T9_a_hash_takes_the_place_of_the_one_that_was_read_only),
		TEST(I_15_the_costs_that_are_in_use_are_told),
	};

	return cmocka_run_group_tests(tests, db_begin, db_end);
}
