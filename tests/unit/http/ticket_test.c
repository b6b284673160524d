/* FAKES: clock */
#include "http/ticket.h"

#include "base/secret.h"

#include "tests/lib/fake_clock.h"
#include "tests/lib/test.h"
#include "tests/lib/tls_pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PERIOD_S 7200
/* A period begins here. */
#define START (FAKE_CLOCK_START / PERIOD_S * PERIOD_S)

static char folder[] = "/tmp/koshin-ticket-XXXXXX";
static char key_a[64], key_b[64];

static int
set_up(void **state)
{
	struct fault why;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(key_a, sizeof(key_a), "%s/a", folder);
	snprintf(key_b, sizeof(key_b), "%s/b", folder);
	assert_true(secret_make_key(key_a, &why));
	assert_true(secret_make_key(key_b, &why));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(key_a);
	unlink(key_b);
	return rmdir(folder);
}

/* An instance: its own certificate, tickets under this key. */
static SSL_CTX *
instance(const char *key)
{
	SSL_CTX *ctx = tls_pair_server();
	struct fault why;

	SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"est", 3);
	SSL_CTX_set_num_tickets(ctx, 1);
	/* The life of a session is OpenSSL's clock; here is ours. */
	SSL_CTX_set_timeout(ctx, 100 * PERIOD_S);
	assert_true(ticket_open(ctx, key, PERIOD_S, &why));
	return ctx;
}

static SSL_SESSION *
first_session(SSL_CTX *server, int version)
{
	SSL_CTX *client = tls_pair_client(version);
	SSL_SESSION *session;
	struct tls_pair p;

	assert_true(tls_pair_open(&p, client, server, NULL));
	assert_false(SSL_session_reused(p.client));
	session = tls_pair_session(&p);
	tls_pair_close(&p);
	SSL_CTX_free(client);
	return session;
}

/* Does that instance take it? `next` is the session after it, or NULL. */
static bool
resumes(SSL_CTX *server, SSL_SESSION *session, SSL_SESSION **next)
{
	SSL_CTX *client =
	    tls_pair_client(SSL_SESSION_get_protocol_version(session));
	struct tls_pair p;
	bool reused;

	/* A session of TLS 1.3 is good once; OpenSSL marks the object. */
	session = SSL_SESSION_dup(session);
	assert_true(tls_pair_open(&p, client, server, session));
	reused = SSL_session_reused(p.server);
	if (next != NULL)
		*next = tls_pair_session(&p);
	tls_pair_close(&p);
	SSL_SESSION_free(session);
	SSL_CTX_free(client);
	return reused;
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

static void
EST_012_a_ticket_of_one_instance_is_good_at_another(void **state)
{
	SSL_CTX *a = instance(key_a), *b = instance(key_a);
	SSL_CTX *other = instance(key_b);

	(void)state;
	fake_clock_set(START);
	for (size_t i = 0; i < COUNT(versions); i++) {
		SSL_SESSION *session = first_session(a, versions[i]);

		assert_true(resumes(a, session, NULL));
		assert_true(resumes(b, session, NULL));
		assert_false(resumes(other, session, NULL));
		SSL_SESSION_free(session);
	}
	SSL_CTX_free(a);
	SSL_CTX_free(b);
	SSL_CTX_free(other);
}

static void
EST_012_a_ticket_is_good_in_its_period_and_the_next(void **state)
{
	SSL_CTX *a = instance(key_a);

	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++) {
		SSL_SESSION *session;

		fake_clock_set(START);
		session = first_session(a, versions[i]);
		fake_clock_set(START + 2 * PERIOD_S - 1);
		assert_true(resumes(a, session, NULL));
		fake_clock_set(START + 2 * PERIOD_S);
		assert_false(resumes(a, session, NULL));
		SSL_SESSION_free(session);
	}
	SSL_CTX_free(a);
}

static void
EST_012_a_ticket_of_the_period_before_is_renewed(void **state)
{
	SSL_CTX *a = instance(key_a);

	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++) {
		SSL_SESSION *session, *next;

		fake_clock_set(START);
		session = first_session(a, versions[i]);
		fake_clock_set(START + PERIOD_S);
		assert_true(resumes(a, session, &next));
		fake_clock_set(START + 2 * PERIOD_S);
		assert_false(resumes(a, session, NULL));
		assert_true(resumes(a, next, NULL));
		SSL_SESSION_free(session);
		SSL_SESSION_free(next);
	}
	SSL_CTX_free(a);
}

/* EST-012: keys are shared, or tickets are off. */
static void
EST_012_without_a_key_there_are_no_tickets(void **state)
{
	SSL_CTX *a = instance(NULL);

	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++) {
		SSL_SESSION *session = first_session(a, versions[i]);

		assert_false(SSL_SESSION_has_ticket(session));
		assert_false(resumes(a, session, NULL));
		SSL_SESSION_free(session);
	}
	SSL_CTX_free(a);
}

static void
X_08_a_key_that_cannot_be_read_is_told_by_name(void **state)
{
	SSL_CTX *ctx = tls_pair_server();
	struct fault why;

	(void)state;
	assert_false(ticket_open(ctx, folder, 1, &why));
	assert_memory_equal(why.text, folder, strlen(folder));
	SSL_CTX_free(ctx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    EST_012_a_ticket_of_one_instance_is_good_at_another),
		cmocka_unit_test(
		    EST_012_a_ticket_is_good_in_its_period_and_the_next),
		cmocka_unit_test(
		    EST_012_a_ticket_of_the_period_before_is_renewed),
		cmocka_unit_test(EST_012_without_a_key_there_are_no_tickets),
		cmocka_unit_test(
		    X_08_a_key_that_cannot_be_read_is_told_by_name),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
