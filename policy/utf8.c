#include "policy/utf8.h"

struct range {
	uint32_t first;
	uint32_t last;
};

/* Noncharacters at the end of each plane are found by arithmetic. */
static const struct range forbidden[] = {
	{ 0x0000, 0x001f }, /* C0 */
	{ 0x007f, 0x009f }, /* DEL, C1 */
	{ 0x2028, 0x2029 }, /* line and paragraph separator */
	{ 0x202a, 0x202e }, /* embeddings and overrides of direction */
	{ 0x2066, 0x2069 }, /* isolates */
	{ 0xfdd0, 0xfdef }, /* noncharacters */
	{ 0xfeff, 0xfeff }, /* byte order mark */
};

static const struct range blank[] = {
	{ 0x0020, 0x0020 },   /* space */
	{ 0x00a0, 0x00a0 },   /* no-break space */
	{ 0x00ad, 0x00ad },   /* soft hyphen */
	{ 0x034f, 0x034f },   /* combining grapheme joiner */
	{ 0x061c, 0x061c },   /* Arabic letter mark */
	{ 0x115f, 0x1160 },   /* Hangul fillers */
	{ 0x1680, 0x1680 },   /* Ogham space */
	{ 0x17b4, 0x17b5 },   /* Khmer inherent vowels */
	{ 0x180b, 0x180f },   /* Mongolian selectors */
	{ 0x2000, 0x200f },   /* spaces, joiners, direction marks */
	{ 0x202f, 0x202f },   /* narrow no-break space */
	{ 0x205f, 0x2065 },   /* mathematical space, invisible operators */
	{ 0x206a, 0x206f },   /* deprecated formats */
	{ 0x2800, 0x2800 },   /* Braille without dots */
	{ 0x3000, 0x3000 },   /* ideographic space */
	{ 0x3164, 0x3164 },   /* Hangul filler */
	{ 0xfe00, 0xfe0f },   /* variation selectors */
	{ 0xffa0, 0xffa0 },   /* half-width Hangul filler */
	{ 0xfff0, 0xfff8 },   /* never assigned, ignorable */
	{ 0x1bca0, 0x1bca3 }, /* shorthand formats */
	{ 0x1d173, 0x1d17a }, /* musical formats */
	{ 0xe0000, 0xe0fff }, /* tags, more variation selectors */
};

static bool
in_ranges(uint32_t point, const struct range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return false;
}

/* Bytes of the sequence that `lead` begins; 0 if none may begin with it. */
static size_t
sequence_size(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xc0) /* a continuation byte */
		return 0;
	if (lead < 0xe0)
		return 2;
	if (lead < 0xf0)
		return 3;
	return lead < 0xf8 ? 4 : 0;
}

uint32_t
utf8_next(const char *text, size_t len, size_t *at)
{
	/* The least code point that needs so many bytes; less is overlong. */
	static const uint32_t least[] = { 0, 1, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)text + *at;
	size_t size = sequence_size(*p);
	uint32_t point = *p;

	if (size == 0 || size > len - *at)
		return UTF8_BAD;
	if (size > 1)
		point &= 0x7fU >> size;
	for (size_t i = 1; i < size; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return UTF8_BAD;
		point = point << 6 | (p[i] & 0x3fU);
	}
	if (point < least[size] || point > 0x10ffff ||
	    (point >= 0xd800 && point <= 0xdfff))
		return UTF8_BAD;
	*at += size;
	return point;
}

bool
utf8_forbidden(uint32_t point)
{
	return (point & 0xfffe) == 0xfffe ||
	       in_ranges(
		   point, forbidden, sizeof(forbidden) / sizeof(*forbidden));
}

bool
utf8_blank(uint32_t point)
{
	return in_ranges(point, blank, sizeof(blank) / sizeof(*blank));
}
