#include "base/b64.h"

#include <assert.h>
#include <stdint.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#define LINE 64 /* columns of B64_LINES_64 */

/*
 * What each byte of a text means: the 6 bits of a digit, or one of these.
 * Other is zero, so that the table names only what is allowed; digits stand
 * in it one higher.
 */
enum {
	OTHER = 0,
	DIGIT = 1,
	WHITE = 65,
	PAD = 66
};

/* clang-format off */
static const unsigned char meaning[256] = {
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6,
	['G'] = 7, ['H'] = 8, ['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12,
	['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17,
	['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22,
	['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27,
	['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
	['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37,
	['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
	['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47,
	['v'] = 48, ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52,
	['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56, ['4'] = 57,
	['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62,
	['+'] = 63, ['/'] = 64,
	['\r'] = WHITE, ['\n'] = WHITE, [' '] = WHITE, ['\t'] = WHITE,
	['='] = PAD,
};
/* clang-format on */

size_t
b64_encoded_size(size_t len, enum b64_lines lines)
{
	size_t size;

	assert(len < SIZE_MAX / 2);
	size = (len + 2) / 3 * 4;
	if (lines == B64_LINES_64)
		size += (size + LINE - 1) / LINE;
	return size;
}

size_t
b64_encode(char *out, const void *bytes, size_t len, enum b64_lines lines)
{
	const unsigned char *in = bytes;
	size_t column = 0, i;
	char *at = out;

	for (i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t three = (uint32_t)in[i] << 16;

		if (left > 1)
			three |= (uint32_t)in[i + 1] << 8;
		if (left > 2)
			three |= in[i + 2];
		*at++ = alphabet[three >> 18];
		*at++ = alphabet[three >> 12 & 63];
		*at++ = left > 1 ? alphabet[three >> 6 & 63] : '=';
		*at++ = left > 2 ? alphabet[three & 63] : '=';
		column += 4;
		if (lines == B64_LINES_64 && (column == LINE || left <= 3)) {
			*at++ = '\n';
			column = 0;
		}
	}
	return (size_t)(at - out);
}

/*
 * The last, padded group: `digits` of it were read into `bits`. Returns how
 * many bytes it gave, or -1 if it is not one (RFC 4648 3.2, 3.5).
 */
static int
last_group(unsigned digits, unsigned pads, uint32_t bits, unsigned char *out)
{
	if (digits == 0 && pads == 0)
		return 0;
	if (digits == 2 && pads == 2 && (bits & 15) == 0) {
		out[0] = (unsigned char)(bits >> 4);
		return 1;
	}
	if (digits == 3 && pads == 1 && (bits & 3) == 0) {
		out[0] = (unsigned char)(bits >> 10);
		out[1] = (unsigned char)(bits >> 2);
		return 2;
	}
	return -1;
}

bool
b64_decode(const char *text, size_t len, bool white, unsigned char *out,
    size_t *out_len)
{
	unsigned digits = 0, pads = 0;
	unsigned char *at = out;
	uint32_t bits = 0;
	size_t i;
	int last;

	*out_len = 0;
	for (i = 0; i < len; i++) {
		unsigned char m = meaning[(unsigned char)text[i]];

		if (m == WHITE && white)
			continue;
		if (m == PAD && pads < 2) {
			pads++;
			continue;
		}
		if (m < DIGIT || m >= WHITE || pads > 0)
			return false;
		bits = bits << 6 | (uint32_t)(m - DIGIT);
		if (++digits < 4)
			continue;
		*at++ = (unsigned char)(bits >> 16);
		*at++ = (unsigned char)(bits >> 8);
		*at++ = (unsigned char)bits;
		digits = 0;
		bits = 0;
	}
	last = last_group(digits, pads, bits, at);
	if (last < 0)
		return false;
	*out_len = (size_t)(at - out) + (size_t)last;
	return *out_len > 0;
}
