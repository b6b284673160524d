#include "base/unicode.h"

#include <uninorm.h>
#include <unistr.h>

#include <stdlib.h>
#include <string.h>

bool
unicode_nfc(const char *utf8, size_t len, char *out, size_t size)
{
	const uint8_t *text = (const uint8_t *)utf8;
	uint8_t *normal;
	size_t used = 0;
	bool fits;

	out[0] = '\0';
	if (len == 0)
		return true;
	if (memchr(utf8, '\0', len) != NULL || u8_check(text, len) != NULL)
		return false;
	normal = u8_normalize(UNINORM_NFC, text, len, NULL, &used);
	if (normal == NULL)
		return false;
	fits = used < size;
	if (fits) {
		memcpy(out, normal, used);
		out[used] = '\0';
	}
	free(normal);
	return fits;
}

bool
unicode_is_replaced(const char *utf8, size_t len)
{
	const uint8_t *at = (const uint8_t *)utf8;
	ucs4_t one, parts[UC_DECOMPOSITION_MAX_LENGTH];

	while (len > 0) {
		int used = u8_mbtouc(&one, at, len);

		if (uc_canonical_decomposition(one, parts) == 1)
			return true;
		at += used;
		len -= (size_t)used;
	}
	return false;
}
