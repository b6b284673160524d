#include "tests/db/clerk.h"

#include "base/clock.h"
#include "base/hex.h"

#include "tests/lib/db_test.h"
#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

struct ledger *clerk_ledger;
bool clerk_heard;
unsigned char clerk_seed;
unsigned char clerk_der[LEDGER_DER_MAX];

void
clerk_done(void *arg)
{
	assert_ptr_equal(arg, &clerk_heard);
	assert_false(clerk_heard);
	clerk_heard = true;
}

static void
wait_up(void)
{
	for (int i = 0; i < 6000 && !ledger_up(clerk_ledger); i++)
		db_run_ms(10);
}

/*
 * On a machine that is busy an answer may take longer than a ledger waits,
 * which gives its connection up then. The clerk does what an issuer does: it
 * asks again. A statement that the database does not want leaves the
 * connection there, and is what a test wants to see.
 */
static bool
too_slow(enum db_rc rc)
{
	if (rc != DB_DOWN || ledger_up(clerk_ledger))
		return false;
	wait_up();
	return ledger_up(clerk_ledger);
}

int
clerk_begin(void **state)
{
	clerk_ledger = ledger_open(db_base, db_as("koshin_issuer"));
	wait_up();
	(void)state;
	return ledger_up(clerk_ledger) ? 0 : -1;
}

int
clerk_end(void **state)
{
	(void)state;
	ledger_close(clerk_ledger);
	return 0;
}

void
clerk_fill(void *out, size_t len, unsigned char with)
{
	memset(out, with, len);
	((unsigned char *)out)[0] = 0x40;
}

struct ledger_fact
clerk_fact(int64_t account, unsigned char csr, unsigned char key)
{
	struct ledger_fact f = { .account = account, .der = clerk_der };

	clerk_fill(&f.csr_digest, sizeof f.csr_digest, csr);
	clerk_fill(&f.key_identity, sizeof f.key_identity, key);
	return f;
}

/* Another request with another key. */
struct ledger_fact
clerk_fresh_fact(int64_t account)
{
	clerk_seed++;
	return clerk_fact(account, clerk_seed, clerk_seed);
}

void
clerk_with_code(struct ledger_fact *f, unsigned char code)
{
	char hex[2 * LEDGER_CODE_ID_SIZE + 1];

	f->by_code = true;
	clerk_fill(f->code_id, sizeof f->code_id, code);
	hex_write(hex, f->code_id, sizeof f->code_id);
	/* Mailed already, perhaps. */
	db_do("INSERT INTO koshin.mail (event_key, kind, account, recipient,"
	      " locale, code_id, dies_at, message_id)"
	      " VALUES ('code:%lld:%s', 'code', %lld, 'a@example.com', 'ja',"
	      " '\\x%s', now() + interval '30 min', 'x')"
	      " ON CONFLICT DO NOTHING",
	    (long long)f->account, hex, (long long)f->account, hex);
}

void
clerk_ask(struct ledger_fact *f)
{
	do {
		clerk_heard = false;
		ledger_ask_facts(clerk_ledger, (struct ledger_fact *[]){ f }, 1,
		    clerk_done, &clerk_heard);
		assert_false(clerk_heard);
		db_wait(&clerk_heard);
	} while (too_slow(f->rc));
}

/* What the facts say is what is reserved. */
struct ledger_reservation
clerk_reservation(const struct ledger_fact *f, unsigned char serial)
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

	clerk_fill(&r.serial, sizeof r.serial, serial);
	r.replaces = f->holder.current.serial;
	r.key_digest = r.key_identity = f->key_identity;
	r.csr_digest = f->csr_digest;
	memcpy(r.code_id, f->code_id, sizeof r.code_id);
	clerk_fill(&r.tbs_digest, sizeof r.tbs_digest, serial);
	return r;
}

enum db_rc
clerk_reserve(struct ledger_reservation *r)
{
	do {
		clerk_heard = false;
		ledger_reserve(clerk_ledger,
		    (struct ledger_reservation *[]){ r }, 1, clerk_done,
		    &clerk_heard);
		db_wait(&clerk_heard);
	} while (too_slow(r->rc));
	return r->rc;
}

enum db_rc
clerk_record(unsigned char serial, bool complete_success)
{
	static const unsigned char bytes[] = "the certificate";
	struct ledger_record r = { .der = bytes,
		.der_len = sizeof bytes,
		.complete_success = complete_success };

	clerk_fill(&r.serial, sizeof r.serial, serial);
	clerk_fill(&r.fingerprint, sizeof r.fingerprint, serial);
	do {
		clerk_heard = false;
		ledger_record(clerk_ledger, (struct ledger_record *[]){ &r }, 1,
		    clerk_done, &clerk_heard);
		db_wait(&clerk_heard);
	} while (too_slow(r.rc));
	return r.rc;
}

/* A whole issue by code; the serial. */
unsigned char
clerk_issue(int64_t account)
{
	unsigned char n = ++clerk_seed;
	struct ledger_fact f = clerk_fact(account, n, n);
	struct ledger_reservation r;

	clerk_with_code(&f, n);
	clerk_ask(&f);
	assert_int_equal(f.rc, DB_OK);
	assert_int_equal(f.known, LEDGER_NEW);
	r = clerk_reservation(&f, n);
	assert_int_equal(clerk_reserve(&r), DB_OK);
	assert_int_equal(clerk_record(n, true), DB_OK);
	return n;
}

const char *
clerk_hex(unsigned char serial)
{
	static char hex[2 * SERIAL_SIZE + 1];
	unsigned char bytes[SERIAL_SIZE];

	clerk_fill(bytes, sizeof bytes, serial);
	hex_write(hex, bytes, sizeof bytes);
	return hex;
}

struct ledger_fact
clerk_facts_by_code(int64_t account, unsigned char n)
{
	struct ledger_fact f = clerk_fact(account, n, n);

	clerk_with_code(&f, n);
	clerk_ask(&f);
	return f;
}

/* Triggers off for once: time cannot be waited for. */
void
clerk_make_older(unsigned char serial, const char *column, const char *by)
{
	db_do("ALTER TABLE koshin.certificate DISABLE TRIGGER"
	      " certificate_moves");
	db_do("UPDATE koshin.certificate SET %s = %s - interval '%s'"
	      " WHERE serial = '\\x%s'",
	    column, column, by, clerk_hex(serial));
	db_do("ALTER TABLE koshin.certificate ENABLE ALWAYS TRIGGER"
	      " certificate_moves");
}
