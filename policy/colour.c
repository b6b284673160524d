#include "policy/colour.h"

#include "base/hex.h"

#include <math.h>
#include <string.h>

bool
colour_read(const char *text, struct colour *out)
{
	unsigned char bytes[3];

	if (text[0] != '#' || !hex_read(bytes, sizeof(bytes), text + 1) ||
	    text[1 + 2 * sizeof(bytes)] != '\0')
		return false;
	*out = (struct colour){ bytes[0], bytes[1], bytes[2] };
	return true;
}

static double
linear(unsigned char part)
{
	double value = part / 255.0;

	return value <= 0.04045 ? value / 12.92
				: pow((value + 0.055) / 1.055, 2.4);
}

static double
luminance(const struct colour *c)
{
	return 0.2126 * linear(c->red) + 0.7152 * linear(c->green) +
	       0.0722 * linear(c->blue);
}

double
colour_contrast(const struct colour *a, const struct colour *b)
{
	double one = luminance(a) + 0.05, other = luminance(b) + 0.05;

	return one > other ? one / other : other / one;
}
