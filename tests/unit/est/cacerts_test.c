/* FAKES: gate clock */
#include "est/cacerts.h"

#include "base/b64.h"
#include "est/text.h"

#include "tests/lib/authority.h"
#include "tests/lib/test.h"

#include <openssl/pkcs7.h>
#include <stdlib.h>
#include <string.h>

static struct authority root, issuing;
static struct ca ca;
static struct est_text text;

static int
set_up(void **state)
{
	(void)state;
	root = (struct authority){ .name = "Root",
		.basic_constraints = "critical,CA:TRUE" };
	issuing = (struct authority){ .name = "Issuing",
		.issuer = &root,
		.basic_constraints = "critical,CA:TRUE" };
	authority_make(&root);
	authority_make(&issuing);
	ca = (struct ca){ .certificate = issuing.certificate,
		.chain = { root.certificate },
		.chain_count = 1 };
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	text_free(&text);
	authority_free(&issuing);
	authority_free(&root);
	return 0;
}

/* As a client reads it. */
static PKCS7 *
read_bag(const char *body, size_t len, size_t *der_len)
{
	unsigned char *der = malloc(len);
	const unsigned char *at = der;
	PKCS7 *bag;

	assert_non_null(der);
	assert_true(b64_decode(body, len, true, der, der_len));
	bag = d2i_PKCS7(NULL, &at, (long)*der_len);
	assert_non_null(bag);
	assert_int_equal(at - der, *der_len);
	free(der);
	return bag;
}

static bool
holds(const STACK_OF(X509) * all, const X509 *wanted)
{
	for (int i = 0; i < sk_X509_num(all); i++)
		if (X509_cmp(sk_X509_value(all, i), wanted) == 0)
			return true;
	return false;
}

static void
expect_both(const char *body, size_t len)
{
	size_t der_len;
	PKCS7 *bag = read_bag(body, len, &der_len);
	const PKCS7_SIGNED *all = bag->d.sign;

	assert_true(PKCS7_type_is_signed(bag));
	assert_int_equal(sk_X509_num(all->cert), 2);
	assert_true(holds(all->cert, issuing.certificate));
	assert_true(holds(all->cert, root.certificate));
	/* EST-134: no CRL; and nobody signs. */
	assert_int_equal(sk_X509_CRL_num(all->crl), -1);
	assert_int_equal(sk_PKCS7_SIGNER_INFO_num(all->signer_info), 0);
	PKCS7_free(bag);
}

static void
EST_132_the_bag_has_the_issuing_ca_and_all_above_it(void **state)
{
	(void)state;
	assert_null(cacerts_make(&ca, &text));
	expect_both(text.lines, text.lines_len);
	expect_both(text.unbroken, text.unbroken_len);
	assert_null(memchr(text.unbroken, '\n', text.unbroken_len));
	assert_int_equal(text.lines[64], '\n');
	assert_int_equal(text.lines[text.lines_len - 1], '\n');
}

/* EST-034: what does not fit one TLS record is refused at the start. */
static void
EST_034_a_chain_that_is_too_large_is_refused(void **state)
{
	static char comment[8000];
	ASN1_IA5STRING *value = ASN1_IA5STRING_new();

	(void)state;
	memset(comment, 'x', sizeof(comment) - 1);
	assert_int_equal(1, ASN1_STRING_set(value, comment, -1));
	assert_int_equal(1, X509_add1_ext_i2d(root.certificate,
				NID_netscape_comment, value, 0, 0));
	ASN1_IA5STRING_free(value);
	/* One such certificate fits, two do not. */
	assert_null(cacerts_make(&ca, &text));
	text_free(&text);
	ca.chain[ca.chain_count++] = root.certificate;
	assert_non_null(cacerts_make(&ca, &text));
	assert_null(text.lines);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(EST_132_the_bag_has_the_issuing_ca_and_all_above_it),
		TEST(EST_034_a_chain_that_is_too_large_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
