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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    I_1_facts_reserve_record_leave_a_certificate, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, db_begin, db_end);
}
