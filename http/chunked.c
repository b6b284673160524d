#include "http/chunked.h"

#include "base/hex.h"

#include <assert.h>
#include <string.h>

enum {
	SIZE,	    /* digits of a chunk size */
	EXTENSION,  /* behind the semicolon */
	SIZE_LF,    /* the LF of the size line */
	DATA,	    /* data of a chunk */
	DATA_CR,    /* the CR behind it */
	DATA_LF,    /* the LF behind that */
	LINE,	    /* first byte of a trailer line, or the end */
	TRAILER,    /* the rest of a trailer line */
	TRAILER_LF, /* its LF */
	LAST_LF	    /* the LF of the empty line that ends it all */
};

/* Seven digits are 256 MiB: far above any limit, far below any overflow. */
enum {
	DIGITS_MAX = 7
};

static enum chunked_rc
expect(struct chunked *c, unsigned char ch, unsigned char wanted, int next)
{
	c->state = next;
	return ch == wanted ? CHUNKED_MORE : CHUNKED_BAD;
}

static enum chunked_rc
take_size(struct chunked *c, unsigned char ch)
{
	int v = hex_digit((char)ch);

	if (v >= 0) {
		if (++c->digits > DIGITS_MAX)
			return CHUNKED_BAD;
		c->left = c->left * 16 + (size_t)v;
		return CHUNKED_MORE;
	}
	if (c->digits == 0)
		return CHUNKED_BAD;
	if (ch == ';')
		c->state = EXTENSION;
	else
		return expect(c, ch, '\r', SIZE_LF);
	return CHUNKED_MORE;
}

/* A byte of an extension or a trailer: counted, then forgotten. */
static enum chunked_rc
take_aside(struct chunked *c, unsigned char ch, int next)
{
	if (ch == '\r') {
		c->state = next;
		return CHUNKED_MORE;
	}
	if ((ch < ' ' && ch != '\t') || ch == 0x7f)
		return CHUNKED_BAD;
	return ++c->aside > CHUNKED_ASIDE_MAX ? CHUNKED_BAD : CHUNKED_MORE;
}

static enum chunked_rc
end_size(struct chunked *c, unsigned char ch)
{
	if (ch != '\n')
		return CHUNKED_BAD;
	c->digits = 0;
	c->state = c->left > 0 ? DATA : LINE;
	if (c->left > c->max - c->total)
		return CHUNKED_TOO_LARGE;
	c->total += c->left;
	return CHUNKED_MORE;
}

static enum chunked_rc
begin_line(struct chunked *c, unsigned char ch)
{
	if (ch == '\r') {
		c->state = LAST_LF;
		return CHUNKED_MORE;
	}
	c->state = TRAILER;
	if (ch == ' ' || ch == '\t' || ch == ':')
		return CHUNKED_BAD;
	return take_aside(c, ch, TRAILER_LF);
}

static enum chunked_rc
take(struct chunked *c, unsigned char ch)
{
	switch (c->state) {
	case SIZE:
		return take_size(c, ch);
	case EXTENSION:
		return take_aside(c, ch, SIZE_LF);
	case SIZE_LF:
		return end_size(c, ch);
	case DATA_CR:
		return expect(c, ch, '\r', DATA_LF);
	case DATA_LF:
		return expect(c, ch, '\n', SIZE);
	case LINE:
		return begin_line(c, ch);
	case TRAILER:
		return take_aside(c, ch, TRAILER_LF);
	case TRAILER_LF:
		return expect(c, ch, '\n', LINE);
	case LAST_LF:
		return ch == '\n' ? CHUNKED_DONE : CHUNKED_BAD;
	}
	assert(!"no such state");
	return CHUNKED_BAD;
}

void
chunked_init(struct chunked *c, size_t max)
{
	*c = (struct chunked){ .state = SIZE, .max = max };
}

enum chunked_rc
chunked_decode(
    struct chunked *c, char *bytes, size_t len, size_t *n_used, size_t *n_data)
{
	enum chunked_rc rc = CHUNKED_MORE;
	size_t i = 0, out = 0;

	while (i < len && rc == CHUNKED_MORE) {
		if (c->state == DATA) {
			size_t n = len - i < c->left ? len - i : c->left;

			memmove(bytes + out, bytes + i, n);
			i += n;
			out += n;
			c->left -= n;
			if (c->left == 0)
				c->state = DATA_CR;
		} else {
			rc = take(c, (unsigned char)bytes[i++]);
		}
	}
	*n_used = i;
	*n_data = out;
	return rc;
}
