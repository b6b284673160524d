#include "tests/lib/authority.h"

#include "tests/lib/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
add(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(e);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

void
authority_make(struct authority *a)
{
	static long serial = 1;
	X509 *x = X509_new(), *issuer;
	X509_NAME *name;

	if (a->key == NULL)
		a->key = EVP_EC_gen("P-256");
	assert_true(x != NULL && a->key != NULL);
	issuer = a->issuer == NULL ? x : a->issuer->certificate;
	name = X509_get_subject_name(x);
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
	    (const unsigned char *)a->name, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(issuer));
	ASN1_TIME_set(
	    X509_getm_notBefore(x), a->from != 0 ? a->from : time(NULL) - 3600);
	ASN1_TIME_set(X509_getm_notAfter(x),
	    a->to != 0 ? a->to : time(NULL) + 3650L * 86400);
	X509_set_pubkey(x, a->key);
	if (!a->no_key_id)
		add(x, x, NID_subject_key_identifier, "hash");
	if (a->issuer != NULL)
		add(x, issuer, NID_authority_key_identifier, "keyid:always");
	if (a->basic_constraints != NULL)
		add(x, issuer, NID_basic_constraints, a->basic_constraints);
	if (a->key_usage != NULL)
		add(x, issuer, NID_key_usage, a->key_usage);
	assert_true(
	    X509_sign(x, a->issuer == NULL ? a->key : a->issuer->key,
		EVP_PKEY_is_a(
		    a->issuer == NULL ? a->key : a->issuer->key, "ED25519")
		    ? NULL
		    : EVP_sha256()) > 0);
	a->certificate = x;
}

void
authority_free(struct authority *a)
{
	EVP_PKEY_free(a->key);
	X509_free(a->certificate);
	a->key = NULL;
	a->certificate = NULL;
}

char *
authority_folder(void)
{
	char *folder = strdup("/tmp/koshin-ca-XXXXXX");

	assert_non_null(folder);
	assert_non_null(mkdtemp(folder));
	return folder;
}

static void
empty(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	char path[512];

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		if (e->d_type == DT_DIR) {
			empty(path);
			rmdir(path);
		} else {
			unlink(path);
		}
	}
	if (d != NULL)
		closedir(d);
}

void
authority_remove(char *folder)
{
	empty(folder);
	rmdir(folder);
	free(folder);
}

static FILE *
create(const char *folder, const char *file, unsigned mode, char **path)
{
	int fd;
	FILE *f;

	assert_true(asprintf(path, "%s/%s", folder, file) > 0);
	unlink(*path);
	fd = open(*path, O_WRONLY | O_CREAT | O_EXCL, mode);
	assert_true(fd >= 0 && fchmod(fd, mode) == 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	return f;
}

char *
authority_write_certificates(
    const char *folder, const char *file, X509 *const *list, size_t count)
{
	char *path;
	FILE *f = create(folder, file, 0644, &path);

	for (size_t i = 0; i < count; i++)
		assert_int_equal(PEM_write_X509(f, list[i]), 1);
	fclose(f);
	return path;
}

char *
authority_write_key(const char *folder, const char *file, EVP_PKEY *key,
    const char *password, unsigned mode)
{
	char *path;
	FILE *f = create(folder, file, mode, &path);

	assert_int_equal(
	    PEM_write_PKCS8PrivateKey(f, key,
		password == NULL ? NULL : EVP_aes_256_cbc(), password,
		password == NULL ? 0 : (int)strlen(password), NULL, NULL),
	    1);
	fclose(f);
	return path;
}

char *
authority_write_text(
    const char *folder, const char *file, const char *text, unsigned mode)
{
	char *path;
	FILE *f = create(folder, file, mode, &path);

	fputs(text, f);
	fclose(f);
	return path;
}

char *
authority_path(const char *folder, const char *file)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s", folder, file) > 0);
	return path;
}
