#include "http/channel_binding.h"

#include "base/b64.h"
#include "pki/csr.h"

#include "tests/lib/test.h"
#include "tests/lib/tls_pair.h"

#include <string.h>

#define VALUE_SIZE 128

static SSL_CTX *server;

static int
set_up(void **state)
{
	(void)state;
	server = tls_pair_server();
	SSL_CTX_set_session_id_context(
	    server, (const unsigned char *)"test", 4);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	SSL_CTX_free(server);
	return 0;
}

static bool
linked(SSL *ssl, const struct csr *csr, bool required)
{
	char value[CHANNEL_BINDING_SIZE];
	size_t len = channel_binding_value(ssl, value);

	return csr_linked(csr, value, len, required);
}

static bool
holds(SSL *ssl, const char *challenge, const char *linking)
{
	struct csr csr = { .challenge = { NULL, 0 } };

	if (challenge != NULL)
		csr.challenge = (struct der){ (const unsigned char *)challenge,
			strlen(challenge) };
	if (linking != NULL)
		csr.linking = (struct der){ (const unsigned char *)linking,
			strlen(linking) };
	return linked(ssl, &csr, true);
}

static void
encode(const void *bytes, size_t len, char out[VALUE_SIZE])
{
	out[b64_encode(out, bytes, len, B64_LINES_NONE)] = '\0';
}

/* tls-unique as the client sees it, of either side's Finished. */
static void
unique(SSL *client, bool of_client, char out[VALUE_SIZE])
{
	unsigned char value[64];
	size_t len = of_client
			 ? SSL_get_finished(client, value, sizeof(value))
			 : SSL_get_peer_finished(client, value, sizeof(value));

	assert_int_equal(len, 12);
	encode(value, len, out);
	assert_int_equal(strlen(out), 16);
}

static void
expect_all_but(SSL *ssl, const char *right, const char *wrong)
{
	assert_true(holds(ssl, right, NULL));
	assert_true(holds(ssl, NULL, right));
	assert_true(holds(ssl, right, right));
	assert_false(holds(ssl, wrong, NULL));
	assert_false(holds(ssl, NULL, wrong));
	assert_false(holds(ssl, right, wrong));
	assert_false(holds(ssl, wrong, right));
	assert_false(holds(ssl, "", NULL));
	assert_false(holds(ssl, NULL, NULL)); /* it is required */
}

static void
EST_232_a_full_handshake_of_1_2_is_the_clients_Finished(void **state)
{
	SSL_CTX *client = tls_pair_client(TLS1_2_VERSION);
	char right[VALUE_SIZE], wrong[VALUE_SIZE];
	struct tls_pair p;

	(void)state;
	assert_true(tls_pair_open(&p, client, server, NULL));
	assert_int_equal(SSL_version(p.server), TLS1_2_VERSION);
	unique(p.client, true, right);
	unique(p.client, false, wrong);
	expect_all_but(p.server, right, wrong);
	tls_pair_close(&p);
	SSL_CTX_free(client);
}

/* libest resumes for its retry after a 401. */
static void
EST_232_a_resumed_session_is_the_servers_Finished(void **state)
{
	SSL_CTX *client = tls_pair_client(TLS1_2_VERSION);
	char right[VALUE_SIZE], wrong[VALUE_SIZE];
	SSL_SESSION *session;
	struct tls_pair p;

	(void)state;
	assert_true(tls_pair_open(&p, client, server, NULL));
	session = tls_pair_session(&p);
	tls_pair_close(&p);
	assert_true(tls_pair_open(&p, client, server, session));
	assert_true(SSL_session_reused(p.server));
	unique(p.client, false, right);
	unique(p.client, true, wrong);
	expect_all_but(p.server, right, wrong);
	tls_pair_close(&p);
	SSL_SESSION_free(session);
	SSL_CTX_free(client);
}

static void
EST_233_TLS_1_3_takes_the_exporter(void **state)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	SSL_CTX *client = tls_pair_client(TLS1_3_VERSION);
	char right[VALUE_SIZE], wrong[VALUE_SIZE];
	unsigned char value[32];
	struct tls_pair p;

	(void)state;
	assert_true(tls_pair_open(&p, client, server, NULL));
	assert_int_equal(SSL_version(p.server), TLS1_3_VERSION);
	assert_int_equal(
	    1, SSL_export_keying_material(p.client, value, sizeof(value), label,
		   strlen(label), (const unsigned char *)"", 0, 1));
	encode(value, sizeof(value), right);
	assert_int_equal(strlen(right), 44);
	value[31] ^= 1;
	encode(value, sizeof(value), wrong);
	expect_all_but(p.server, right, wrong);
	/* Never "ignored because 1.3". */
	assert_false(holds(p.server, "AAAAAAAAAAAAAAAA", NULL));
	tls_pair_close(&p);
	SSL_CTX_free(client);
}

static void
EST_231_a_value_is_of_its_connection_alone(void **state)
{
	SSL_CTX *client = tls_pair_client(TLS1_2_VERSION);
	char value[VALUE_SIZE];
	struct tls_pair p, other;

	(void)state;
	assert_true(tls_pair_open(&p, client, server, NULL));
	assert_true(tls_pair_open(&other, client, server, NULL));
	unique(p.client, true, value);
	assert_true(holds(p.server, value, NULL));
	assert_false(holds(other.server, value, NULL));
	tls_pair_close(&p);
	tls_pair_close(&other);
	SSL_CTX_free(client);
}

static void
EST_234_without_extended_master_secret_none_holds(void **state)
{
	SSL_CTX *client = tls_pair_client(TLS1_2_VERSION);
	char value[VALUE_SIZE];
	struct tls_pair p;

	(void)state;
	SSL_CTX_set_options(client, SSL_OP_NO_EXTENDED_MASTER_SECRET);
	assert_true(tls_pair_open(&p, client, server, NULL));
	unique(p.client, true, value);
	assert_false(holds(p.server, value, NULL));
	assert_false(holds(p.server, NULL, value));
	tls_pair_close(&p);
	SSL_CTX_free(client);
}

static void
EST_231_absence_is_the_profiles_to_judge(void **state)
{
	struct csr csr = { .challenge = { NULL, 0 } };

	(void)state;
	assert_true(linked(NULL, &csr, false));
	assert_false(linked(NULL, &csr, true));
}

/* EST-238: what cannot be looked at is refused, not waved through. */
static void
EST_238_a_value_without_TLS_is_refused(void **state)
{
	(void)state;
	assert_false(holds(NULL, "AAAAAAAAAAAAAAAA", NULL));
	assert_false(holds(NULL, "", ""));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(EST_232_a_full_handshake_of_1_2_is_the_clients_Finished),
		TEST(EST_232_a_resumed_session_is_the_servers_Finished),
		TEST(EST_233_TLS_1_3_takes_the_exporter),
		TEST(EST_231_a_value_is_of_its_connection_alone),
		TEST(EST_234_without_extended_master_secret_none_holds),
		TEST(EST_231_absence_is_the_profiles_to_judge),
		TEST(EST_238_a_value_without_TLS_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
