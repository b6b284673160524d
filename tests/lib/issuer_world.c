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

struct event_base *world_base;
static char *folder;
static struct config config;
struct profile world_profiles[2];
struct batch_options world_options;
struct batch *world_batch;
unsigned char world_spki[ISSUER_SPKI_MAX];
size_t world_spki_len;

/* What each question heard; the asker is the place in it. */
struct issuer_answer world_heard[WORLD_ASKED_MAX];
static unsigned times_heard[WORLD_ASKED_MAX];
static size_t asked, answered;

const struct profile *
config_profile(const struct config *c, const char *label, size_t len)
{
	if (len == 0)
		return &c->profiles[0];
	for (unsigned i = 0; i < c->profiles_count; i++) {
		if (strlen(c->profiles[i].name) == len &&
		    memcmp(c->profiles[i].name, label, len) == 0)
			return &c->profiles[i];
	}
	return NULL;
}

static void
on_answer(void *asker, const struct issuer_answer *a)
{
	struct issuer_answer *place = asker;
	size_t i = (size_t)(place - world_heard);

	/* I-1: what goes out is in the ledger, whole. */
	if (a->end == ISSUER_DONE) {
		bool found = false;

		for (size_t r = 0; r < fake_ledger.rows && !found; r++)
			found = fake_ledger.row[r]->issued &&
				fake_ledger.row[r]->der_len == a->der_len &&
				memcmp(fake_ledger.row[r]->der, a->der,
				    a->der_len) == 0 &&
				memcmp(fake_ledger.row[r]->given.serial,
				    a->serial, FACTS_SERIAL_SIZE) == 0;
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
	struct ca_make order = { .folder = folder,
		.name = "Koshin",
		.server_names = names,
		.server_name_count = 1 };
	struct fault why;
	struct ca *ca;

	if (!ca_make(&order, &why))
		fail_msg("%s", why.text);
	config.ca.certificate = file_of("ca/issuing.pem");
	config.ca.chain = file_of("ca/root.pem");
	config.ca.key = file_of("ca/issuing.key");
	ca = ca_open(&config.ca, &why);
	if (ca == NULL || !ca_open_key(ca, &config.ca, &why))
		fail_msg("%s", why.text);
	world_options.ca = ca;
}

static void
make_spki(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	unsigned char *bytes = NULL;
	int len = i2d_PUBKEY(key, &bytes);

	assert_true(len > 0 && (size_t)len <= sizeof(world_spki));
	memcpy(world_spki, bytes, (size_t)len);
	world_spki_len = (size_t)len;
	OPENSSL_free(bytes);
	EVP_PKEY_free(key);
}

int
world_begin_group(void **state)
{
	(void)state;
	log_open("test", LOG_LINE_ERROR);
	assert_true(clock_zone("Asia/Tokyo"));
	world_base = loop_new();
	folder = authority_folder();
	open_ca();
	make_spki();
	config.profiles = world_profiles;
	config.profiles_count = 2;
	world_options.base = world_base;
	world_options.config = &config;
	world_options.answer = on_answer;
	world_options.ledger = ledger_open(world_base, "");
	return 0;
}

int
world_end_group(void **state)
{
	(void)state;
	ledger_close(world_options.ledger);
	ca_free((struct ca *)(uintptr_t)world_options.ca);
	free(config.ca.certificate);
	free(config.ca.chain);
	free(config.ca.key);
	authority_remove(folder);
	event_base_free(world_base);
	return 0;
}

int
world_begin(void **state)
{
	(void)state;
	fake_ledger_reset();
	world_profiles[0] = profile_person();
	world_profiles[1] = profile_device();
	world_options.own.count = 0;
	asked = answered = 0;
	memset(times_heard, 0, sizeof(times_heard));
	world_batch = batch_new(&world_options);
	assert_non_null(world_batch);
	return 0;
}

int
world_end(void **state)
{
	(void)state;
	batch_free(world_batch);
	/* What was on its way when the batch was freed. */
	event_base_loop(world_base, EVLOOP_NONBLOCK);
	for (size_t i = 0; i < asked; i++)
		assert_int_equal(times_heard[i], 1);
	fake_ledger_reset();
	return 0;
}

struct issuer_question
world_question(int64_t account, unsigned request)
{
	struct issuer_question ask;

	memset(&ask, 0, sizeof(ask));
	ask.id = request + 1;
	ask.account = account;
	ask.operation = DECIDE_ENROLL;
	ask.by_code = true;
	memcpy(ask.code_id, &request, sizeof(request));
	memcpy(ask.csr_digest, &request, sizeof(request));
	memcpy(ask.spki, world_spki, world_spki_len);
	ask.spki_len = (uint16_t)world_spki_len;
	return ask;
}

const struct issuer_answer *
world_put(const struct issuer_question *ask)
{
	assert_true(asked < WORLD_ASKED_MAX);
	assert_true(batch_add(world_batch, ask, &world_heard[asked]));
	return &world_heard[asked++];
}

const struct issuer_answer *
world_ask_for(int64_t account, unsigned request)
{
	struct issuer_question ask = world_question(account, request);

	return world_put(&ask);
}

/* Real time, so that it ends when nobody answers. */
void
world_run(void)
{
	for (int i = 0; i < 4000 && answered < asked; i++) {
		event_base_loop(world_base, EVLOOP_NONBLOCK);
		if (answered < asked) {
			struct timespec ms = { 0, 1000000 };

			nanosleep(&ms, NULL);
			fake_clock_pass_ms(1);
		}
	}
	assert_int_equal(answered, asked);
}
