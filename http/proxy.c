#include "http/proxy.h"

#include <assert.h>
#include <string.h>

enum {
	SIGNATURE = 12, /* bytes */
	HEAD = 16,	/* signature, command, family, length */
	LOCAL = 0x20,	/* version 2 and command */
	PROXIED = 0x21,
	TCP4 = 0x11,
	TCP6 = 0x21,
	ADDRESSES_4 = 12, /* bytes: two addresses, two ports */
	ADDRESSES_6 = 36
};

static const unsigned char signature[SIGNATURE] = "\r\n\r\n\0\r\nQUIT\n";

size_t
proxy_wants(const struct proxy *t)
{
	return (t->whole == 0 ? (size_t)HEAD : t->whole) - t->seen;
}

static void
keep(struct proxy *t, const unsigned char *bytes, size_t len)
{
	size_t room = t->seen < PROXY_KEPT ? PROXY_KEPT - t->seen : 0;

	if (room > 0)
		memcpy(t->kept + t->seen, bytes, len < room ? len : room);
	t->seen += len;
}

/* So far as it is there. */
static bool
signature_right(const struct proxy *t)
{
	return memcmp(t->kept, signature,
		   t->seen < SIGNATURE ? t->seen : (size_t)SIGNATURE) == 0;
}

/* The first 16 bytes have come: how long is it, and is it one of ours? */
static bool
judge_head(struct proxy *t)
{
	unsigned command = t->kept[12], family = t->kept[13];
	size_t length = (size_t)t->kept[14] << 8 | t->kept[15];

	t->whole = HEAD + length;
	if (t->whole > PROXY_HEADER_MAX)
		return false;
	if (command == LOCAL)
		return true;
	return command == PROXIED &&
	       ((family == TCP4 && length >= ADDRESSES_4) ||
		   (family == TCP6 && length >= ADDRESSES_6));
}

static enum proxy_rc
end(struct proxy *t)
{
	if (t->kept[12] == LOCAL)
		return PROXY_LOCAL;
	t->client = t->kept[13] == TCP4 ? address_of_4(t->kept + HEAD)
					: address_of_6(t->kept + HEAD);
	return PROXY_CLIENT;
}

enum proxy_rc
proxy_read(struct proxy *t, const unsigned char *bytes, size_t len)
{
	assert(len <= proxy_wants(t));
	keep(t, bytes, len);
	if (!signature_right(t))
		return PROXY_BAD;
	if (t->seen < HEAD)
		return PROXY_MORE;
	if (t->whole == 0 && !judge_head(t))
		return PROXY_BAD;
	return t->seen < t->whole ? PROXY_MORE : end(t);
}
