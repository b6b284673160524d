#include "policy/utf8.h"

struct range {
	uint32_t first;
	uint32_t last;
	enum utf8_class class;
};

/*
 * In order. Hidden is what Unicode 15 calls a format character (Cf) or
 * Default_Ignorable, and is no control. Noncharacters at the end of each
 * plane are found by arithmetic.
 */
static const struct range ranges[] = {
	{ 0x0000, 0x001f, UTF8_CONTROL },  /* C0 */
	{ 0x0020, 0x0020, UTF8_SPACE },	   /* space */
	{ 0x007f, 0x009f, UTF8_CONTROL },  /* DEL, C1 */
	{ 0x00a0, 0x00a0, UTF8_SPACE },	   /* no-break space */
	{ 0x00ad, 0x00ad, UTF8_HIDDEN },   /* soft hyphen */
	{ 0x034f, 0x034f, UTF8_HIDDEN },   /* combining grapheme joiner */
	{ 0x0600, 0x0605, UTF8_HIDDEN },   /* Arabic signs of numbers */
	{ 0x061c, 0x061c, UTF8_HIDDEN },   /* Arabic letter mark */
	{ 0x06dd, 0x06dd, UTF8_HIDDEN },   /* Arabic end of ayah */
	{ 0x070f, 0x070f, UTF8_HIDDEN },   /* Syriac abbreviation mark */
	{ 0x0890, 0x0891, UTF8_HIDDEN },   /* Arabic marks of currency */
	{ 0x08e2, 0x08e2, UTF8_HIDDEN },   /* Arabic disputed end of ayah */
	{ 0x115f, 0x1160, UTF8_HIDDEN },   /* Hangul fillers */
	{ 0x1680, 0x1680, UTF8_SPACE },	   /* Ogham space */
	{ 0x17b4, 0x17b5, UTF8_HIDDEN },   /* Khmer inherent vowels */
	{ 0x180b, 0x180f, UTF8_HIDDEN },   /* Mongolian selectors */
	{ 0x2000, 0x200a, UTF8_SPACE },	   /* spaces of all widths */
	{ 0x200b, 0x200f, UTF8_HIDDEN },   /* zero width; LRM, RLM */
	{ 0x2028, 0x202e, UTF8_CONTROL },  /* separators, turns of direction */
	{ 0x202f, 0x202f, UTF8_SPACE },	   /* narrow no-break space */
	{ 0x205f, 0x205f, UTF8_SPACE },	   /* mathematical space */
	{ 0x2060, 0x2065, UTF8_HIDDEN },   /* joiner, invisible operators */
	{ 0x2066, 0x2069, UTF8_CONTROL },  /* isolates of direction */
	{ 0x206a, 0x206f, UTF8_HIDDEN },   /* deprecated formats */
	{ 0x2800, 0x2800, UTF8_SPACE },	   /* Braille without dots */
	{ 0x3000, 0x3000, UTF8_SPACE },	   /* ideographic space */
	{ 0x3164, 0x3164, UTF8_HIDDEN },   /* Hangul filler */
	{ 0xfdd0, 0xfdef, UTF8_CONTROL },  /* noncharacters */
	{ 0xfe00, 0xfe0f, UTF8_HIDDEN },   /* variation selectors */
	{ 0xfeff, 0xfeff, UTF8_CONTROL },  /* byte order mark */
	{ 0xffa0, 0xffa0, UTF8_HIDDEN },   /* half-width Hangul filler */
	{ 0xfff0, 0xfffb, UTF8_HIDDEN },   /* ignorable, annotation */
	{ 0x110bd, 0x110bd, UTF8_HIDDEN }, /* Kaithi sign of numbers */
	{ 0x110cd, 0x110cd, UTF8_HIDDEN }, /* the same, above */
	{ 0x13430, 0x1343f, UTF8_HIDDEN }, /* joints of hieroglyphs */
	{ 0x1bca0, 0x1bca3, UTF8_HIDDEN }, /* shorthand formats */
	{ 0x1d173, 0x1d17a, UTF8_HIDDEN }, /* musical formats */
	{ 0xe0000, 0xe0fff, UTF8_HIDDEN }, /* tags, variation selectors */
};

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

enum utf8_class
utf8_class(uint32_t point)
{
	if ((point & 0xfffe) == 0xfffe)
		return UTF8_CONTROL;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (point <= ranges[i].last)
			return point >= ranges[i].first ? ranges[i].class
							: UTF8_SEEN;
	return UTF8_SEEN;
}

bool
utf8_forbidden(uint32_t point)
{
	return utf8_class(point) == UTF8_CONTROL;
}

const char *
utf8_shown(const char *text, size_t len, size_t *at, size_t *size)
{
	static const char replacement[] = "\xef\xbf\xbd";
	size_t start = *at;
	uint32_t point = utf8_next(text, len, at);

	if (point == UTF8_BAD)
		*at = start + 1;
	if (point == UTF8_BAD || utf8_forbidden(point)) {
		*size = sizeof(replacement) - 1;
		return replacement;
	}
	*size = *at - start;
	return text + start;
}
