#include "bench/identity.h"
#include "bench/reason.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USERPASS_MAX 1024 /* bytes in a line of the file */

static bool
complain(const char *file, const char *why)
{
	fprintf(stderr, "estbench: %s: %s\n", file, why);
	return false;
}

/* The first certificate is the client's, the others its chain. */
static bool
load_certs(struct identity *id, const char *file)
{
	BIO *in = BIO_new_file(file, "r");
	X509 *next;

	if (in == NULL)
		return complain(file, reason_take("cannot be read"));
	id->cert = PEM_read_bio_X509(in, NULL, NULL, NULL);
	id->chain = sk_X509_new_null();
	while (id->cert != NULL &&
	       (next = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL)
		sk_X509_push(id->chain, next);
	BIO_free(in);
	if (id->cert == NULL)
		return complain(file, "no certificate in PEM form");
	ERR_clear_error(); /* the end of the file was one */
	return true;
}

/* A benchmark does not stop to ask: keys with a passphrase are refused. */
static int
no_passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return -1;
}

static bool
load_pair(struct identity *id, const struct pair *p)
{
	BIO *in;

	if (!load_certs(id, p->cert))
		return false;
	in = BIO_new_file(p->key, "r");
	if (in == NULL)
		return complain(p->key, reason_take("cannot be read"));
	id->key = PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL);
	BIO_free(in);
	if (id->key == NULL)
		return complain(
		    p->key, "no private key in PEM form without passphrase");
	if (X509_check_private_key(id->cert, id->key) != 1)
		return complain(p->key, "is not the key of the certificate");
	return true;
}

static bool
make_user(struct user *u, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	size_t size = sizeof("Basic ") + 4 * ((len + 2) / 3);

	if (colon == NULL || colon == line)
		return false;
	u->name = strndup(line, (size_t)(colon - line));
	u->authorization = malloc(size);
	if (u->name == NULL || u->authorization == NULL)
		abort();
	memcpy(u->authorization, "Basic ", 6);
	EVP_EncodeBlock((unsigned char *)u->authorization + 6,
	    (const unsigned char *)line, (int)len);
	return true;
}

static bool
add_user(struct identities *all, const char *line, size_t len)
{
	struct user *more =
	    realloc(all->users, (all->user_count + 1) * sizeof(*more));

	if (more == NULL)
		abort();
	all->users = more;
	all->users[all->user_count] = (struct user){ NULL, NULL };
	return make_user(&all->users[all->user_count++], line, len);
}

static bool
load_users(struct identities *all, const char *file)
{
	char line[USERPASS_MAX + 2];
	FILE *f = fopen(file, "re");
	bool ok = true;
	long at = 0;

	if (f == NULL)
		return complain(file, strerror(errno));
	setvbuf(f, NULL, _IONBF, 0); /* no copy of passwords in its buffer */
	while (ok && fgets(line, sizeof(line), f) != NULL) {
		size_t len = strcspn(line, "\r\n");

		at++;
		if (len == 0)
			continue;
		ok = len <= USERPASS_MAX && add_user(all, line, len);
	}
	OPENSSL_cleanse(line, sizeof(line));
	fclose(f);
	if (!ok)
		fprintf(stderr, "estbench: %s:%ld: not USER:PASS\n", file, at);
	else if (all->user_count == 0)
		ok = complain(file, "no USER:PASS in it");
	return ok;
}

bool
identities_load(struct identities *all, const struct options *o)
{
	size_t n = o->pair_count > 0 ? o->pair_count : 1;

	*all = (struct identities){ .cert_count = n };
	all->certs = calloc(n, sizeof(*all->certs));
	if (all->certs == NULL)
		abort();
	for (size_t i = 0; i < o->pair_count; i++)
		if (!load_pair(&all->certs[i], &o->pairs[i]))
			return false;
	return o->userpass_file == NULL || load_users(all, o->userpass_file);
}

void
identities_free(struct identities *all)
{
	for (size_t i = 0; i < all->cert_count && all->certs != NULL; i++) {
		X509_free(all->certs[i].cert);
		sk_X509_pop_free(all->certs[i].chain, X509_free);
		EVP_PKEY_free(all->certs[i].key);
		SSL_SESSION_free(all->certs[i].session);
	}
	for (size_t i = 0; i < all->user_count; i++) {
		char *secret = all->users[i].authorization;

		if (secret != NULL)
			OPENSSL_cleanse(secret, strlen(secret));
		free(secret);
		free(all->users[i].name);
	}
	free(all->certs);
	free(all->users);
	*all = (struct identities){ 0 };
}
