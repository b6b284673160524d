#include "base/sealed.h"

#include <sodium.h>

_Static_assert(
    SEALED_MORE == crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES,
    "the number, then what libsodium makes");
_Static_assert(SECRET_KEY_SIZE == crypto_secretbox_KEYBYTES, "its key");

void
sealed_close(
    const struct secret_key *key, const void *bytes, size_t len, void *out)
{
	unsigned char *at = out;

	secret_random(at, crypto_secretbox_NONCEBYTES);
	if (crypto_secretbox_easy(at + crypto_secretbox_NONCEBYTES, bytes, len,
		at, key->bytes) != 0)
		__builtin_trap(); /* it has no way to fail */
}

bool
sealed_open(
    const struct secret_key *key, const void *sealed, size_t len, void *out)
{
	const unsigned char *at = sealed;

	if (len < SEALED_MORE)
		return false;
	if (crypto_secretbox_open_easy(out, at + crypto_secretbox_NONCEBYTES,
		len - crypto_secretbox_NONCEBYTES, at, key->bytes) == 0)
		return true;
	secret_wipe(out, len - SEALED_MORE);
	return false;
}
