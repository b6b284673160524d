#include "pki/hash.h"

#include <assert.h>
#include <pthread.h>

/* Made once, then only read. */
static struct {
	enum oid oid;
	const char *name;
	EVP_MD *md;
} hashes[] = {
	{ OID_SHA256, "SHA256", NULL },
	{ OID_SHA384, "SHA384", NULL },
	{ OID_SHA512, "SHA512", NULL },
	{ OID_OTHER, "SHA1", NULL },
};
#define HASHES (sizeof(hashes) / sizeof(hashes[0]))
static const EVP_MD *sha256, *sha1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
fetch(void)
{
	for (size_t i = 0; i < HASHES; i++) {
		hashes[i].md = EVP_MD_fetch(NULL, hashes[i].name, NULL);
		assert(hashes[i].md != NULL);
	}
	sha256 = hashes[0].md;
	sha1 = hashes[HASHES - 1].md;
}

const EVP_MD *
hash_by_oid(enum oid oid)
{
	pthread_once(&once, fetch);
	for (size_t i = 0; i < HASHES; i++)
		if (hashes[i].oid == oid && oid != OID_OTHER)
			return hashes[i].md;
	return NULL;
}

/* libsodium's takes no memory, so that there is always one. */
struct digest
hash_sha256(const void *bytes, size_t len)
{
	struct digest d;

	pthread_once(&once, fetch);
	if (EVP_Digest(bytes, len, d.bytes, NULL, sha256, NULL) != 1)
		return digest_of(bytes, len);
	return d;
}

bool
hash_sha1(const void *bytes, size_t len, unsigned char out[HASH_SHA1_SIZE])
{
	pthread_once(&once, fetch);
	return EVP_Digest(bytes, len, out, NULL, sha1, NULL) == 1;
}
