#include "tests/lib/issuer_world.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "tests/lib/authority.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/fake_ledger.h"
#include "tests/lib/test.h"

#include <event2/event.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct event_base *issuer_world_base;
static char *folder;
static struct config config;
struct profile issuer_world_profiles[2];
struct batch_options issuer_world_options;
struct batch *issuer_world_batch;
unsigned char issuer_world_spki[ISSUER_SPKI_MAX];
size_t issuer_world_spki_len;

/* What each question heard; the asker is the place in it. */
struct issuer_answer issuer_world_heard[WORLD_ASKED_MAX];
const struct secret_key issuer_world_grant_key = { { 0x67 } };
static unsigned times_heard[WORLD_ASKED_MAX];
static size_t asked, answered;

static void
on_answer(void *asker, struct issuer_answer *a)
{
	struct issuer_answer *place = asker;
	size_t i = (size_t)(place - issuer_world_heard);

	/* I-1: what goes out is in the ledger, whole. */
	if (a->end == ISSUER_DONE) {
		bool found = false;

		for (size_t r = 0; r < fake_ledger.rows && !found; r++)
			found = fake_ledger.row[r]->issued &&
				fake_ledger.row[r]->der_len == a->der_len &&
				memcmp(fake_ledger.row[r]->der, a->der,
				    a->der_len) == 0 &&
				serial_equal(&fake_ledger.row[r]->given.serial,
				    &a->serial);
		assert_true(found);
	}
	*place = *a;
	times_heard[i]++;
	answered++;
}

static char *
file_of(const char *name)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
	return path;
}

static void
open_ca(void)
{
	static const char *const names[] = { "localhost" };
	char *root_key = file_of("root.key");
	struct ca_make order = { .folder = folder,
		.root_key = root_key,
		.name = "Koshin",
		.server_names = names,
		.server_name_count = 1 };
	struct fault why;
	struct ca *ca;

	if (!ca_make(&order, &why))
		fail_msg("%s", why.text);
	free(root_key);
	config.ca.certificate = file_of("ca/issuing.pem");
	config.ca.chain = file_of("ca/root.pem");
	config.ca.key = file_of("ca/issuing.key");
	ca = ca_open(&config.ca, &why);
	if (ca == NULL || !ca_open_key(ca, &config.ca, &why))
		fail_msg("%s", why.text);
	issuer_world_options.ca = ca;
}

static void
make_spki(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	unsigned char *bytes = NULL;
	int len = i2d_PUBKEY(key, &bytes);

	assert_true(len > 0 && (size_t)len <= sizeof(issuer_world_spki));
	memcpy(issuer_world_spki, bytes, (size_t)len);
	issuer_world_spki_len = (size_t)len;
	OPENSSL_free(bytes);
	EVP_PKEY_free(key);
}

int
issuer_world_begin_group(void **state)
{
	(void)state;
	log_open("test", LOG_LINE_ERROR);
	assert_true(clock_zone("Asia/Tokyo"));
	issuer_world_base = loop_new();
	folder = authority_folder();
	open_ca();
	make_spki();
	config.profiles = issuer_world_profiles;
	config.profiles_count = 2;
	config.ca.signatures_per_minute = 6000;
	issuer_world_options.base = issuer_world_base;
	issuer_world_options.config = &config;
	issuer_world_options.answer = on_answer;
	issuer_world_options.grant_key = &issuer_world_grant_key;
	issuer_world_options.ledger = ledger_open(issuer_world_base, "");
	return 0;
}

int
issuer_world_end_group(void **state)
{
	(void)state;
	ledger_close(issuer_world_options.ledger);
	ca_free((struct ca *)(uintptr_t)issuer_world_options.ca);
	free(config.ca.certificate);
	free(config.ca.chain);
	free(config.ca.key);
	authority_remove(folder);
	event_base_free(issuer_world_base);
	return 0;
}

int
issuer_world_begin(void **state)
{
	(void)state;
	fake_ledger_reset();
	issuer_world_profiles[0] = profile_person();
	issuer_world_profiles[1] = profile_device();
	issuer_world_options.own.count = 0;
	asked = answered = 0;
	memset(times_heard, 0, sizeof(times_heard));
	issuer_world_batch = batch_new(&issuer_world_options);
	assert_non_null(issuer_world_batch);
	return 0;
}

int
issuer_world_end(void **state)
{
	(void)state;
	batch_free(issuer_world_batch);
	/* What was on its way when the batch was freed. */
	event_base_loop(issuer_world_base, EVLOOP_NONBLOCK);
	for (size_t i = 0; i < asked; i++)
		assert_int_equal(times_heard[i], 1);
	fake_ledger_reset();
	return 0;
}

struct issuer_question
issuer_world_question(int64_t account, unsigned request)
{
	struct issuer_question ask;

	memset(&ask, 0, sizeof(ask));
	ask.head.id = request + 1;
	ask.account = account;
	ask.operation = DECIDE_ENROLL;
	ask.by_code = true;
	memcpy(ask.grant.code_id, &request, sizeof(request));
	memcpy(&ask.csr_digest, &request, sizeof(request));
	memcpy(ask.spki, issuer_world_spki, issuer_world_spki_len);
	ask.spki_len = (uint16_t)issuer_world_spki_len;
	return ask;
}

void
issuer_world_grant(struct issuer_question *q)
{
	const struct grant_subject subject = { .act = GRANT_CERTIFICATE,
		.account = q->account,
		.operation = q->operation,
		.profile = q->profile,
		.presented = q->presented,
		.key = digest_of(q->spki, q->spki_len),
		.csr = q->csr_digest };
	unsigned char code_id[GRANT_CODE_ID_SIZE];

	memcpy(code_id, q->grant.code_id, sizeof(code_id));
	q->grant = grant_make(
	    &issuer_world_grant_key, &subject, code_id, clock_mono_us());
}

bool
issuer_world_try(const struct issuer_question *ask, struct issuer_answer *no)
{
	assert_true(asked < WORLD_ASKED_MAX);
	if (!batch_add(issuer_world_batch, ask, &issuer_world_heard[asked], no))
		return false;
	asked++;
	return true;
}

const struct issuer_answer *
issuer_world_put(const struct issuer_question *ask)
{
	struct issuer_question granted = *ask;
	struct issuer_answer no;

	issuer_world_grant(&granted);
	assert_true(issuer_world_try(&granted, &no));
	return &issuer_world_heard[asked - 1];
}

const struct issuer_answer *
issuer_world_ask_for(int64_t account, unsigned request)
{
	struct issuer_question ask = issuer_world_question(account, request);

	return issuer_world_put(&ask);
}

/* Real time, so that it ends when nobody answers. */
void
issuer_world_run(void)
{
	for (int i = 0; i < 4000 && answered < asked; i++) {
		event_base_loop(issuer_world_base, EVLOOP_NONBLOCK);
		if (answered < asked) {
			struct timespec ms = { 0, 1000000 };

			nanosleep(&ms, NULL);
			fake_clock_pass_ms(1);
		}
	}
	assert_int_equal(answered, asked);
}
