#include "base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct address
address_of_4(const void *four_bytes)
{
	struct address a = { .len = 4 };

	memcpy(a.bytes, four_bytes, a.len);
	return a;
}

struct address
address_of_6(const void *sixteen_bytes)
{
	struct address a = { .len = 16 };
	struct in6_addr six;

	memcpy(&six, sixteen_bytes, sizeof(six));
	if (IN6_IS_ADDR_V4MAPPED(&six))
		return address_of_4(&six.s6_addr[12]);
	memcpy(a.bytes, &six, a.len);
	return a;
}

struct address
address_of(const struct sockaddr *who)
{
	if (who->sa_family == AF_INET)
		return address_of_4(
		    &((const struct sockaddr_in *)who)->sin_addr);
	if (who->sa_family == AF_INET6)
		return address_of_6(
		    &((const struct sockaddr_in6 *)who)->sin6_addr);
	return (struct address){ .len = 0 };
}

bool
address_text(const struct address *a, char *text, size_t size)
{
	int family = a->len == 4 ? AF_INET : AF_INET6;

	return a->len != 0 &&
	       inet_ntop(family, a->bytes, text, (socklen_t)size) != NULL;
}

bool
address_is_loopback(const char *host)
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET;
	if (inet_pton(AF_INET6, host, &six) == 1)
		return IN6_IS_ADDR_LOOPBACK(&six);
	return strcmp(host, "localhost") == 0;
}

static struct address_prefix
prefix(const struct address *a, unsigned bytes)
{
	struct address_prefix p = { .len = a->len };

	for (unsigned i = 0; i < bytes; i++)
		p.bits = p.bits << 8 | a->bytes[i];
	return p;
}

struct address_prefix
address_client(const struct address *a)
{
	return prefix(a, a->len == 4 ? 4 : 8);
}

struct address_prefix
address_network(const struct address *a)
{
	return prefix(a, a->len == 4 ? 3 : 6);
}

bool
address_same_prefix(
    const struct address_prefix *a, const struct address_prefix *b)
{
	return a->bits == b->bits && a->len == b->len;
}

/* Digits only: neither sign nor space, as strtoul() would take. */
static bool
read_bits(const char *text, unsigned most, unsigned *bits)
{
	size_t len = strlen(text);

	if (len == 0 || len > 3 || strspn(text, "0123456789") != len)
		return false;
	*bits = (unsigned)strtoul(text, NULL, 10);
	return *bits <= most;
}

bool
address_range_read(const char *text, struct address_range *out)
{
	char address[ADDRESS_TEXT_SIZE];
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	unsigned char bytes[16];

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (inet_pton(AF_INET, address, bytes) == 1)
		out->first = address_of_4(bytes);
	else if (inet_pton(AF_INET6, address, bytes) == 1)
		out->first = address_of_6(bytes);
	else
		return false;
	out->bits = out->first.len * 8;
	return slash == NULL || read_bits(slash + 1, out->bits, &out->bits);
}

bool
address_in(const struct address *a, const struct address_range *range)
{
	unsigned whole = range->bits / 8, rest = range->bits % 8;

	if (a->len != range->first.len ||
	    memcmp(a->bytes, range->first.bytes, whole) != 0)
		return false;
	return rest == 0 ||
	       (a->bytes[whole] ^ range->first.bytes[whole]) >> (8 - rest) == 0;
}
