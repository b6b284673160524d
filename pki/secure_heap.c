#include "pki/secure_heap.h"

#include "base/locked.h"

#include <openssl/crypto.h>
#include <stddef.h>

#define LEAST 32 /* smallest piece, a private number of P-256 */
#define FOR_KEYS ((size_t)64 * 1024)
/* A server's own key in TLS 1.2 lives until the client answers: that of the
 * largest group, and its neighbours where pieces are halved. */
#define FOR_HANDSHAKE ((size_t)128)

void
secure_heap_open(unsigned handshakes)
{
	size_t wanted = FOR_KEYS + handshakes * FOR_HANDSHAKE;
	size_t size = FOR_KEYS;

	while (size < wanted)
		size *= 2;
	/* Pages that nobody has touched take no room. */
	if (CRYPTO_secure_malloc_init(size, LEAST) != 1)
		locked_missed();
}
