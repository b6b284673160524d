/* Many rows in one transaction, and what goes wrong on the way. */
#include "tests/db/clerk.h"

#include "tests/lib/db_test.h"
#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

#define BATCH 64

static struct ledger_fact facts[BATCH];
static struct ledger_reservation reservations[BATCH];

/* Facts of so many new accounts, asked together, and what follows. */
static void
prepare_batch(void)
{
	struct ledger_fact *rows[BATCH];

	for (size_t i = 0; i < BATCH; i++) {
		facts[i] = clerk_fact(db_new_account(), clerk_seed, clerk_seed);
		facts[i].csr_digest.bytes[1] = (unsigned char)i;
		facts[i].key_identity.bytes[1] = (unsigned char)i;
		rows[i] = &facts[i];
	}
	clerk_heard = false;
	ledger_ask_facts(clerk_ledger, rows, BATCH, clerk_done, &clerk_heard);
	db_wait(&clerk_heard);
	for (size_t i = 0; i < BATCH; i++) {
		assert_int_equal(facts[i].rc, DB_OK);
		assert_int_equal(facts[i].holder.account.id, facts[i].account);
		reservations[i] = clerk_reservation(&facts[i], clerk_seed);
		reservations[i].serial.bytes[1] = (unsigned char)i;
	}
}

static void
reserve_batch(void)
{
	struct ledger_reservation *rows[BATCH];

	for (size_t i = 0; i < BATCH; i++)
		rows[i] = &reservations[i];
	clerk_heard = false;
	ledger_reserve(clerk_ledger, rows, BATCH, clerk_done, &clerk_heard);
	db_wait(&clerk_heard);
}

static void
record_batch(void)
{
	struct ledger_record records[BATCH], *rows[BATCH];

	for (size_t i = 0; i < BATCH; i++) {
		records[i] =
		    (struct ledger_record){ .der = (const unsigned char *)"x",
			    .der_len = 1 };
		records[i].serial = reservations[i].serial;
		rows[i] = &records[i];
	}
	clerk_heard = false;
	ledger_record(clerk_ledger, rows, BATCH, clerk_done, &clerk_heard);
	db_wait(&clerk_heard);
	for (size_t i = 0; i < BATCH; i++)
		assert_int_equal(records[i].rc, DB_OK);
}

static void
a_batch_goes_through_as_one(void **state)
{
	(void)state;
	clerk_seed++;
	prepare_batch();
	reserve_batch();
	for (size_t i = 0; i < BATCH; i++)
		assert_int_equal(reservations[i].rc, DB_OK);
	record_batch();
	assert_int_equal(
	    1, db_get_number("SELECT count(DISTINCT xmin::text) FROM"
			     " koshin.certificate WHERE account BETWEEN %lld"
			     " AND %lld",
		   (long long)facts[0].account,
		   (long long)facts[BATCH - 1].account));
}

static void
I_5_two_of_one_account_in_a_batch_spoil_nobody(void **state)
{
	size_t ok = 0;

	(void)state;
	clerk_seed++;
	prepare_batch();
	reservations[7].account = reservations[6].account;
	reservations[7].account_version = reservations[6].account_version;
	reserve_batch();
	for (size_t i = 0; i < BATCH; i++)
		ok += reservations[i].rc == DB_OK;
	assert_int_equal(ok, BATCH - 1);
	assert_int_equal(
	    reservations[6].rc + reservations[7].rc, DB_OK + DB_CONFLICT);
}

static void
EST_154_two_of_one_key_in_a_batch_spoil_nobody(void **state)
{
	size_t ok = 0;

	(void)state;
	clerk_seed++;
	prepare_batch();
	reservations[9].key_identity = reservations[3].key_identity;
	reservations[5].key_identity = reservations[3].key_identity;
	reserve_batch();
	for (size_t i = 0; i < BATCH; i++)
		ok += reservations[i].rc == DB_OK;
	assert_int_equal(ok, BATCH - 2);
	assert_int_equal(reservations[5].rc, DB_CONFLICT);
	assert_int_equal(reservations[9].rc, DB_CONFLICT);
}

static void
I_4_one_that_is_closed_meanwhile_spoils_nobody(void **state)
{
	struct ledger_record records[3], *rows[3];

	(void)state;
	clerk_seed++;
	prepare_batch();
	reserve_batch();
	db_do("UPDATE koshin.certificate SET state = 'abandoned',"
	      " abandoned_at = now() WHERE account = %lld",
	    (long long)reservations[1].account);
	for (size_t i = 0; i < 3; i++) {
		records[i] = (struct ledger_record){
			.serial = reservations[i].serial,
			.der = (const unsigned char *)"x",
			.der_len = 1,
		};
		rows[i] = &records[i];
	}
	clerk_heard = false;
	ledger_record(clerk_ledger, rows, 3, clerk_done, &clerk_heard);
	db_wait(&clerk_heard);
	assert_int_equal(records[0].rc, DB_OK);
	assert_int_equal(records[1].rc, DB_NONE);
	assert_int_equal(records[2].rc, DB_OK);
	assert_int_equal(
	    2, db_get_number("SELECT count(*) FROM koshin.mail WHERE kind ="
			     " 'issued' AND account BETWEEN %lld AND %lld",
		   (long long)reservations[0].account,
		   (long long)reservations[2].account));
}

static void
one_bad_row_spoils_nobody_elses(void **state)
{
	static char long_name[200];

	(void)state;
	memset(long_name, 'x', sizeof long_name - 1);
	clerk_seed++;
	prepare_batch();
	reservations[20].profile = long_name;
	reservations[40].not_after = 0;
	reserve_batch();
	for (size_t i = 0; i < BATCH; i++)
		assert_int_equal(
		    reservations[i].rc, i == 20 || i == 40 ? DB_DOWN : DB_OK);
}

/* Makes the next `times` inserts fail as PostgreSQL itself might. */
static void
fail_inserts(int times)
{
	db_do("CREATE SEQUENCE IF NOT EXISTS tried;"
	      "SELECT setval('tried', 1, false);"
	      "CREATE OR REPLACE FUNCTION stumble() RETURNS trigger"
	      " LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
	      " IF nextval('public.tried') <= %d THEN"
	      " RAISE serialization_failure; END IF;"
	      " RETURN NEW; END $$;"
	      "CREATE OR REPLACE TRIGGER stumble BEFORE INSERT ON"
	      " koshin.certificate FOR EACH ROW"
	      " EXECUTE FUNCTION stumble()",
	    times);
}

static void
F_39_a_serialization_failure_is_tried_again(void **state)
{
	struct ledger_fact f =
	    clerk_facts_by_code(db_new_account(), ++clerk_seed);
	struct ledger_reservation r = clerk_reservation(&f, clerk_seed);

	(void)state;
	fail_inserts(3);
	assert_int_equal(clerk_reserve(&r), DB_OK);
	f = clerk_facts_by_code(db_new_account(), ++clerk_seed);
	r = clerk_reservation(&f, clerk_seed);
	fail_inserts(100);
	assert_int_equal(clerk_reserve(&r), DB_DOWN);
	/* Together once, alone three times. */
	assert_int_equal(4, db_get_number("SELECT last_value FROM tried"));
	db_do("DROP TRIGGER stumble ON koshin.certificate");
}

static void
closing_answers_what_waits_for_another_try(void **state)
{
	struct ledger_fact f =
	    clerk_facts_by_code(db_new_account(), ++clerk_seed);
	struct ledger_reservation r = clerk_reservation(&f, clerk_seed);

	(void)state;
	fail_inserts(100);
	clerk_heard = false;
	ledger_reserve(clerk_ledger, (struct ledger_reservation *[]){ &r }, 1,
	    clerk_done, &clerk_heard);
	for (int i = 0;
	     i < 6000 && db_get_number("SELECT last_value FROM tried") < 2; i++)
		db_run_ms(1);
	db_run_ms(5);
	ledger_close(clerk_ledger);
	clerk_ledger = NULL;
	assert_true(clerk_heard);
	assert_int_equal(r.rc, DB_DOWN);
	db_do("DROP TRIGGER stumble ON koshin.certificate");
}

/* Under the address sanitizer: nobody touches what the asker has freed. */
static void
a_forgotten_batch_leaves_its_rows_alone(void **state)
{
	struct ledger_fact f =
	    clerk_facts_by_code(db_new_account(), ++clerk_seed);
	struct ledger_reservation *r = malloc(sizeof *r);
	struct ledger_record *bad = calloc(1, sizeof *bad);

	(void)state;
	*r = clerk_reservation(&f, clerk_seed);
	call_forget(ledger_reserve(clerk_ledger, &r, 1, clerk_done, NULL));
	free(r);
	bad->der = (const unsigned char *)"";
	call_forget(ledger_record(clerk_ledger, &bad, 1, clerk_done, NULL));
	free(bad);
	clerk_ask(&f);
	assert_int_equal(f.known, LEDGER_OPEN); /* it happened */
}

static void
F_38_after_a_lost_connection_the_repeat_finds_what_is(void **state)
{
	struct ledger_fact f =
	    clerk_facts_by_code(db_new_account(), ++clerk_seed);
	struct ledger_reservation r = clerk_reservation(&f, clerk_seed);

	(void)state;
	clerk_heard = false;
	ledger_reserve(clerk_ledger, (struct ledger_reservation *[]){ &r }, 1,
	    clerk_done, &clerk_heard);
	db_do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
	      " WHERE application_name = 'koshin issuer'"
	      " AND datname = current_database()");
	db_wait(&clerk_heard);
	assert_true(r.rc == DB_OK || r.rc == DB_DOWN);
	for (int i = 0; i < 6000 && !ledger_up(clerk_ledger); i++)
		db_run_ms(10);
	db_run_ms(100);
	assert_int_equal(clerk_reserve(&r), DB_OK);
	assert_int_equal(clerk_record(clerk_seed, false), DB_OK);
}

/* Where the database was down for all facts, nothing is left to reserve. */
static void
a_batch_of_none_is_done_later(void **state)
{
	(void)state;
	clerk_heard = false;
	ledger_reserve(clerk_ledger, NULL, 0, clerk_done, &clerk_heard);
	assert_false(clerk_heard);
	db_wait(&clerk_heard);
}

static void
a_ledger_that_is_down_says_so(void **state)
{
	struct ledger *away = ledger_open(db_base, "host=/nonexistent");
	struct ledger_record r = {
		.der = clerk_der, .der_len = 1, .rc = DB_OK
	};

	(void)state;
	clerk_heard = false;
	ledger_record(away, (struct ledger_record *[]){ &r }, 1, clerk_done,
	    &clerk_heard);
	db_wait(&clerk_heard);
	assert_int_equal(r.rc, DB_DOWN);
	ledger_close(away);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, clerk_begin, clerk_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_batch_goes_through_as_one),
		TEST(I_5_two_of_one_account_in_a_batch_spoil_nobody),
		TEST(EST_154_two_of_one_key_in_a_batch_spoil_nobody),
		TEST(I_4_one_that_is_closed_meanwhile_spoils_nobody),
		TEST(one_bad_row_spoils_nobody_elses),
		TEST(F_39_a_serialization_failure_is_tried_again),
		TEST(closing_answers_what_waits_for_another_try),
		TEST(a_forgotten_batch_leaves_its_rows_alone),
		TEST(F_38_after_a_lost_connection_the_repeat_finds_what_is),
		TEST(a_batch_of_none_is_done_later),
		TEST(a_ledger_that_is_down_says_so),
	};

	return cmocka_run_group_tests(tests, db_begin, db_end);
}
