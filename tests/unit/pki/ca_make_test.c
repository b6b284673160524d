#include "pki/ca.h"

#include "tests/lib/authority.h"
#include "tests/lib/new_ca.h"
#include "tests/lib/test.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char *folder;

static int
begin(void **state)
{
	struct fault why;

	(void)state;
	folder = authority_folder();
	if (!new_ca(folder, &why))
		fail_msg("%s", why.text);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	authority_remove(folder);
	return 0;
}

static X509 *
read_certificate(const char *file)
{
	char *path = authority_path(folder, file);
	BIO *b = BIO_new_file(path, "r");
	X509 *x = PEM_read_bio_X509(b, NULL, NULL, NULL);

	assert_non_null(x);
	BIO_free(b);
	free(path);
	return x;
}

static void
ca_make_never_overwrites(void **state)
{
	struct fault why;
	struct stat st;
	char *key = authority_path(folder, "root.key"),
	     *dir = authority_path(folder, "ca");

	(void)state;
	assert_false(new_ca(folder, &why));
	assert_non_null(strstr(why.text, "exists already"));
	assert_int_equal(stat(key, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0400);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0755);
	free(key);
	free(dir);
}

static void
ca_make_gives_a_server_certificate(void **state)
{
	X509 *x = read_certificate("tls/server.pem");
	X509 *root = read_certificate("ca/root.pem");

	(void)state;
	assert_int_equal(X509_check_host(x, "est.example", 0, 0, NULL), 1);
	assert_int_equal(X509_check_ip_asc(x, "127.0.0.1", 0), 1);
	assert_int_equal(X509_check_ip_asc(x, "::1", 0), 1);
	assert_int_equal(X509_check_host(x, "other.example", 0, 0, NULL), 0);
	assert_int_equal(X509_get_extended_key_usage(x), XKU_SSL_SERVER);
	assert_int_equal(X509_verify(x, X509_get0_pubkey(root)), 1);
	X509_free(root);
	X509_free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ca_make_never_overwrites),
		cmocka_unit_test(ca_make_gives_a_server_certificate),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
