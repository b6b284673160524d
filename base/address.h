/*
 * address - of a client: compared, counted by, printed.
 *
 * An IPv4 address mapped into IPv6 is that IPv4 address. A Unix socket has
 * none; all of them are equal.
 */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr;

enum {
	ADDRESS_TEXT_SIZE = 46 /* any address as text, and NUL */
};

struct address {
	unsigned char bytes[16];
	unsigned len; /* 4, 16, or 0: it has none */
};

/* The first bits of an address, for tables; 64 are the most that are asked. */
struct address_prefix {
	uint64_t bits;
	unsigned len; /* of the address */
};

/* Addresses that begin alike: 192.0.2.0/24. */
struct address_range {
	struct address first;
	unsigned bits;
};

/* The bytes are in network order. A mapped IPv4 address becomes one of 4. */
struct address address_of(const struct sockaddr *);
struct address address_of_4(const void *four_bytes);
struct address address_of_6(const void *sixteen_bytes);

/* False: it has none. */
bool address_text(const struct address *, char *text, size_t size);

/* A host by its name or number: whether it can only be this machine. */
bool address_is_loopback(const char *host);

/* What counts as one client: an IPv4 address, an IPv6 /64. */
struct address_prefix address_client(const struct address *);
/* What one operator usually owns: an IPv4 /24, an IPv6 /48. */
struct address_prefix address_network(const struct address *);
bool address_same_prefix(
    const struct address_prefix *, const struct address_prefix *);

/* `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`; false: it is none. */
bool address_range_read(const char *text, struct address_range *);
bool address_in(const struct address *, const struct address_range *);

#endif
