#include "base/digest.h"

#include "base/hex.h"

#include <sodium.h>
#include <string.h>

struct digest
digest_of(const void *bytes, size_t len)
{
	struct digest d;

	crypto_hash_sha256(d.bytes, bytes, len);
	return d;
}

struct digest
digest_keyed(const struct secret_key *key, const void *bytes, size_t len)
{
	struct digest d;

	crypto_auth_hmacsha256(d.bytes, bytes, len, key->bytes);
	return d;
}

bool
digest_equal(const struct digest *a, const struct digest *b)
{
	return secret_equal(a, b, sizeof(*a));
}

bool
digest_read(const char *hex, struct digest *out)
{
	return strlen(hex) == DIGEST_HEX_SIZE - 1 &&
	       hex_read(out, sizeof(*out), hex);
}

void
digest_write(const struct digest *d, char hex[DIGEST_HEX_SIZE])
{
	hex_write(hex, d, sizeof(*d));
}
