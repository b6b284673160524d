#include "bench/floor.h"
#include "bench/json.h"
#include "bench/reason.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TBS_BYTES 560	  /* of a certificate, before its signature */
#define PIPE_BYTES 32768  /* more than a flight of a handshake */
#define TURNS_MAX 16	  /* of a handshake, far more than it takes */
#define SIGNATURE_MAX 128 /* bytes; of P-256 at most 72 */
#define VALID_S 86400
#define WARM_UP 20

/* Somebody with a key and a certificate, both P-256. */
struct party {
	EVP_PKEY *key;
	X509 *certificate;
};

struct floor {
	struct party server;
	struct party client;
	double *times; /* ms, `count` of them */
	size_t count;
	EVP_MD_CTX *digest;
	unsigned char text[TBS_BYTES];
	unsigned char signature[SIGNATURE_MAX];
	size_t signature_len;
};

/* One kind of handshake. */
struct kind {
	const char *name;
	const char *groups;
	bool shown; /* the client shows a certificate */
};

static const struct kind kinds[] = {
	{ "x25519", "X25519", false },
	{ "p256", "P-256", false },
	{ "x25519_client", "X25519", true },
	{ "p256_client", "P-256", true },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Of this thread: nothing that runs beside it is in there. */
static double
cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
middle(struct floor *f)
{
	qsort(f->times, f->count, sizeof(*f->times), by_size);
	return f->times[f->count / 2];
}

static bool
complain(const char *what)
{
	fprintf(stderr, "estbench: %s: %s\n", what,
	    reason_take("OpenSSL does not say why"));
	return false;
}

static bool
make_party(struct party *p, const char *name)
{
	X509_NAME *subject;

	p->key = EVP_EC_gen("P-256");
	p->certificate = X509_new();
	if (p->key == NULL || p->certificate == NULL)
		return false;
	subject = X509_get_subject_name(p->certificate);
	return X509_set_version(p->certificate, X509_VERSION_3) == 1 &&
	       ASN1_INTEGER_set(X509_get_serialNumber(p->certificate), 1) &&
	       X509_gmtime_adj(X509_getm_notBefore(p->certificate), 0) &&
	       X509_gmtime_adj(X509_getm_notAfter(p->certificate), VALID_S) &&
	       X509_NAME_add_entry_by_NID(subject, NID_commonName,
		   MBSTRING_UTF8, (const unsigned char *)name, -1, -1,
		   0) == 1 &&
	       X509_set_issuer_name(p->certificate, subject) == 1 &&
	       X509_set_pubkey(p->certificate, p->key) == 1 &&
	       X509_sign(p->certificate, p->key, EVP_sha256()) > 0;
}

static void
free_party(struct party *p)
{
	EVP_PKEY_free(p->key);
	X509_free(p->certificate);
}

/* Who is shown is looked up elsewhere: no path is built. */
static int
accept_any(X509_STORE_CTX *store, void *arg)
{
	(void)arg;
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

static SSL_CTX *
new_side(const struct party *p, const SSL_METHOD *method, const char *groups)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	if (ctx == NULL)
		return NULL;
	SSL_CTX_set_cert_verify_callback(ctx, accept_any, NULL);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 0);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
	    SSL_CTX_set1_groups_list(ctx, groups) == 1 &&
	    (p == NULL || SSL_CTX_use_cert_and_key(
			      ctx, p->certificate, p->key, NULL, 1) == 1))
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

/* Joins the two by pipes in memory. */
static bool
join(SSL *server, SSL *client)
{
	BIO *near = NULL, *far = NULL;

	if (BIO_new_bio_pair(&near, PIPE_BYTES, &far, PIPE_BYTES) != 1)
		return false;
	SSL_set_bio(server, near, near);
	SSL_set_bio(client, far, far);
	return true;
}

/* What the server's side took, from its birth to its end; below 0: failed. */
static double
shake(SSL_CTX *serving, SSL_CTX *asking)
{
	SSL *client = SSL_new(asking), *server;
	double from = cpu_ms(), spent = -1;
	int asked = 0, served = 0;

	server = SSL_new(serving);
	if (client == NULL || server == NULL || !join(server, client))
		goto out;
	spent = cpu_ms() - from;
	for (int i = 0; i < TURNS_MAX && (asked != 1 || served != 1); i++) {
		asked = SSL_connect(client);
		from = cpu_ms();
		served = SSL_accept(server);
		spent += cpu_ms() - from;
	}
	if (asked != 1 || served != 1)
		spent = -1;
out:
	SSL_free(client);
	from = cpu_ms();
	SSL_free(server);
	return spent < 0 ? -1 : spent + cpu_ms() - from;
}

static bool
shakes(struct floor *f, const struct kind *k, double *ms)
{
	SSL_CTX *serving = new_side(&f->server, TLS_server_method(), k->groups);
	SSL_CTX *asking = new_side(
	    k->shown ? &f->client : NULL, TLS_client_method(), k->groups);
	bool ok = serving != NULL && asking != NULL;

	for (int i = 0; ok && i < WARM_UP; i++)
		ok = shake(serving, asking) >= 0;
	for (size_t i = 0; ok && i < f->count; i++) {
		f->times[i] = shake(serving, asking);
		ok = f->times[i] >= 0;
	}
	SSL_CTX_free(serving);
	SSL_CTX_free(asking);
	if (!ok)
		return complain(k->name);
	*ms = middle(f);
	return true;
}

static bool
sign(struct floor *f)
{
	f->text[0]++; /* another certificate each time */
	f->signature_len = sizeof(f->signature);
	return EVP_DigestSignInit(
		   f->digest, NULL, EVP_sha256(), NULL, f->server.key) == 1 &&
	       EVP_DigestSign(f->digest, f->signature, &f->signature_len,
		   f->text, sizeof(f->text)) == 1;
}

static bool
verify(struct floor *f)
{
	return EVP_DigestVerifyInit(
		   f->digest, NULL, EVP_sha256(), NULL, f->server.key) == 1 &&
	       EVP_DigestVerify(f->digest, f->signature, f->signature_len,
		   f->text, sizeof(f->text)) == 1;
}

static bool
repeat(struct floor *f, bool (*once)(struct floor *), double *ms)
{
	for (size_t i = 0; i < f->count; i++) {
		double from = cpu_ms();

		if (!once(f))
			return complain("a signature");
		f->times[i] = cpu_ms() - from;
	}
	*ms = middle(f);
	return true;
}

static void
report(
    const struct options *o, const double *shaken, double signs, double checks)
{
	struct json j = { .out = stdout };

	if (!o->json) {
		for (size_t i = 0; i < KINDS; i++)
			printf("handshake %-14s %.4f ms\n", kinds[i].name,
			    shaken[i]);
		printf("sign   P-256   %.4f ms\nverify P-256   %.4f ms\n",
		    signs, checks);
		return;
	}
	json_open(&j, NULL, '{');
	json_open(&j, "handshake_ms", '{');
	for (size_t i = 0; i < KINDS; i++)
		json_real(&j, kinds[i].name, shaken[i]);
	json_close(&j, '}');
	json_real(&j, "sign_ms", signs);
	json_real(&j, "verify_ms", checks);
	json_close(&j, '}');
}

bool
floor_run(const struct options *o)
{
	struct floor f = { .count = (size_t)o->requests };
	double shaken[KINDS] = { 0 }, signs = 0, checks = 0;
	bool ok;

	f.times = calloc(f.count, sizeof(*f.times));
	f.digest = EVP_MD_CTX_new();
	if (f.times == NULL || f.digest == NULL)
		abort();
	ok = make_party(&f.server, "server") && make_party(&f.client, "client");
	if (!ok)
		complain("a certificate");
	for (size_t i = 0; ok && i < KINDS; i++)
		ok = shakes(&f, &kinds[i], &shaken[i]);
	ok = ok && repeat(&f, sign, &signs) && repeat(&f, verify, &checks);
	if (ok)
		report(o, shaken, signs, checks);
	free_party(&f.server);
	free_party(&f.client);
	EVP_MD_CTX_free(f.digest);
	free(f.times);
	return ok;
}
