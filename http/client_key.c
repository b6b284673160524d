/*
 * d2i_X509() decodes the key in a certificate with one of two decoders. The
 * new one looks through all that OpenSSL has, for each key anew. The old one,
 * which knows where to go, is asked first, but only if there is an "engine"
 * with methods for such keys. So here is one: with OpenSSL's own methods, which
 * are those that the providers call too.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "http/client_key.h"

#include <openssl/crypto.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>

/* From here on what was found is remembered (OSSL_DECODER of OpenSSL 3.2). */
#define REMEMBERS 0x30200000

#ifndef OPENSSL_NO_ENGINE

static int
methods(ENGINE *engine, EVP_PKEY_METHOD **method, const int **kinds, int kind)
{
	static const int ours[] = { EVP_PKEY_EC };

	(void)engine;
	if (method == NULL) {
		*kinds = ours;
		return 1;
	}
	if (kind != EVP_PKEY_EC)
		return 0;
	/* They are not changed, and not freed with the engine. */
	*method = (EVP_PKEY_METHOD *)EVP_PKEY_meth_find(EVP_PKEY_EC);
	return 1;
}

void
client_key_decode_directly(void)
{
	static ENGINE *engine; /* as long as the process; not in any list */

	if (engine != NULL || OpenSSL_version_num() >= REMEMBERS)
		return;
	engine = ENGINE_new();
	if (engine == NULL || ENGINE_set_id(engine, "koshin") != 1 ||
	    ENGINE_set_pkey_meths(engine, methods) != 1 ||
	    ENGINE_register_pkey_meths(engine) != 1)
		ERR_clear_error(); /* then it takes longer */
}

#else

void
client_key_decode_directly(void)
{
}

#endif
