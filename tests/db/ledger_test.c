#include "tests/db/clerk.h"

#include "base/clock.h"

#include "tests/lib/db_test.h"
#include "tests/lib/test.h"

#include <string.h>

static void
I_1_facts_reserve_record_leave_a_certificate(void **state)
{
	int64_t account = db_new_account();
	unsigned char n;

	(void)state;
	db_do("UPDATE koshin.account SET locks = 2 WHERE id = %lld",
	    (long long)account);
	n = clerk_issue(account);
	assert_string_equal("issued true code",
	    db_get("SELECT concat_ws(' ', state, current::text, via) FROM"
		   " koshin.certificate WHERE serial = '\\x%s'",
		clerk_hex(n)));
	/* Locks to zero, notice and audit row: R-LOCK-4, R-MAIL-2, I-12 */
	assert_int_equal(
	    0, db_get_number("SELECT locks FROM koshin.account WHERE id = %lld",
		   (long long)account));
	assert_string_equal("user@example.jp",
	    db_get("SELECT recipient FROM koshin.mail"
		   " WHERE event_key = 'issued:%s' AND kind = 'issued'",
		clerk_hex(n)));
	assert_int_equal(
	    1, db_get_number("SELECT count(*) FROM koshin.audit WHERE object ="
			     " 'certificate:%s'",
		   clerk_hex(n)));
}

static void
I_2_what_is_reserved_is_there_before_it_is_signed(void **state)
{
	struct ledger_fact f =
	    clerk_facts_by_code(db_new_account(), ++clerk_seed);
	struct ledger_reservation r = clerk_reservation(&f, clerk_seed);

	(void)state;
	assert_int_equal(clerk_reserve(&r), DB_OK);
	assert_string_equal("reserved",
	    db_get("SELECT state FROM koshin.certificate WHERE"
		   " serial = '\\x%s' AND octet_length(tbs_digest) = 32"
		   " AND octet_length(csr_digest) = 32 AND account = %lld"
		   " AND lease_until = reserved_at + interval '60 s'",
		clerk_hex(clerk_seed), (long long)f.account));
}

static void
I_3_a_reservation_sent_twice_happens_once(void **state)
{
	struct ledger_fact f =
	    clerk_facts_by_code(db_new_account(), ++clerk_seed);
	struct ledger_reservation r = clerk_reservation(&f, clerk_seed);

	(void)state;
	assert_int_equal(clerk_reserve(&r), DB_OK);
	assert_int_equal(clerk_reserve(&r), DB_OK);
	assert_int_equal(
	    1, db_get_number("SELECT count(*) FROM koshin.certificate"
			     " WHERE account = %lld",
		   (long long)f.account));
	/* With other bytes to sign it is another reservation. */
	r.tbs_digest.bytes[5] ^= 1;
	assert_int_equal(clerk_reserve(&r), DB_CONFLICT);
	r.tbs_digest.bytes[5] ^= 1;
	/* Once signed and recorded it is not reserved again. */
	assert_int_equal(clerk_record(clerk_seed, false), DB_OK);
	assert_int_equal(clerk_reserve(&r), DB_CONFLICT);
}

static void
I_3_a_serial_of_somebody_else_is_a_conflict(void **state)
{
	unsigned char n = clerk_issue(db_new_account());
	struct ledger_fact f =
	    clerk_facts_by_code(db_new_account(), ++clerk_seed);
	struct ledger_reservation r = clerk_reservation(&f, n);

	(void)state;
	assert_int_equal(clerk_reserve(&r), DB_CONFLICT);
}

static void
I_3_a_record_sent_twice_happens_once(void **state)
{
	int64_t account = db_new_account();
	unsigned char n = clerk_issue(account);

	(void)state;
	assert_int_equal(clerk_record(n, true), DB_OK);
	assert_int_equal(
	    1, db_get_number("SELECT count(*) FROM koshin.mail WHERE account ="
			     " %lld AND kind = 'issued'",
		   (long long)account));
	assert_int_equal(
	    1, db_get_number("SELECT count(*) FROM koshin.audit WHERE account ="
			     " %lld AND action = 'certificate.issue'",
		   (long long)account));
}

static void
I_2_nothing_is_recorded_that_was_not_reserved(void **state)
{
	(void)state;
	assert_int_equal(clerk_record(0xfe, false), DB_NONE);
}

static void
I_5_one_open_reservation(void **state)
{
	struct ledger_fact f =
	    clerk_facts_by_code(db_new_account(), ++clerk_seed);
	struct ledger_reservation first = clerk_reservation(&f, clerk_seed),
				  second;
	struct ledger_fact other;

	(void)state;
	assert_int_equal(clerk_reserve(&first), DB_OK);
	other = clerk_facts_by_code(f.account, ++clerk_seed);
	assert_int_equal(other.known, LEDGER_OPEN);
	second = clerk_reservation(&other, clerk_seed);
	assert_int_equal(clerk_reserve(&second), DB_CONFLICT);
}

static void
R_CERT_2_the_new_certificate_is_the_current_one(void **state)
{
	int64_t account = db_new_account();
	unsigned char old = clerk_issue(account), new = clerk_issue(account);
	struct ledger_fact f = clerk_fact(account, 0xee, 0xee);

	(void)state;
	clerk_ask(&f);
	assert_true(f.holder.current.exists && f.holder.current.issued);
	assert_int_equal(f.holder.current.serial.bytes[1], new);
	assert_int_equal(
	    1, db_get_number("SELECT count(*) FROM koshin.certificate WHERE"
			     " account = %lld AND current",
		   (long long)account));
	assert_string_equal("issued",
	    db_get("SELECT state FROM koshin.certificate WHERE serial ="
		   " '\\x%s' AND NOT current",
		clerk_hex(old)));
	/* R-CERT-4: the old one is still known when it is shown. */
	clerk_fill(&f.presented, sizeof f.presented, old);
	clerk_ask(&f);
	assert_true(f.holder.presented.exists && f.holder.presented.issued);
	assert_false(f.holder.presented.current);
	assert_int_equal(f.holder.presented.account, account);
}

/* The facts, a change behind their back, and the reservation. */
static void
conflict_after(const char *change, const char *rest)
{
	int64_t account = db_new_account();
	struct ledger_fact f;
	struct ledger_reservation r;

	clerk_issue(account);
	f = clerk_facts_by_code(account, ++clerk_seed);
	r = clerk_reservation(&f, clerk_seed);
	db_do("%s%lld%s", change, (long long)account, rest);
	assert_int_equal(clerk_reserve(&r), DB_CONFLICT);
}

static void
a_change_since_the_facts_is_a_conflict(void **state)
{
	struct ledger_fact f;
	struct ledger_reservation r;
	int64_t account = db_new_account();

	(void)state;
	conflict_after("UPDATE koshin.account SET email = 'b@example.jp'"
		       " WHERE id = ",
	    "");
	conflict_after("SELECT koshin.lock_account(",
	    ", 1, now() + interval '1 h', false)");
	conflict_after("SELECT koshin.close_account('test', user_id)"
		       " FROM koshin.account WHERE id = ",
	    "");
	conflict_after("SELECT koshin.revoke_certificate('test', serial,"
		       " 'superseded') FROM koshin.certificate"
		       " WHERE account = ",
	    "");
	/* Locked when the facts were asked: no conflict of versions. */
	db_do("SELECT koshin.lock_account(%lld, 1, now() + interval '1 h',"
	      " false)",
	    (long long)account);
	f = clerk_facts_by_code(account, ++clerk_seed);
	assert_true(f.holder.account.locked_until > clock_now());
	assert_int_equal(f.holder.account.locks, 1);
	r = clerk_reservation(&f, clerk_seed);
	assert_int_equal(clerk_reserve(&r), DB_CONFLICT);
	/* But for who shows a certificate (R-LOCK-3). */
	r.by_code = false;
	assert_int_equal(clerk_reserve(&r), DB_OK);
	/* A wrong idea of the current one. */
	f = clerk_facts_by_code(db_new_account(), ++clerk_seed);
	r = clerk_reservation(&f, clerk_seed);
	r.replaces.bytes[3] = 1;
	assert_int_equal(clerk_reserve(&r), DB_CONFLICT);
}

static void
R_LOCK_4_forgiving_nothing_leaves_the_version(void **state)
{
	int64_t account = db_new_account();

	(void)state;
	clerk_issue(account);
	assert_int_equal(1, db_get_number("SELECT version FROM koshin.account"
					  " WHERE id = %lld",
				(long long)account));
}

static void
F_29_a_code_is_good_for_one_certificate(void **state)
{
	int64_t account = db_new_account();
	unsigned char n = clerk_issue(account);
	struct ledger_fact f = clerk_fresh_fact(account);
	struct ledger_reservation r;

	(void)state;
	clerk_with_code(&f, n);
	clerk_ask(&f);
	assert_int_equal(f.known, LEDGER_CODE_TAKEN);
	r = clerk_reservation(&f, clerk_seed);
	assert_int_equal(clerk_reserve(&r), DB_CONFLICT);
}

static void
F_29_a_code_of_an_abandoned_reservation_is_good_again(void **state)
{
	struct ledger_fact f =
	    clerk_facts_by_code(db_new_account(), ++clerk_seed);
	struct ledger_reservation r = clerk_reservation(&f, clerk_seed);

	(void)state;
	assert_int_equal(clerk_reserve(&r), DB_OK);
	clerk_ask(&f);
	assert_int_equal(f.known, LEDGER_OPEN); /* itself */
	db_do("UPDATE koshin.certificate SET state = 'abandoned',"
	      " abandoned_at = now() WHERE serial = '\\x%s'",
	    clerk_hex(clerk_seed));
	clerk_ask(&f);
	assert_int_equal(f.known, LEDGER_NEW);
	r = clerk_reservation(&f, ++clerk_seed);
	assert_int_equal(clerk_reserve(&r), DB_OK);
}

static void
I_6_the_same_request_has_the_same_certificate(void **state)
{
	int64_t account = db_new_account();
	unsigned char n = clerk_issue(account);
	struct ledger_fact f = clerk_fact(account, n, n);

	(void)state;
	clerk_with_code(&f, n);
	clerk_ask(&f);
	assert_int_equal(f.known, LEDGER_ISSUED);
	assert_int_equal(f.der_len, sizeof "the certificate");
	assert_string_equal((char *)f.der, "the certificate");
	/* Not if it was revoked since. */
	db_do("SELECT koshin.revoke_certificate('test', '\\x%s',"
	      " 'superseded')",
	    clerk_hex(n));
	clerk_ask(&f);
	assert_int_equal(f.known, LEDGER_CODE_TAKEN);
	assert_int_equal(f.der_len, 0);
}

static void
EST_194_a_renewal_is_repeated_for_ten_minutes(void **state)
{
	int64_t account = db_new_account();
	struct ledger_fact f;
	struct ledger_reservation r;

	(void)state;
	clerk_issue(account);
	f = clerk_fresh_fact(account);
	clerk_ask(&f);
	assert_int_equal(f.known, LEDGER_NEW);
	r = clerk_reservation(&f, clerk_seed);
	assert_int_equal(clerk_reserve(&r), DB_OK);
	assert_int_equal(clerk_record(clerk_seed, false), DB_OK);
	clerk_ask(&f);
	assert_int_equal(f.known, LEDGER_ISSUED);
	clerk_make_older(clerk_seed, "issued_at", "599 s");
	clerk_ask(&f);
	assert_int_equal(f.known, LEDGER_ISSUED);
	clerk_make_older(clerk_seed, "issued_at", "1 s");
	clerk_ask(&f);
	assert_int_equal(f.known, LEDGER_NEW);
}

static void
EST_154_a_key_of_another_account_is_taken(void **state)
{
	unsigned char n = clerk_issue(db_new_account());
	struct ledger_fact f = clerk_fact(db_new_account(), ++clerk_seed, n);
	struct ledger_reservation r;

	(void)state;
	clerk_ask(&f);
	assert_int_equal(f.known, LEDGER_KEY_TAKEN);
	r = clerk_reservation(&f, clerk_seed);
	assert_int_equal(clerk_reserve(&r), DB_CONFLICT);
}

static void
EST_161_a_key_may_be_certified_again_for_its_account(void **state)
{
	int64_t account = db_new_account();
	unsigned char n = clerk_issue(account);
	struct ledger_fact f = clerk_fact(account, ++clerk_seed, n);
	struct ledger_reservation r;

	(void)state;
	clerk_ask(&f);
	assert_int_equal(f.known, LEDGER_NEW);
	r = clerk_reservation(&f, clerk_seed);
	assert_int_equal(clerk_reserve(&r), DB_OK);
	assert_int_equal(clerk_record(clerk_seed, false), DB_OK);
}

static void
EST_154_a_compromised_key_is_taken_for_all(void **state)
{
	int64_t account = db_new_account();
	unsigned char n = clerk_issue(account);
	struct ledger_fact f = clerk_fact(account, ++clerk_seed, n);

	(void)state;
	db_do("SELECT koshin.revoke_certificate('test', '\\x%s',"
	      " 'keyCompromise')",
	    clerk_hex(n));
	clerk_ask(&f);
	assert_int_equal(f.known, LEDGER_KEY_TAKEN);
	assert_false(f.holder.current.exists);
}

static void
I_4_a_reservation_that_is_over_is_closed_on_the_way(void **state)
{
	struct ledger_fact f =
	    clerk_facts_by_code(db_new_account(), ++clerk_seed);
	struct ledger_reservation r = clerk_reservation(&f, clerk_seed), next;
	unsigned char late = clerk_seed;

	(void)state;
	assert_int_equal(clerk_reserve(&r), DB_OK);
	clerk_make_older(late, "lease_until", "59 s");
	clerk_ask(&f);
	assert_int_equal(f.known, LEDGER_OPEN);
	clerk_make_older(late, "lease_until", "1 s");
	clerk_ask(&f);
	assert_int_equal(f.known, LEDGER_NEW);
	next = clerk_reservation(&f, ++clerk_seed);
	assert_int_equal(clerk_reserve(&next), DB_OK);
	assert_string_equal(
	    "abandoned", db_get("SELECT reason FROM koshin.revocation"
				" WHERE serial = '\\x%s'",
			     clerk_hex(late)));
	assert_int_equal(
	    1, db_get_number("SELECT count(*) FROM koshin.audit WHERE action ="
			     " 'certificate.abandon' AND account = %lld",
		   (long long)f.account));
	/* The late one of the two fails; the repeat goes on, F-15. */
	assert_int_equal(clerk_record(late, false), DB_NONE);
	assert_int_equal(clerk_reserve(&r), DB_CONFLICT);
	assert_int_equal(clerk_record(clerk_seed, false), DB_OK);
}

static void
I_4_what_was_recorded_is_not_closed(void **state)
{
	unsigned char n = clerk_issue(db_new_account());

	(void)state;
	clerk_make_older(n, "lease_until", "61 s");
	db_do("SELECT koshin.close_abandoned()");
	assert_string_equal(
	    "issued", db_get("SELECT state FROM koshin.certificate WHERE"
			     " serial = '\\x%s'",
			  clerk_hex(n)));
}

static void
an_unknown_account_is_none(void **state)
{
	struct ledger_fact f = clerk_fact(999999999, 1, 1);

	(void)state;
	clerk_ask(&f);
	assert_int_equal(f.rc, DB_NONE);
	assert_int_equal(f.holder.account.id, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, clerk_begin, clerk_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(I_1_facts_reserve_record_leave_a_certificate),
		TEST(I_2_what_is_reserved_is_there_before_it_is_signed),
		TEST(I_3_a_reservation_sent_twice_happens_once),
		TEST(I_3_a_serial_of_somebody_else_is_a_conflict),
		TEST(I_3_a_record_sent_twice_happens_once),
		TEST(I_2_nothing_is_recorded_that_was_not_reserved),
		TEST(I_5_one_open_reservation),
		TEST(R_CERT_2_the_new_certificate_is_the_current_one),
		TEST(a_change_since_the_facts_is_a_conflict),
		TEST(R_LOCK_4_forgiving_nothing_leaves_the_version),
		TEST(F_29_a_code_is_good_for_one_certificate),
		TEST(F_29_a_code_of_an_abandoned_reservation_is_good_again),
		TEST(I_6_the_same_request_has_the_same_certificate),
		TEST(EST_194_a_renewal_is_repeated_for_ten_minutes),
		TEST(EST_154_a_key_of_another_account_is_taken),
		TEST(EST_161_a_key_may_be_certified_again_for_its_account),
		TEST(EST_154_a_compromised_key_is_taken_for_all),
		TEST(I_4_a_reservation_that_is_over_is_closed_on_the_way),
		TEST(I_4_what_was_recorded_is_not_closed),
		TEST(an_unknown_account_is_none),
	};

	return cmocka_run_group_tests(tests, db_begin, db_end);
}
