#include "cli/escape.h"

#include "base/xalloc.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>
#include <uniwidth.h>

/* Controls (C1 too), line separators, marks of direction, invisible ones. */
static bool
is_harmful(ucs4_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

void
escape_put(FILE *out, const char *text)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t left = strlen(text);

	while (left > 0) {
		ucs4_t c;
		int len = u8_mbtoucr(&c, at, left);

		if (len <= 0) {
			len = 1;
			fprintf(out, "\\x%02x", *at);
		} else if (is_harmful(c) && c < 0x80) {
			fprintf(out, "\\x%02x", (unsigned)c);
		} else if (is_harmful(c)) {
			fprintf(out, "\\u%04x", (unsigned)c);
		} else {
			fwrite(at, 1, (size_t)len, out);
		}
		at += len;
		left -= (size_t)len;
	}
}

char *
escape_text(const char *text)
{
	char *escaped = NULL;
	size_t size;
	FILE *out = open_memstream(&escaped, &size);

	if (out == NULL)
		xalloc_failed();
	escape_put(out, text);
	if (fclose(out) != 0)
		abort();
	return escaped;
}

char *
escape_json(const char *json)
{
	const uint8_t *at = (const uint8_t *)json;
	size_t left = strlen(json), size;
	char *escaped = NULL;
	FILE *out = open_memstream(&escaped, &size);

	if (out == NULL)
		xalloc_failed();
	while (left > 0) {
		ucs4_t c;
		int len = u8_mbtouc(&c, at, left); /* U+FFFD of what is none */

		if (is_harmful(c) && c != '\n')
			fprintf(out, "\\u%04x", (unsigned)c);
		else
			fwrite(at, 1, (size_t)len, out);
		at += len;
		left -= (size_t)len;
	}
	if (fclose(out) != 0)
		abort();
	return escaped;
}

size_t
escape_width(const char *text)
{
	int width = u8_width((const uint8_t *)text, strlen(text), "UTF-8");

	return width > 0 ? (size_t)width : 0;
}
