#include "base/ed25519.h"

#include <sodium.h>

bool
ed25519_good(const unsigned char point[ED25519_SIZE])
{
	return crypto_core_ed25519_is_valid_point(point) == 1;
}
