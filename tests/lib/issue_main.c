/*
 * Issues certificates to some accounts, in batches, until SIGTERM, and
 * writes the serial of each one as soon as the ledger says that it is
 * recorded. tests/server/chaos pulls the plug meanwhile.
 */
#include "base/clock.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/loop.h"
#include "db/ledger.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define BATCH 8

static struct event_base *base;
static struct ledger *ledger;
static volatile sig_atomic_t over;
static bool heard;
static unsigned char der[BATCH][LEDGER_DER_MAX];
static struct ledger_fact facts[BATCH];
static struct ledger_reservation reservations[BATCH];
static struct ledger_record records[BATCH];

static void
on_term(int number)
{
	(void)number;
	over = 1;
}

static void
on_done(void *arg)
{
	(void)arg;
	heard = true;
}

static void
wait_for(const struct call *call)
{
	(void)call;
	while (!heard)
		event_base_loop(base, EVLOOP_ONCE);
	heard = false;
}

static void
fill(void *out, size_t len)
{
	if (getrandom(out, len, 0) != (ssize_t)len)
		abort();
}

static void
ask_facts(int64_t first)
{
	struct ledger_fact *rows[BATCH];

	for (size_t i = 0; i < BATCH; i++) {
		facts[i] = (struct ledger_fact){ .account = first + (int64_t)i,
			.der = der[i] };
		fill(&facts[i].csr_digest, sizeof facts[i].csr_digest);
		fill(&facts[i].key_identity, sizeof facts[i].key_identity);
		rows[i] = &facts[i];
	}
	wait_for(ledger_ask_facts(ledger, rows, BATCH, on_done, NULL));
}

static void
prepare(struct ledger_reservation *r, const struct ledger_fact *f)
{
	*r = (struct ledger_reservation){ .account = f->account,
		.account_version = f->holder.account.version,
		.profile = "device",
		.subject = "CN=x",
		.not_before = clock_now(),
		.not_after = clock_now() + 86400 };
	fill(&r->serial, sizeof r->serial);
	r->replaces = f->holder.current.serial;
	r->key_digest = r->key_identity = f->key_identity;
	r->csr_digest = f->csr_digest;
	r->tbs_digest = f->csr_digest;
}

/* Those whose facts are known; how many. */
static size_t
reserve(void)
{
	struct ledger_reservation *rows[BATCH];
	size_t count = 0;

	for (size_t i = 0; i < BATCH; i++) {
		if (facts[i].rc != DB_OK || facts[i].known != LEDGER_NEW)
			continue;
		rows[count] = &reservations[count];
		prepare(rows[count++], &facts[i]);
	}
	wait_for(ledger_reserve(ledger, rows, count, on_done, NULL));
	return count;
}

static void
record(size_t reserved)
{
	struct ledger_record *rows[BATCH];
	char hex[2 * SERIAL_SIZE + 1];
	size_t count = 0;

	for (size_t i = 0; i < reserved; i++) {
		struct ledger_record *r = &records[count];

		if (reservations[i].rc != DB_OK)
			continue;
		*r =
		    (struct ledger_record){ .der = reservations[i].serial.bytes,
			    .der_len = SERIAL_SIZE };
		r->serial = reservations[i].serial;
		r->fingerprint = reservations[i].tbs_digest;
		rows[count++] = r;
	}
	wait_for(ledger_record(ledger, rows, count, on_done, NULL));
	for (size_t i = 0; i < count; i++) {
		if (records[i].rc != DB_OK)
			continue;
		hex_write(hex, &records[i].serial, SERIAL_SIZE);
		puts(hex);
	}
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	int64_t first, batches;

	if (argc != 4)
		return 2;
	first = strtoll(argv[2], NULL, 10);
	batches = strtoll(argv[3], NULL, 10) / BATCH;
	signal(SIGTERM, on_term);
	log_open("issue", LOG_LINE_ERROR);
	base = loop_new();
	ledger = ledger_open(base, argv[1]);
	for (int64_t n = 0; !over; n++) {
		ask_facts(first + n % batches * BATCH);
		record(reserve());
	}
	ledger_close(ledger);
	event_base_free(base);
	return 0;
}
