#include "pki/ca.h"

#include "tests/lib/authority.h"
#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CA "critical,CA:TRUE"
#define SIGNS "critical,keyCertSign,cRLSign"

static char *folder;
static struct authority root, issuing;
static struct config_ca config;
static struct fault why;

static int
begin(void **state)
{
	(void)state;
	folder = authority_folder();
	root = (struct authority){ .name = "Root",
		.basic_constraints = CA ",pathlen:1",
		.key_usage = SIGNS };
	issuing = (struct authority){ .name = "Issuing",
		.issuer = &root,
		.basic_constraints = CA ",pathlen:0",
		.key_usage = SIGNS };
	memset(&config, 0, sizeof(config));
	why.text[0] = '\0';
	return 0;
}

static int
end(void **state)
{
	(void)state;
	authority_free(&root);
	authority_free(&issuing);
	free(config.certificate);
	free(config.chain);
	free(config.key);
	free(config.key_password);
	authority_remove(folder);
	return 0;
}

/* Makes both and writes their files. */
static void
prepare(void)
{
	authority_make(&root);
	authority_make(&issuing);
	config.certificate = authority_write_certificates(
	    folder, "issuing.pem", &issuing.certificate, 1);
	config.chain = authority_write_certificates(
	    folder, "root.pem", &root.certificate, 1);
	config.key =
	    authority_write_key(folder, "issuing.key", issuing.key, NULL, 0600);
}

/* Opening must fail, for this reason, which begins with the file. */
static void
refused(const char *file, const char *part)
{
	struct ca *ca = ca_open(&config, &why);

	if (ca != NULL && !ca_open_key(ca, &config, &why)) {
		ca_free(ca);
		ca = NULL;
	}
	assert_null(ca);
	if (strncmp(why.text, file, strlen(file)) != 0 ||
	    strstr(why.text, part) == NULL)
		fail_msg("the reason is: %s", why.text);
}

static struct ca *
opened(void)
{
	struct ca *ca = ca_open(&config, &why);

	if (ca == NULL || !ca_open_key(ca, &config, &why))
		fail_msg("%s", why.text);
	return ca;
}

static void
a_good_one_opens_and_signs(void **state)
{
	unsigned char signature[CA_SIGNATURE_MAX];
	struct ca *ca;
	size_t len;

	(void)state;
	prepare();
	ca = opened();
	assert_int_equal(ca->chain_count, 1);
	assert_int_equal(ca->kind, KEYS_P256);
	assert_int_equal(ca->key_id_len, 20);
	assert_true(ca_sign(ca, "bytes", 5, signature, &len));
	assert_true(len > 0 && len <= CA_SIGNATURE_MAX);
	ca_free(ca);
}

/* The algorithm that is said is the one that is used: OpenSSL verifies. */
static void
check_algorithm(EVP_PKEY *key, const char *name)
{
	unsigned char signature[CA_SIGNATURE_MAX];
	struct buf b;
	X509_ALGOR *algorithm;
	const unsigned char *p;
	const ASN1_OBJECT *object;
	struct ca *ca;
	size_t len;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const EVP_MD *digest;

	issuing.key = key;
	prepare();
	ca = opened();
	buf_init(&b, 64);
	ca_put_algorithm(ca, &b);
	p = (const unsigned char *)b.at;
	algorithm = d2i_X509_ALGOR(NULL, &p, (long)b.used);
	assert_non_null(algorithm);
	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	assert_string_equal(OBJ_nid2sn(OBJ_obj2nid(object)), name);
	digest = ca->kind == KEYS_ED25519 ? NULL
		 : ca->kind == KEYS_P384  ? EVP_sha384()
		 : ca->kind == KEYS_P521  ? EVP_sha512()
					  : EVP_sha256();
	assert_true(ca_sign(ca, "bytes", 5, signature, &len));
	assert_true(EVP_DigestVerifyInit(ctx, NULL, digest, NULL,
			X509_get0_pubkey(ca->certificate)) > 0);
	assert_int_equal(EVP_DigestVerify(ctx, signature, len,
			     (const unsigned char *)"bytes", 5),
	    1);
	EVP_MD_CTX_free(ctx);
	X509_ALGOR_free(algorithm);
	buf_free(&b);
	ca_free(ca);
}

static void
signs_with_p256(void **state)
{
	(void)state;
	check_algorithm(EVP_EC_gen("P-256"), "ecdsa-with-SHA256");
}

static void
signs_with_p384(void **state)
{
	(void)state;
	check_algorithm(EVP_EC_gen("P-384"), "ecdsa-with-SHA384");
}

static void
signs_with_p521(void **state)
{
	(void)state;
	check_algorithm(EVP_EC_gen("P-521"), "ecdsa-with-SHA512");
}

static void
signs_with_rsa(void **state)
{
	(void)state;
	check_algorithm(EVP_RSA_gen(2048), "RSA-SHA256");
}

static void
signs_with_ed25519(void **state)
{
	(void)state;
	check_algorithm(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), "ED25519");
}

static void
X_09_no_ca(void **state)
{
	(void)state;
	issuing.basic_constraints = "critical,CA:FALSE";
	prepare();
	refused(config.certificate, "no CA");
}

static void
X_09_no_keyCertSign(void **state)
{
	(void)state;
	issuing.key_usage = "critical,digitalSignature,cRLSign";
	prepare();
	refused(config.certificate, "keyCertSign");
}

static void
X_09_no_keyUsage(void **state)
{
	(void)state;
	issuing.key_usage = NULL;
	prepare();
	refused(config.certificate, "keyCertSign");
}

static void
X_09_path_too_short(void **state)
{
	(void)state;
	root.basic_constraints = CA ",pathlen:0";
	prepare();
	refused(config.chain, "path length");
}

static void
X_09_root_may_not_sign(void **state)
{
	(void)state;
	root.key_usage = "critical,cRLSign";
	prepare();
	refused(config.chain, "");
}

static void
X_09_expired(void **state)
{
	(void)state;
	issuing.from = time(NULL) - 7200;
	issuing.to = time(NULL) - 1;
	prepare();
	refused(config.certificate, "expired");
}

static void
X_09_root_expired(void **state)
{
	(void)state;
	root.from = time(NULL) - 7200;
	root.to = time(NULL) - 1;
	prepare();
	refused(config.chain, "expired");
}

static void
X_09_not_valid_yet(void **state)
{
	(void)state;
	issuing.from = time(NULL) + 3600;
	prepare();
	refused(config.certificate, "not valid yet");
}

static void
X_09_F_78_key_of_another(void **state)
{
	(void)state;
	prepare();
	free(config.key);
	config.key =
	    authority_write_key(folder, "other.key", root.key, NULL, 0600);
	refused(config.key, "is not the key of");
}

static void
X_09_two_keys_in_a_file(void **state)
{
	FILE *f;

	(void)state;
	prepare();
	f = fopen(config.key, "a");
	assert_non_null(f);
	fputs("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", f);
	fclose(f);
	refused(config.key, "exactly one private key");
}

static void
X_09_two_certificates_in_a_file(void **state)
{
	X509 *both[2];

	(void)state;
	prepare();
	both[0] = issuing.certificate;
	both[1] = root.certificate;
	free(config.certificate);
	config.certificate =
	    authority_write_certificates(folder, "both.pem", both, 2);
	refused(config.certificate, "more than 1 certificate");
}

static void
X_09_chain_in_wrong_order(void **state)
{
	struct authority top = {
		.name = "Top", .basic_constraints = CA, .key_usage = SIGNS
	};
	X509 *wrong[2], *right[2];

	(void)state;
	authority_make(&top);
	root.issuer = &top;
	prepare();
	wrong[0] = right[1] = top.certificate;
	wrong[1] = right[0] = root.certificate;
	free(config.chain);
	config.chain =
	    authority_write_certificates(folder, "chain.pem", wrong, 2);
	refused(config.chain, "order");
	free(config.chain);
	config.chain =
	    authority_write_certificates(folder, "chain.pem", right, 2);
	ca_free(opened());
	authority_free(&top);
}

static void
X_09_chain_that_ends_early(void **state)
{
	struct authority top = {
		.name = "Top", .basic_constraints = CA, .key_usage = SIGNS
	};

	(void)state;
	authority_make(&top);
	root.issuer = &top;
	prepare();
	refused(config.chain, "self-signed root");
	authority_free(&top);
}

static void
X_09_no_key_identifier(void **state)
{
	(void)state;
	issuing.no_key_id = true;
	prepare();
	refused(config.certificate, "subjectKeyIdentifier");
}

static void
F_78_key_missing_open_or_rubbish(void **state)
{
	(void)state;
	prepare();
	free(config.key);
	config.key =
	    authority_write_key(folder, "open.key", issuing.key, NULL, 0644);
	refused(config.key, "0600");
	free(config.key);
	config.key = authority_write_text(folder, "no.key", "hello\n", 0600);
	refused(config.key, "exactly one private key");
	free(config.key);
	config.key = authority_write_text(folder, "bad.key",
	    "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
	    0600);
	refused(config.key, "cannot be read");
	remove(config.key);
	refused(config.key, "");
}

static void
F_78_encrypted_key_and_its_password(void **state)
{
	(void)state;
	prepare();
	free(config.key);
	config.key = authority_write_key(
	    folder, "locked.key", issuing.key, "Sesame-1", 0600);
	refused(config.key, "encrypted");
	config.key_password =
	    authority_write_text(folder, "pw", "wrong\n", 0600);
	refused(config.key, "password");
	free(config.key_password);
	config.key_password =
	    authority_write_text(folder, "pw", "Sesame-1\n", 0600);
	ca_free(opened());
}

static void
a_root_alone_may_issue(void **state)
{
	struct ca *ca;

	(void)state;
	prepare();
	free(config.certificate);
	free(config.chain);
	free(config.key);
	config.certificate = authority_write_certificates(
	    folder, "root.pem", &root.certificate, 1);
	config.chain = NULL;
	config.key =
	    authority_write_key(folder, "root.key", root.key, NULL, 0600);
	ca = opened();
	assert_int_equal(ca->chain_count, 0);
	ca_free(ca);
}

static void
F_81_the_earliest_end_counts(void **state)
{
	struct ca *ca;

	(void)state;
	root.to = time(NULL) + 1000;
	prepare();
	ca = opened();
	assert_int_equal(ca->not_after, root.to);
	ca_free(ca);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_good_one_opens_and_signs),
		T(signs_with_p256),
		T(signs_with_p384),
		T(signs_with_p521),
		T(signs_with_rsa),
		T(signs_with_ed25519),
		T(X_09_no_ca),
		T(X_09_no_keyCertSign),
		T(X_09_no_keyUsage),
		T(X_09_path_too_short),
		T(X_09_root_may_not_sign),
		T(X_09_expired),
		T(X_09_root_expired),
		T(X_09_not_valid_yet),
		T(X_09_F_78_key_of_another),
		T(X_09_two_keys_in_a_file),
		T(X_09_two_certificates_in_a_file),
		T(X_09_chain_in_wrong_order),
		T(X_09_chain_that_ends_early),
		T(X_09_no_key_identifier),
		T(F_78_key_missing_open_or_rubbish),
		T(F_78_encrypted_key_and_its_password),
		T(a_root_alone_may_issue),
		T(F_81_the_earliest_end_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
