/* LINK: db/ledger.c db/holder.c db/pg.c db/pg_link.c db/pg_question.c db/pg_values.c db/migrate.c db/schema.c base/clock.c base/log.c base/loop.c tests/lib/db_test.c */
#include "db/ledger.h"

#include "base/clock.h"

#include "tests/lib/db_test.h"
#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ledger *ledger;
static bool done;
static unsigned char seed; /* makes digests and serials differ */
static unsigned char der[LEDGER_DER_MAX];

static void
on_done(void *arg)
{
	assert_ptr_equal(arg, &done);
	assert_false(done);
	done = true;
}

static int
set_up(void **state)
{
	ledger = ledger_open(db_base, db_as("koshin_issuer"));
	for (int i = 0; i < 500 && !ledger_up(ledger); i++)
		db_run_ms(10);
	(void)state;
	return ledger_up(ledger) ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	ledger_close(ledger);
	return 0;
}

static void
fill(void *out, size_t len, unsigned char with)
{
	memset(out, with, len);
	((unsigned char *)out)[0] = 0x40;
}

static struct ledger_fact
fact_of(int64_t account, unsigned char csr, unsigned char key)
{
	struct ledger_fact f = { .account = account, .der = der };

	fill(f.csr_digest, sizeof f.csr_digest, csr);
	fill(f.key_digest, sizeof f.key_digest, key);
	return f;
}

/* Another request with another key. */
static struct ledger_fact
fresh_fact(int64_t account)
{
	seed++;
	return fact_of(account, seed, seed);
}

static void
with_code(struct ledger_fact *f, unsigned char code)
{
	f->by_code = true;
	fill(f->code_id, sizeof f->code_id, code);
}

static void
ask(struct ledger_fact *f)
{
	done = false;
	ledger_ask_facts(
	    ledger, (struct ledger_fact *[]){ f }, 1, on_done, &done);
	assert_false(done);
	db_wait(&done);
}

/* What the facts say is what is reserved. */
static struct ledger_reservation
reservation_of(const struct ledger_fact *f, unsigned char serial)
{
	struct ledger_reservation r = {
		.account = f->account,
		.account_version = f->holder.account.version,
		.profile = "person",
		.subject = "CN=user",
		.not_before = clock_now(),
		.not_after = clock_now() + 86400,
		.by_code = f->by_code,
	};

	fill(r.serial, sizeof r.serial, serial);
	memcpy(r.replaces, f->holder.current.serial, sizeof r.replaces);
	memcpy(r.key_digest, f->key_digest, sizeof r.key_digest);
	memcpy(r.csr_digest, f->csr_digest, sizeof r.csr_digest);
	memcpy(r.code_id, f->code_id, sizeof r.code_id);
	fill(r.tbs_digest, sizeof r.tbs_digest, serial);
	return r;
}

static enum db_rc
reserve(struct ledger_reservation *r)
{
	done = false;
	ledger_reserve(
	    ledger, (struct ledger_reservation *[]){ r }, 1, on_done, &done);
	db_wait(&done);
	return r->rc;
}

static enum db_rc
record(unsigned char serial, bool complete_success)
{
	static const unsigned char bytes[] = "the certificate";
	struct ledger_record r = { .der = bytes,
		.der_len = sizeof bytes,
		.complete_success = complete_success };

	fill(r.serial, sizeof r.serial, serial);
	fill(r.fingerprint, sizeof r.fingerprint, serial);
	done = false;
	ledger_record(
	    ledger, (struct ledger_record *[]){ &r }, 1, on_done, &done);
	db_wait(&done);
	return r.rc;
}

/* A whole issue by code; the serial. */
static unsigned char
issue(int64_t account)
{
	unsigned char n = ++seed;
	struct ledger_fact f = fact_of(account, n, n);
	struct ledger_reservation r;

	with_code(&f, n);
	ask(&f);
	assert_int_equal(f.rc, DB_OK);
	assert_int_equal(f.known, LEDGER_NEW);
	r = reservation_of(&f, n);
	assert_int_equal(reserve(&r), DB_OK);
	assert_int_equal(record(n, true), DB_OK);
	return n;
}

static const char *
hex_of(unsigned char serial)
{
	static char hex[2 * FACTS_SERIAL_SIZE + 1];
	unsigned char bytes[FACTS_SERIAL_SIZE];

	fill(bytes, sizeof bytes, serial);
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	return hex;
}

static void
I_1_facts_reserve_record_leave_a_certificate(void **state)
{
	int64_t account = db_new_account();
	unsigned char n;

	(void)state;
	db_do("UPDATE koshin.account SET locks = 2 WHERE id = %lld",
	    (long long)account);
	n = issue(account);
	assert_string_equal("issued true code",
	    db_get("SELECT concat_ws(' ', state, current::text, via) FROM"
		   " koshin.certificate WHERE serial = '\\x%s'",
		hex_of(n)));
	/* R-LOCK-4, R-MAIL-2, I-12 */
	assert_int_equal(
	    0, db_get_number("SELECT locks FROM koshin.account WHERE id = %lld",
		   (long long)account));
	assert_string_equal("user@example.jp",
	    db_get("SELECT recipient FROM koshin.mail"
		   " WHERE event_key = 'issued:%s' AND kind = 'issued'",
		hex_of(n)));
	assert_int_equal(
	    1, db_get_number("SELECT count(*) FROM koshin.audit WHERE object ="
			     " 'certificate:%s'",
		   hex_of(n)));
}

static struct ledger_fact
facts_with_code(int64_t account, unsigned char n)
{
	struct ledger_fact f = fact_of(account, n, n);

	with_code(&f, n);
	ask(&f);
	return f;
}

static void
I_2_what_is_reserved_is_there_before_it_is_signed(void **state)
{
	struct ledger_fact f = facts_with_code(db_new_account(), ++seed);
	struct ledger_reservation r = reservation_of(&f, seed);

	(void)state;
	assert_int_equal(reserve(&r), DB_OK);
	assert_string_equal("reserved",
	    db_get("SELECT state FROM koshin.certificate WHERE"
		   " serial = '\\x%s' AND octet_length(tbs_digest) = 32"
		   " AND octet_length(csr_digest) = 32 AND account = %lld"
		   " AND lease_until = reserved_at + interval '60 s'",
		hex_of(seed), (long long)f.account));
}

static void
I_3_a_reservation_sent_twice_happens_once(void **state)
{
	struct ledger_fact f = facts_with_code(db_new_account(), ++seed);
	struct ledger_reservation r = reservation_of(&f, seed);

	(void)state;
	assert_int_equal(reserve(&r), DB_OK);
	assert_int_equal(reserve(&r), DB_OK);
	assert_int_equal(
	    1, db_get_number("SELECT count(*) FROM koshin.certificate"
			     " WHERE account = %lld",
		   (long long)f.account));
	/* With other bytes to sign it is another reservation. */
	r.tbs_digest[5] ^= 1;
	assert_int_equal(reserve(&r), DB_CONFLICT);
	r.tbs_digest[5] ^= 1;
	/* Once signed and recorded it is not reserved again. */
	assert_int_equal(record(seed, false), DB_OK);
	assert_int_equal(reserve(&r), DB_CONFLICT);
}

static void
I_3_a_serial_of_somebody_else_is_a_conflict(void **state)
{
	unsigned char n = issue(db_new_account());
	struct ledger_fact f = facts_with_code(db_new_account(), ++seed);
	struct ledger_reservation r = reservation_of(&f, n);

	(void)state;
	assert_int_equal(reserve(&r), DB_CONFLICT);
}

static void
I_3_a_record_sent_twice_happens_once(void **state)
{
	int64_t account = db_new_account();
	unsigned char n = issue(account);

	(void)state;
	assert_int_equal(record(n, true), DB_OK);
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
	assert_int_equal(record(0xfe, false), DB_NONE);
}

static void
I_5_one_open_reservation(void **state)
{
	struct ledger_fact f = facts_with_code(db_new_account(), ++seed);
	struct ledger_reservation first = reservation_of(&f, seed), second;
	struct ledger_fact other;

	(void)state;
	assert_int_equal(reserve(&first), DB_OK);
	other = facts_with_code(f.account, ++seed);
	assert_int_equal(other.known, LEDGER_OPEN);
	second = reservation_of(&other, seed);
	assert_int_equal(reserve(&second), DB_CONFLICT);
}

static void
R_CERT_2_the_new_certificate_is_the_current_one(void **state)
{
	int64_t account = db_new_account();
	unsigned char old = issue(account), new = issue(account);
	struct ledger_fact f = fact_of(account, 0xee, 0xee);

	(void)state;
	ask(&f);
	assert_true(f.holder.current.exists && f.holder.current.issued);
	assert_int_equal(f.holder.current.serial[1], new);
	assert_int_equal(
	    1, db_get_number("SELECT count(*) FROM koshin.certificate WHERE"
			     " account = %lld AND current",
		   (long long)account));
	assert_string_equal("issued",
	    db_get("SELECT state FROM koshin.certificate WHERE serial ="
		   " '\\x%s' AND NOT current",
		hex_of(old)));
	/* R-CERT-4: the old one is still known when it is shown. */
	fill(f.presented, sizeof f.presented, old);
	ask(&f);
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

	issue(account);
	f = facts_with_code(account, ++seed);
	r = reservation_of(&f, seed);
	db_do("%s%lld%s", change, (long long)account, rest);
	assert_int_equal(reserve(&r), DB_CONFLICT);
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
	f = facts_with_code(account, ++seed);
	assert_true(f.holder.account.locked_until > clock_now());
	assert_int_equal(f.holder.account.locks, 1);
	r = reservation_of(&f, seed);
	assert_int_equal(reserve(&r), DB_CONFLICT);
	/* A wrong idea of the current one. */
	f = facts_with_code(db_new_account(), ++seed);
	r = reservation_of(&f, seed);
	r.replaces[3] = 1;
	assert_int_equal(reserve(&r), DB_CONFLICT);
}

static void
R_LOCK_4_forgiving_nothing_leaves_the_version(void **state)
{
	int64_t account = db_new_account();

	(void)state;
	issue(account);
	assert_int_equal(1, db_get_number("SELECT version FROM koshin.account"
					  " WHERE id = %lld",
				(long long)account));
}

static void
F_29_a_code_is_good_for_one_certificate(void **state)
{
	int64_t account = db_new_account();
	unsigned char n = issue(account);
	struct ledger_fact f = fresh_fact(account);
	struct ledger_reservation r;

	(void)state;
	with_code(&f, n);
	ask(&f);
	assert_int_equal(f.known, LEDGER_CODE_TAKEN);
	r = reservation_of(&f, seed);
	assert_int_equal(reserve(&r), DB_CONFLICT);
}

static void
F_29_a_code_of_an_abandoned_reservation_is_good_again(void **state)
{
	struct ledger_fact f = facts_with_code(db_new_account(), ++seed);
	struct ledger_reservation r = reservation_of(&f, seed);

	(void)state;
	assert_int_equal(reserve(&r), DB_OK);
	ask(&f);
	assert_int_equal(f.known, LEDGER_OPEN); /* itself */
	db_do("UPDATE koshin.certificate SET state = 'abandoned',"
	      " abandoned_at = now() WHERE serial = '\\x%s'",
	    hex_of(seed));
	ask(&f);
	assert_int_equal(f.known, LEDGER_NEW);
	r = reservation_of(&f, ++seed);
	assert_int_equal(reserve(&r), DB_OK);
}

static void
I_6_the_same_request_has_the_same_certificate(void **state)
{
	int64_t account = db_new_account();
	unsigned char n = issue(account);
	struct ledger_fact f = fact_of(account, n, n);

	(void)state;
	with_code(&f, n);
	ask(&f);
	assert_int_equal(f.known, LEDGER_ISSUED);
	assert_int_equal(f.der_len, sizeof "the certificate");
	assert_string_equal((char *)f.der, "the certificate");
	/* Not if it was revoked since. */
	db_do("SELECT koshin.revoke_certificate('test', '\\x%s',"
	      " 'superseded')",
	    hex_of(n));
	ask(&f);
	assert_int_equal(f.known, LEDGER_CODE_TAKEN);
	assert_int_equal(f.der_len, 0);
}

/* Triggers off for once: time cannot be waited for. */
static void
make_older(unsigned char serial, const char *column, const char *by)
{
	db_do("ALTER TABLE koshin.certificate DISABLE TRIGGER"
	      " certificate_moves");
	db_do("UPDATE koshin.certificate SET %s = %s - interval '%s'"
	      " WHERE serial = '\\x%s'",
	    column, column, by, hex_of(serial));
	db_do("ALTER TABLE koshin.certificate ENABLE ALWAYS TRIGGER"
	      " certificate_moves");
}

static void
EST_194_a_renewal_is_repeated_for_ten_minutes(void **state)
{
	int64_t account = db_new_account();
	struct ledger_fact f;
	struct ledger_reservation r;

	(void)state;
	issue(account);
	f = fresh_fact(account);
	ask(&f);
	assert_int_equal(f.known, LEDGER_NEW);
	r = reservation_of(&f, seed);
	assert_int_equal(reserve(&r), DB_OK);
	assert_int_equal(record(seed, false), DB_OK);
	ask(&f);
	assert_int_equal(f.known, LEDGER_ISSUED);
	make_older(seed, "issued_at", "599 s");
	ask(&f);
	assert_int_equal(f.known, LEDGER_ISSUED);
	make_older(seed, "issued_at", "1 s");
	ask(&f);
	assert_int_equal(f.known, LEDGER_NEW);
}

static void
EST_154_a_key_of_another_account_is_taken(void **state)
{
	unsigned char n = issue(db_new_account());
	struct ledger_fact f = fact_of(db_new_account(), ++seed, n);
	struct ledger_reservation r;

	(void)state;
	ask(&f);
	assert_int_equal(f.known, LEDGER_KEY_TAKEN);
	r = reservation_of(&f, seed);
	assert_int_equal(reserve(&r), DB_CONFLICT);
}

static void
EST_161_a_key_may_be_certified_again_for_its_account(void **state)
{
	int64_t account = db_new_account();
	unsigned char n = issue(account);
	struct ledger_fact f = fact_of(account, ++seed, n);
	struct ledger_reservation r;

	(void)state;
	ask(&f);
	assert_int_equal(f.known, LEDGER_NEW);
	r = reservation_of(&f, seed);
	assert_int_equal(reserve(&r), DB_OK);
	assert_int_equal(record(seed, false), DB_OK);
}

static void
EST_154_a_compromised_key_is_taken_for_all(void **state)
{
	int64_t account = db_new_account();
	unsigned char n = issue(account);
	struct ledger_fact f = fact_of(account, ++seed, n);

	(void)state;
	db_do("SELECT koshin.revoke_certificate('test', '\\x%s',"
	      " 'keyCompromise')",
	    hex_of(n));
	ask(&f);
	assert_int_equal(f.known, LEDGER_KEY_TAKEN);
	assert_false(f.holder.current.exists);
}

static void
I_4_a_reservation_that_is_over_is_closed_on_the_way(void **state)
{
	struct ledger_fact f = facts_with_code(db_new_account(), ++seed);
	struct ledger_reservation r = reservation_of(&f, seed);
	unsigned char late = seed;

	(void)state;
	assert_int_equal(reserve(&r), DB_OK);
	make_older(late, "lease_until", "59 s");
	ask(&f);
	assert_int_equal(f.known, LEDGER_OPEN);
	make_older(late, "lease_until", "1 s");
	ask(&f);
	assert_int_equal(f.known, LEDGER_NEW);
	assert_string_equal(
	    "abandoned", db_get("SELECT reason FROM koshin.revocation"
				" WHERE serial = '\\x%s'",
			     hex_of(late)));
	assert_int_equal(
	    1, db_get_number("SELECT count(*) FROM koshin.audit WHERE action ="
			     " 'certificate.abandon' AND account = %lld",
		   (long long)f.account));
	/* The late one of the two fails; the repeat goes on, F-15. */
	assert_int_equal(record(late, false), DB_NONE);
	assert_int_equal(reserve(&r), DB_CONFLICT);
	r = reservation_of(&f, ++seed);
	assert_int_equal(reserve(&r), DB_OK);
	assert_int_equal(record(seed, false), DB_OK);
}

static void
I_4_what_was_recorded_is_not_closed(void **state)
{
	unsigned char n = issue(db_new_account());

	(void)state;
	make_older(n, "lease_until", "61 s");
	db_do("SELECT koshin.close_abandoned()");
	assert_string_equal(
	    "issued", db_get("SELECT state FROM koshin.certificate WHERE"
			     " serial = '\\x%s'",
			  hex_of(n)));
}

static void
an_unknown_account_is_none(void **state)
{
	struct ledger_fact f = fact_of(999999999, 1, 1);

	(void)state;
	ask(&f);
	assert_int_equal(f.rc, DB_NONE);
	assert_int_equal(f.holder.account.id, 0);
}

#define BATCH 64

static struct ledger_fact facts[BATCH];
static struct ledger_reservation reservations[BATCH];

/* Facts of so many new accounts, asked together, and what follows. */
static void
prepare_batch(void)
{
	struct ledger_fact *rows[BATCH];

	for (size_t i = 0; i < BATCH; i++) {
		facts[i] = fact_of(db_new_account(), seed, seed);
		facts[i].csr_digest[1] = (unsigned char)i;
		facts[i].key_digest[1] = (unsigned char)i;
		rows[i] = &facts[i];
	}
	done = false;
	ledger_ask_facts(ledger, rows, BATCH, on_done, &done);
	db_wait(&done);
	for (size_t i = 0; i < BATCH; i++) {
		assert_int_equal(facts[i].rc, DB_OK);
		assert_int_equal(facts[i].holder.account.id, facts[i].account);
		reservations[i] = reservation_of(&facts[i], seed);
		reservations[i].serial[1] = (unsigned char)i;
	}
}

static void
reserve_batch(void)
{
	struct ledger_reservation *rows[BATCH];

	for (size_t i = 0; i < BATCH; i++)
		rows[i] = &reservations[i];
	done = false;
	ledger_reserve(ledger, rows, BATCH, on_done, &done);
	db_wait(&done);
}

static void
record_batch(void)
{
	struct ledger_record records[BATCH], *rows[BATCH];

	for (size_t i = 0; i < BATCH; i++) {
		records[i] =
		    (struct ledger_record){ .der = (const unsigned char *)"x",
			    .der_len = 1 };
		memcpy(records[i].serial, reservations[i].serial,
		    FACTS_SERIAL_SIZE);
		rows[i] = &records[i];
	}
	done = false;
	ledger_record(ledger, rows, BATCH, on_done, &done);
	db_wait(&done);
	for (size_t i = 0; i < BATCH; i++)
		assert_int_equal(records[i].rc, DB_OK);
}

static void
a_batch_goes_through_as_one(void **state)
{
	(void)state;
	seed++;
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
	seed++;
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
one_bad_row_spoils_nobody_elses(void **state)
{
	static char long_name[200];

	(void)state;
	memset(long_name, 'x', sizeof long_name - 1);
	seed++;
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
	struct ledger_fact f = facts_with_code(db_new_account(), ++seed);
	struct ledger_reservation r = reservation_of(&f, seed);

	(void)state;
	fail_inserts(3);
	assert_int_equal(reserve(&r), DB_OK);
	f = facts_with_code(db_new_account(), ++seed);
	r = reservation_of(&f, seed);
	fail_inserts(100);
	assert_int_equal(reserve(&r), DB_DOWN);
	/* Together once, alone three times. */
	assert_int_equal(4, db_get_number("SELECT last_value FROM tried"));
	db_do("DROP TRIGGER stumble ON koshin.certificate");
}

static void
closing_answers_what_waits_for_another_try(void **state)
{
	struct ledger_fact f = facts_with_code(db_new_account(), ++seed);
	struct ledger_reservation r = reservation_of(&f, seed);

	(void)state;
	fail_inserts(100);
	done = false;
	ledger_reserve(
	    ledger, (struct ledger_reservation *[]){ &r }, 1, on_done, &done);
	for (int i = 0;
	     i < 500 && db_get_number("SELECT last_value FROM tried") < 2; i++)
		db_run_ms(1);
	db_run_ms(5);
	ledger_close(ledger);
	ledger = NULL;
	assert_true(done);
	assert_int_equal(r.rc, DB_DOWN);
	db_do("DROP TRIGGER stumble ON koshin.certificate");
}

/* Under the address sanitizer: nobody touches what the asker has freed. */
static void
a_forgotten_batch_leaves_its_rows_alone(void **state)
{
	struct ledger_fact f = facts_with_code(db_new_account(), ++seed);
	struct ledger_reservation *r = malloc(sizeof *r);
	struct ledger_record *bad = calloc(1, sizeof *bad);

	(void)state;
	*r = reservation_of(&f, seed);
	call_forget(ledger_reserve(ledger, &r, 1, on_done, NULL));
	free(r);
	bad->der = (const unsigned char *)"";
	call_forget(ledger_record(ledger, &bad, 1, on_done, NULL));
	free(bad);
	ask(&f);
	assert_int_equal(f.known, LEDGER_OPEN); /* it happened */
}

static void
F_38_after_a_lost_connection_the_repeat_finds_what_is(void **state)
{
	struct ledger_fact f = facts_with_code(db_new_account(), ++seed);
	struct ledger_reservation r = reservation_of(&f, seed);

	(void)state;
	done = false;
	ledger_reserve(
	    ledger, (struct ledger_reservation *[]){ &r }, 1, on_done, &done);
	db_do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
	      " WHERE application_name = 'koshin issuer'"
	      " AND datname = current_database()");
	db_wait(&done);
	assert_true(r.rc == DB_OK || r.rc == DB_DOWN);
	for (int i = 0; i < 500 && !ledger_up(ledger); i++)
		db_run_ms(10);
	db_run_ms(100);
	assert_int_equal(reserve(&r), DB_OK);
	assert_int_equal(record(seed, false), DB_OK);
}

static void
a_ledger_that_is_down_says_so(void **state)
{
	struct ledger *away = ledger_open(db_base, "host=/nonexistent");
	struct ledger_record r = { .der = der, .der_len = 1, .rc = DB_OK };

	(void)state;
	done = false;
	ledger_record(
	    away, (struct ledger_record *[]){ &r }, 1, on_done, &done);
	db_wait(&done);
	assert_int_equal(r.rc, DB_DOWN);
	ledger_close(away);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(I_1_facts_reserve_record_leave_a_certificate),
		TEST(I_2_what_is_reserved_is_there_before_it_is_signed),
		TEST(I_2_nothing_is_recorded_that_was_not_reserved),
		TEST(I_3_a_reservation_sent_twice_happens_once),
		TEST(I_3_a_serial_of_somebody_else_is_a_conflict),
		TEST(I_3_a_record_sent_twice_happens_once),
		TEST(I_4_a_reservation_that_is_over_is_closed_on_the_way),
		TEST(I_4_what_was_recorded_is_not_closed),
		TEST(I_5_one_open_reservation),
		TEST(I_5_two_of_one_account_in_a_batch_spoil_nobody),
		TEST(I_6_the_same_request_has_the_same_certificate),
		TEST(R_CERT_2_the_new_certificate_is_the_current_one),
		TEST(R_LOCK_4_forgiving_nothing_leaves_the_version),
		TEST(EST_154_a_key_of_another_account_is_taken),
		TEST(EST_154_a_compromised_key_is_taken_for_all),
		TEST(EST_161_a_key_may_be_certified_again_for_its_account),
		TEST(EST_194_a_renewal_is_repeated_for_ten_minutes),
		TEST(F_29_a_code_is_good_for_one_certificate),
		TEST(F_29_a_code_of_an_abandoned_reservation_is_good_again),
		TEST(F_38_after_a_lost_connection_the_repeat_finds_what_is),
		TEST(F_39_a_serialization_failure_is_tried_again),
		TEST(a_change_since_the_facts_is_a_conflict),
		TEST(an_unknown_account_is_none),
		TEST(a_batch_goes_through_as_one),
		TEST(one_bad_row_spoils_nobody_elses),
		TEST(closing_answers_what_waits_for_another_try),
		TEST(a_forgotten_batch_leaves_its_rows_alone),
		TEST(a_ledger_that_is_down_says_so),
	};

	return cmocka_run_group_tests(tests, db_begin, db_end);
}
