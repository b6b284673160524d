#include "pki/reserved_keys.h"

#include "pki/key.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

static bool
add(struct reserved_keys *own, const X509 *certificate)
{
	unsigned char *spki = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &spki);

	if (len <= 0 || own->count == RESERVED_KEYS_MAX)
		return false;
	own->identity[own->count++] =
	    key_identity(&(struct der){ spki, (size_t)len });
	OPENSSL_free(spki);
	return true;
}

static X509 *
read_first(const char *path)
{
	FILE *f = fopen(path, "re");
	X509 *certificate;

	if (f == NULL)
		return NULL;
	certificate = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	return certificate;
}

bool
reserved_keys_collect(struct reserved_keys *own, const struct ca *ca,
    const char *server_certificate)
{
	X509 *server = read_first(server_certificate);
	bool ok = server != NULL;

	own->count = 0;
	ok = ok && add(own, server) && add(own, ca->certificate);
	for (size_t i = 0; ok && i < ca->chain_count; i++)
		ok = add(own, ca->chain[i]);
	X509_free(server);
	return ok;
}

bool
reserved_keys_has(
    const struct reserved_keys *own, const struct digest *identity)
{
	for (size_t i = 0; i < own->count; i++)
		if (digest_equal(&own->identity[i], identity))
			return true;
	return false;
}
