#include "est/csrattrs.h"

#include "base/b64.h"
#include "est/text.h"
#include "policy/profile.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

/* est/text.c is looked at by its own test. */
void
text_make(const struct buf *der, struct est_text *out)
{
	size_t size = b64_encoded_size(der->used, B64_LINES_NONE);

	out->unbroken = calloc(1, size + 1);
	assert_non_null(out->unbroken);
	out->unbroken_len =
	    b64_encode(out->unbroken, der->at, der->used, B64_LINES_NONE);
}

void
text_answer(struct flow *f, const char *type, const struct est_text *text)
{
	f->type = type;
	f->body = text->unbroken;
	f->body_len = text->unbroken_len;
}

static void
expect(const struct profile *profile, const char *base64)
{
	struct est_text text = { 0 };

	assert_null(csrattrs_make(profile, &text));
	assert_string_equal(text.unbroken, base64);
	assert_int_equal(text.unbroken_len, strlen(base64));
	free(text.unbroken);
}

/* The vectors of est-conformance 2.4. */
static void
EST_251_to_253_vectors(void **state)
{
	struct profile p = profile_person();

	(void)state;
	p.keys.kinds = KEYS_P256;
	expect(&p, "MCEwFQYHKoZIzj0CATEKBggqhkjOPQMBBwYIKoZIzj0EAwI=");
	p.binding_required = true;
	expect(&p, "MDkGCSqGSIb3DQEJBwYLKoZIhvcNAQkQAjowFQYHKoZIzj0CATEKBggqhk"
		   "jOPQMBBwYIKoZIzj0EAwI=");
	p.binding_required = false;
	p.keys = (struct keys_rule){ KEYS_RSA, 3072, 3072 };
	expect(&p, "MB4wEQYJKoZIhvcNAQEBMQQCAgwABgkqhkiG9w0BAQs=");
	p.keys.kinds = 0;
	expect(&p, "MAA=");
}

static void
EST_252_kinds_of_keys(void **state)
{
	struct profile p = profile_person();

	(void)state;
	p.keys.kinds = KEYS_P384;
	expect(&p, "MB4wEgYHKoZIzj0CATEHBgUrgQQAIgYIKoZIzj0EAwM=");
	p.keys.kinds = KEYS_P521;
	expect(&p, "MB4wEgYHKoZIzj0CATEHBgUrgQQAIwYIKoZIzj0EAwQ=");
	p.keys.kinds = KEYS_ED25519;
	expect(&p, "MA4wBwYDK2VwMQAGAytlcA==");
}

/*
 * What is named is demanded (RFC 9908 3.2): of several kinds none is, of
 * several curves only that it is one, of several sizes none.
 */
static void
C_11_EST_252_nothing_that_is_not_demanded(void **state)
{
	struct profile p = profile_person();

	(void)state;
	expect(&p, "MAA=");
	p.keys.kinds = KEYS_P384 | KEYS_P521 | KEYS_RSA;
	expect(&p, "MAA=");
	p.keys.kinds = KEYS_P256 | KEYS_P384; /* id-ecPublicKey, {} */
	expect(&p, "MA0wCwYHKoZIzj0CATEA");
	p.keys.kinds = KEYS_RSA; /* of 2048 to 4096 bits: rsaEncryption, {} */
	expect(&p, "MBowDQYJKoZIhvcNAQEBMQAGCSqGSIb3DQEBCw==");
	p.binding_required = true;
	p.keys.kinds = KEYS_P256 | KEYS_ED25519;
	expect(&p, "MBgGCSqGSIb3DQEJBwYLKoZIhvcNAQkQAjo=");
}

/* What the profile takes is what is announced. */
static void
EST_252_sizes_of_RSA(void **state)
{
	struct profile p = profile_person();

	(void)state;
	p.keys.kinds = KEYS_RSA;
	p.keys.rsa_min_bits = p.keys.rsa_max_bits = 2048;
	expect(&p, "MB4wEQYJKoZIhvcNAQEBMQQCAggABgkqhkiG9w0BAQs=");
	p.keys.rsa_min_bits = p.keys.rsa_max_bits = 4096;
	expect(&p, "MB4wEQYJKoZIhvcNAQEBMQQCAhAABgkqhkiG9w0BAQs=");
}

static void
EST_250_each_profile_has_its_own_answer(void **state)
{
	struct profile profiles[2] = { profile_person(), profile_device() };
	struct est_text texts[2] = { { 0 }, { 0 } };
	struct config config = { .profiles = profiles, .profiles_count = 2 };
	struct est_shared shared = { .config = &config, .csrattrs = texts };
	struct est est = { .shared = &shared };
	struct flow f = { .own = &est };

	(void)state;
	profiles[1].keys.kinds = 0;
	for (int i = 0; i < 2; i++)
		assert_null(csrattrs_make(&profiles[i], &texts[i]));
	f.found = &profiles[1];
	assert_int_equal(csrattrs_endpoint.steps[0].run(&f), FLOW_NEXT);
	assert_string_equal(f.type, "application/csrattrs");
	assert_string_equal(f.body, "MAA=");
	assert_null(csrattrs_endpoint.steps[1].run);
	for (int i = 0; i < 2; i++)
		free(texts[i].unbroken);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(EST_251_to_253_vectors),
		cmocka_unit_test(EST_252_kinds_of_keys),
		cmocka_unit_test(C_11_EST_252_nothing_that_is_not_demanded),
		cmocka_unit_test(EST_252_sizes_of_RSA),
		cmocka_unit_test(EST_250_each_profile_has_its_own_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
