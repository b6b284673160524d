/*
 * A new root, issuing CA and TLS server certificate, for `koshin init`. Runs
 * once: made with OpenSSL's own objects, for clearness.
 */
#include "pki/ca.h"

#include "base/clock.h"
#include "pki/tbs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_S 86400
#define ROOT_DAYS 7305	  /* 20 years */
#define ISSUING_DAYS 3652 /* 10 years */
#define SERVER_DAYS 397	  /* the most that browsers take */
#define EXTENSIONS_MAX 8192
#define NAME_MAX_BYTES 50 /* with " Issuing CA" under ub-common-name */

static const char *const names[] = { "ca/root.pem", "", "ca/issuing.pem",
	"ca/issuing.key", "tls/server.pem", "tls/server.key" };
#define FILES (sizeof(names) / sizeof(names[0]))
#define ROOT_KEY 1 /* has a place of its own */

/* Everything that is made, in the order of the files. */
struct made {
	const struct ca_make *order;
	char path[FILES][1024];
	bool written[FILES];
	EVP_PKEY *root_key, *issuing_key, *server_key;
	X509 *root, *issuing, *server;
	struct fault *why;
};

static bool
tell(struct made *m, const char *what, const char *reason)
{
	fault_set(m->why, "%s: %s", what, reason);
	ERR_clear_error();
	return false;
}

/* --------------------------------------------------------- certificates */

static bool
add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;
	bool ok;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = e != NULL && X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
	return ok;
}

/* The two extensions, as in the certificates that this CA will sign. */
static bool
add_urls(X509 *x, const struct ca_make *order)
{
	const unsigned char *at, *end;
	X509_EXTENSION *e;
	struct buf b;
	bool ok;

	buf_init(&b, EXTENSIONS_MAX);
	tbs_put_crl_url(order->crl_url, &b);
	tbs_put_access_urls(NULL, order->issuer_url, &b);
	at = (const unsigned char *)b.at;
	end = at + b.used;
	for (ok = buf_ok(&b); ok && at < end; X509_EXTENSION_free(e)) {
		e = d2i_X509_EXTENSION(NULL, &at, end - at);
		ok = e != NULL && X509_add_ext(x, e, -1);
	}
	buf_free(&b);
	return ok;
}

/* DNS names and addresses, told apart by their form. */
static bool
add_server_names(X509 *x, const struct ca_make *order)
{
	GENERAL_NAMES *list = GENERAL_NAMES_new();
	bool ok = list != NULL && order->server_name_count > 0;

	for (size_t i = 0; ok && i < order->server_name_count; i++) {
		const char *text = order->server_names[i];
		unsigned char address[16];
		bool v4 = inet_pton(AF_INET, text, address) == 1;
		bool v6 = !v4 && inet_pton(AF_INET6, text, address) == 1;
		GENERAL_NAME *name = a2i_GENERAL_NAME(
		    NULL, NULL, NULL, v4 || v6 ? GEN_IPADD : GEN_DNS, text, 0);

		ok = name != NULL && *text != '\0' &&
		     sk_GENERAL_NAME_push(list, name);
		if (!ok)
			GENERAL_NAME_free(name);
	}
	ok = ok && X509_add1_ext_i2d(x, NID_subject_alt_name, list, 0,
		       X509V3_ADD_DEFAULT) == 1;
	GENERAL_NAMES_free(list);
	return ok;
}

static bool
add_text(X509_NAME *name, int nid, const char *text)
{
	return X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8,
		   (const unsigned char *)text, -1, -1, 0) == 1;
}

/* All but the extensions of its purpose and the signature. */
static X509 *
begin(const char *organization, const char *common_name, EVP_PKEY *key,
    X509 *issuer, unsigned days)
{
	struct serial serial = tbs_serial();
	X509 *x = X509_new();
	X509_NAME *subject = x == NULL ? NULL : X509_get_subject_name(x);
	ASN1_INTEGER *number = NULL;
	BIGNUM *n;
	time_t now = clock_now();
	bool ok;

	n = BN_bin2bn(serial.bytes, sizeof(serial), NULL);
	number = n == NULL ? NULL : BN_to_ASN1_INTEGER(n, NULL);
	BN_free(n);
	ok = x != NULL && number != NULL && X509_set_version(x, 2) &&
	     X509_set_serialNumber(x, number) &&
	     ASN1_TIME_set(X509_getm_notBefore(x), now) != NULL &&
	     ASN1_TIME_set(X509_getm_notAfter(x),
		 now + (time_t)days * DAY_S - 1) != NULL &&
	     (organization == NULL ||
		 add_text(subject, NID_organizationName, organization)) &&
	     add_text(subject, NID_commonName, common_name) &&
	     X509_set_issuer_name(
		 x, X509_get_subject_name(issuer == NULL ? x : issuer)) &&
	     X509_set_pubkey(x, key) &&
	     add_extension(x, x, NID_subject_key_identifier, "hash") &&
	     (issuer == NULL ||
		 add_extension(
		     x, issuer, NID_authority_key_identifier, "keyid:always"));
	ASN1_INTEGER_free(number);
	if (!ok) {
		X509_free(x);
		return NULL;
	}
	return x;
}

static bool
make_root(struct made *m)
{
	char name[128];

	snprintf(name, sizeof(name), "%s Root CA", m->order->name);
	m->root = begin(m->order->name, name, m->root_key, NULL, ROOT_DAYS);
	return m->root != NULL &&
	       add_extension(m->root, m->root, NID_basic_constraints,
		   "critical,CA:TRUE,pathlen:1") &&
	       add_extension(m->root, m->root, NID_key_usage,
		   "critical,keyCertSign,cRLSign") &&
	       X509_sign(m->root, m->root_key, EVP_sha256()) > 0;
}

/* digitalSignature: it signs OCSP answers too. */
static bool
make_issuing(struct made *m)
{
	const struct ca_make *o = m->order;
	char name[128];
	X509 *x;

	snprintf(name, sizeof(name), "%s Issuing CA", o->name);
	m->issuing = x =
	    begin(o->name, name, m->issuing_key, m->root, ISSUING_DAYS);
	return x != NULL &&
	       add_extension(x, m->root, NID_basic_constraints,
		   "critical,CA:TRUE,pathlen:0") &&
	       add_extension(x, m->root, NID_key_usage,
		   "critical,digitalSignature,keyCertSign,cRLSign") &&
	       add_urls(x, o) && X509_sign(x, m->root_key, EVP_sha256()) > 0;
}

static bool
make_server(struct made *m)
{
	const struct ca_make *o = m->order;
	X509 *x;

	/* Without an organization: only its names are anybody's business. */
	m->server = x = begin(
	    NULL, o->server_names[0], m->server_key, m->root, SERVER_DAYS);
	return x != NULL &&
	       add_extension(
		   x, m->root, NID_key_usage, "critical,digitalSignature") &&
	       add_extension(x, m->root, NID_ext_key_usage, "serverAuth") &&
	       add_server_names(x, o) &&
	       X509_sign(x, m->root_key, EVP_sha256()) > 0;
}

/* ---------------------------------------------------------------- files */

static mode_t
mode_of(size_t file)
{
	if (file == ROOT_KEY)
		return 0400;
	return file % 2 == 1 ? 0600 : 0644;
}

static bool
write_bio(struct made *m, size_t file, BIO *bio)
{
	char *bytes;
	long len = BIO_get_mem_data(bio, &bytes);
	int fd = open(m->path[file],
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool ok;

	if (fd < 0)
		return tell(m, m->path[file], strerror(errno));
	m->written[file] = true;
	ok = len > 0 && write(fd, bytes, (size_t)len) == len &&
	     fchmod(fd, mode_of(file)) == 0 && fsync(fd) == 0;
	if (close(fd) != 0 || !ok)
		return tell(m, m->path[file], "cannot be written");
	return true;
}

static bool
write_pair(struct made *m, size_t file, X509 *x, EVP_PKEY *key)
{
	BIO *public = BIO_new(BIO_s_mem()), *private = BIO_new(BIO_s_secmem());
	bool ok = public != NULL && private != NULL &&
		  PEM_write_bio_X509(public, x) &&
		  PEM_write_bio_PKCS8PrivateKey(
		      private, key, NULL, NULL, 0, NULL, NULL);

	if (!ok)
		tell(m, m->path[file], "cannot be encoded");
	ok =
	    ok && write_bio(m, file + 1, private) && write_bio(m, file, public);
	BIO_free(private);
	BIO_free(public);
	return ok;
}

static bool
make_folder(struct made *m, const char *name)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", m->order->folder, name);
	/* Certificates are for everybody, whatever the umask; the keys beside
	 * them are 0600. */
	if (mkdir(path, 0755) == 0 ? chmod(path, 0755) == 0 : errno == EEXIST)
		return true;
	return tell(m, path, strerror(errno));
}

/* Nothing has been made yet when something is wrong with the order. */
static bool
check_order(struct made *m)
{
	struct stat st;

	if (strlen(m->order->name) == 0 ||
	    strlen(m->order->name) > NAME_MAX_BYTES)
		return tell(m, "name", "must be 1 to 50 bytes");
	if (m->order->server_name_count == 0 ||
	    strlen(m->order->server_names[0]) > 64)
		return tell(m, "server names",
		    "give at least one; the first of at most 64 bytes");
	for (size_t i = 0; i < FILES; i++) {
		int n = i == ROOT_KEY
			    ? snprintf(m->path[i], sizeof(m->path[i]), "%s",
				  m->order->root_key)
			    : snprintf(m->path[i], sizeof(m->path[i]), "%s/%s",
				  m->order->folder, names[i]);

		if (n < 0 || (size_t)n >= sizeof(m->path[i]))
			return tell(m, m->order->folder, "is too long");
		if (lstat(m->path[i], &st) == 0)
			return tell(m, m->path[i],
			    "exists already and is left as it is");
	}
	return make_folder(m, "ca") && make_folder(m, "tls");
}

static bool
make_all(struct made *m)
{
	if (!check_order(m))
		return false;
	m->root_key = EVP_EC_gen("P-256");
	m->issuing_key = EVP_EC_gen("P-256");
	m->server_key = EVP_EC_gen("P-256");
	if (m->root_key == NULL || m->issuing_key == NULL ||
	    m->server_key == NULL)
		return tell(m, "keys", "cannot be made");
	if (!make_root(m) || !make_issuing(m))
		return tell(m, m->order->name, "no CA can be made of it");
	if (!make_server(m))
		return tell(
		    m, "server names", "no certificate can be made of them");
	return write_pair(m, 0, m->root, m->root_key) &&
	       write_pair(m, 2, m->issuing, m->issuing_key) &&
	       write_pair(m, 4, m->server, m->server_key);
}

bool
ca_make(const struct ca_make *order, struct fault *why)
{
	struct made m = { .order = order, .why = why };
	bool ok = make_all(&m);

	for (size_t i = 0; i < FILES; i++) {
		if (!ok && m.written[i])
			unlink(m.path[i]);
	}
	X509_free(m.root);
	X509_free(m.issuing);
	X509_free(m.server);
	EVP_PKEY_free(m.root_key);
	EVP_PKEY_free(m.issuing_key);
	EVP_PKEY_free(m.server_key);
	return ok;
}
