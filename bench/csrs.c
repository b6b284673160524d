#include "bench/csrs.h"
#include "bench/reason.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RSA_BITS 2048
#define LINE_BYTES 48 /* 64 characters of base64 */
#define ASK_EVERY 16  /* bodies between two calls of go_on */

struct maker {
	X509_REQ *req; /* signed again for each body */
	EVP_PKEY *key; /* signs req */
	bool counted;  /* signatures repeat: req needs a counter */
	char **bodies; /* a stack */
	size_t count;  /* in bodies */
	size_t cap;    /* of bodies */
};

struct csrs {
	const struct options *o;
	const struct identities *all;
	struct maker *makers;
	size_t owners;
	size_t made;	       /* ahead */
	size_t late;	       /* when taken */
	unsigned long counter; /* of the counted ones */
};

struct csrs *
csrs_new(const struct options *o, const struct identities *all)
{
	struct csrs *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort();
	c->o = o;
	c->all = all;
	c->owners =
	    o->mode == OPTIONS_ENROLL ? all->user_count : all->cert_count;
	c->makers = calloc(c->owners, sizeof(*c->makers));
	if (c->makers == NULL)
		abort();
	return c;
}

void
csrs_free(struct csrs *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->owners; i++) {
		struct maker *m = &c->makers[i];

		while (m->count > 0)
			free(m->bodies[--m->count]);
		free(m->bodies);
		X509_REQ_free(m->req);
		EVP_PKEY_free(m->key);
	}
	free(c->makers);
	free(c);
}

static EVP_PKEY *
make_key(enum options_key type)
{
	switch (type) {
	case OPTIONS_KEY_RSA:
		return EVP_RSA_gen(RSA_BITS);
	case OPTIONS_KEY_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	default:
		return EVP_EC_gen("P-256");
	}
}

static bool
set_user(X509_REQ *req, const char *name)
{
	X509_NAME *subject = X509_REQ_get_subject_name(req);

	return X509_NAME_add_entry_by_NID(subject, NID_commonName,
		   MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0) == 1;
}

/* RFC 7030 4.2.2: subject and subjectAltName of the certificate. */
static bool
set_certificate(X509_REQ *req, const X509 *cert)
{
	int at = X509_get_ext_by_NID(cert, NID_subject_alt_name, -1);
	STACK_OF(X509_EXTENSION) * wanted;
	bool ok;

	if (X509_REQ_set_subject_name(req, X509_get_subject_name(cert)) != 1)
		return false;
	if (at < 0)
		return true;
	wanted = sk_X509_EXTENSION_new_null();
	ok = wanted != NULL &&
	     sk_X509_EXTENSION_push(wanted, X509_get_ext(cert, at)) > 0 &&
	     X509_REQ_add_extensions(req, wanted) == 1;
	sk_X509_EXTENSION_free(wanted); /* its element is the certificate's */
	return ok;
}

static bool
open_maker(struct csrs *c, size_t owner)
{
	struct maker *m = &c->makers[owner];
	const struct identity *id = NULL;
	bool ok;

	if (m->req != NULL)
		return true;
	if (c->o->mode != OPTIONS_ENROLL)
		id = &c->all->certs[owner];
	assert(id != NULL || c->o->key_type != OPTIONS_KEY_OWN);
	if (c->o->key_type == OPTIONS_KEY_OWN && EVP_PKEY_up_ref(id->key) == 1)
		m->key = id->key;
	else
		m->key = make_key(c->o->key_type);
	m->req = X509_REQ_new();
	if (m->req == NULL || m->key == NULL)
		return false;
	m->counted = !EVP_PKEY_is_a(m->key, "EC");
	if (id != NULL)
		ok = set_certificate(m->req, id->cert);
	else
		ok = set_user(m->req, c->all->users[owner].name);
	return ok && X509_REQ_set_version(m->req, X509_REQ_VERSION_1) == 1 &&
	       X509_REQ_set_pubkey(m->req, m->key) == 1;
}

static bool
set_counter(X509_REQ *req, unsigned long n)
{
	int at = X509_REQ_get_attr_by_NID(req, NID_pkcs9_unstructuredName, -1);
	char text[32];

	if (at >= 0)
		X509_ATTRIBUTE_free(X509_REQ_delete_attr(req, at));
	snprintf(text, sizeof(text), "estbench %lu", n);
	return X509_REQ_add1_attr_by_NID(req, NID_pkcs9_unstructuredName,
		   MBSTRING_ASC, (const unsigned char *)text, -1) == 1;
}

static char *
encode(const unsigned char *der, size_t len)
{
	char *text = malloc(len / 3 * 4 + len / LINE_BYTES + 8), *at = text;

	if (text == NULL)
		abort();
	for (size_t i = 0; i < len; i += LINE_BYTES) {
		size_t n = len - i < LINE_BYTES ? len - i : LINE_BYTES;

		at += EVP_EncodeBlock((unsigned char *)at, der + i, (int)n);
		*at++ = '\n';
	}
	*at = '\0';
	return text;
}

static char *
make_body(struct csrs *c, struct maker *m)
{
	const EVP_MD *md = EVP_sha256();
	unsigned char *der = NULL;
	char *text;
	int len;

	if (EVP_PKEY_is_a(m->key, "ED25519") || EVP_PKEY_is_a(m->key, "ED448"))
		md = NULL;
	if (m->counted && !set_counter(m->req, ++c->counter))
		return NULL;
	if (X509_REQ_sign(m->req, m->key, md) <= 0)
		return NULL;
	len = i2d_X509_REQ(m->req, &der);
	if (len <= 0)
		return NULL;
	text = encode(der, (size_t)len);
	OPENSSL_free(der);
	return text;
}

static bool
complain(void)
{
	fprintf(stderr, "estbench: cannot make a CSR: %s\n",
	    reason_take("OpenSSL does not say why"));
	return false;
}

static void
push(struct maker *m, char *body)
{
	if (m->count == m->cap) {
		size_t cap = m->cap == 0 ? 64 : m->cap * 2;
		char **more = realloc(m->bodies, cap * sizeof(*more));

		if (more == NULL)
			abort();
		m->bodies = more;
		m->cap = cap;
	}
	m->bodies[m->count++] = body;
}

bool
csrs_prepare(struct csrs *c, size_t owner, size_t count,
    bool (*go_on)(void *arg), void *arg)
{
	struct maker *m = &c->makers[owner];

	for (size_t i = 0; i < count; i++) {
		char *body;

		if (!open_maker(c, owner))
			return complain();
		body = make_body(c, m);
		if (body == NULL)
			return complain();
		push(m, body);
		if (c->made++ % ASK_EVERY == 0 && !go_on(arg))
			return false;
	}
	return true;
}

char *
csrs_take(struct csrs *c, size_t owner)
{
	struct maker *m = &c->makers[owner];
	char *body;

	if (m->count > 0)
		return m->bodies[--m->count];
	c->late++;
	body = open_maker(c, owner) ? make_body(c, m) : NULL;
	if (body == NULL) {
		complain();
		exit(1);
	}
	return body;
}

size_t
csrs_made(const struct csrs *c)
{
	return c->made;
}

size_t
csrs_late(const struct csrs *c)
{
	return c->late;
}
