#include "base/hex.h"

int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

void
hex_write(char *out, const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[at[i] >> 4];
		*out++ = digits[at[i] & 15];
	}
	*out = '\0';
}

bool
hex_read(void *out, size_t len, const char *digits)
{
	unsigned char *at = out;

	for (size_t i = 0; i < len; i++, digits += 2) {
		int high = hex_digit(digits[0]);
		int low = high < 0 ? -1 : hex_digit(digits[1]);

		if (low < 0)
			return false;
		at[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}
