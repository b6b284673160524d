#include "http/proxy.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define FOUR "\xc0\x00\x02\x07\xc6\x33\x64\x01\x9c\x40\x20\xfb"
#define SIX_FROM "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"
#define SIX_TO "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
#define SIX SIX_FROM SIX_TO "\x9c\x40\x20\xfb"
#define MAPPED "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x07" SIX_TO "\0\1\0\2"
#define TLV "\x05\x00\x02id\x04\x00\x01x"
#define LONG(text) (text), sizeof(text) - 1

/* What a balancer sends, what we say, whose it is. */
static const struct row {
	const char *name;
	const char *bytes;
	size_t len;
	enum proxy_rc rc;
	const char *client;
} rows[] = {
	{ "IPv4", LONG(SIGNATURE "\x21\x11\0\x0c" FOUR), PROXY_CLIENT,
	    "192.0.2.7" },
	{ "IPv6", LONG(SIGNATURE "\x21\x21\0\x24" SIX), PROXY_CLIENT,
	    "2001:db8::7" },
	{ "IPv4 in IPv6", LONG(SIGNATURE "\x21\x21\0\x24" MAPPED), PROXY_CLIENT,
	    "192.0.2.7" },
	{ "IPv4 and TLVs", LONG(SIGNATURE "\x21\x11\0\x15" FOUR TLV),
	    PROXY_CLIENT, "192.0.2.7" },
	{ "IPv6 and TLVs", LONG(SIGNATURE "\x21\x21\0\x2d" SIX TLV),
	    PROXY_CLIENT, "2001:db8::7" },
	{ "local", LONG(SIGNATURE "\x20\0\0\0"), PROXY_LOCAL, NULL },
	{ "local with addresses", LONG(SIGNATURE "\x20\x11\0\x0c" FOUR),
	    PROXY_LOCAL, NULL },
	{ "a client nobody knows", LONG(SIGNATURE "\x21\0\0\0"), PROXY_BAD,
	    NULL },
	{ "UDP", LONG(SIGNATURE "\x21\x12\0\x0c" FOUR), PROXY_BAD, NULL },
	{ "a Unix socket", LONG(SIGNATURE "\x21\x31\0\xd8"), PROXY_BAD, NULL },
	{ "too short for IPv4", LONG(SIGNATURE "\x21\x11\0\x0b" FOUR),
	    PROXY_BAD, NULL },
	{ "too short for IPv6", LONG(SIGNATURE "\x21\x21\0\x0c" FOUR),
	    PROXY_BAD, NULL },
	{ "longer than we take", LONG(SIGNATURE "\x21\x11\x03\xf1"), PROXY_BAD,
	    NULL },
	{ "the longest", LONG(SIGNATURE "\x21\x11\x03\xf0"), PROXY_MORE, NULL },
	{ "version 3", LONG(SIGNATURE "\x31\x11\0\x0c" FOUR), PROXY_BAD, NULL },
	{ "command 2", LONG(SIGNATURE "\x22\x11\0\x0c" FOUR), PROXY_BAD, NULL },
	{ "version 1", LONG("PROXY TCP4 192.0.2.7 198.51.100.1 1 2\r\n"),
	    PROXY_BAD, NULL },
	{ "TLS", LONG("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00"),
	    PROXY_BAD, NULL },
	{ "a request", LONG("GET / HTTP/1.1\r\n"), PROXY_BAD, NULL },
	{ "nothing", LONG(""), PROXY_MORE, NULL },
	{ "half a signature", LONG("\r\n\r\n"), PROXY_MORE, NULL },
};

/* In pieces of so many bytes; what is behind the header is not touched. */
static enum proxy_rc
read_in_pieces(const struct row *row, size_t piece, struct proxy *t)
{
	size_t at = 0, n;
	enum proxy_rc rc = PROXY_MORE;

	memset(t, 0, sizeof(*t));
	while (rc == PROXY_MORE && at < row->len) {
		n = proxy_wants(t) < piece ? proxy_wants(t) : piece;
		if (n > row->len - at)
			n = row->len - at;
		rc = proxy_read(t, (const unsigned char *)row->bytes + at, n);
		at += n;
	}
	if (rc == PROXY_CLIENT || rc == PROXY_LOCAL)
		assert_int_equal(at, row->len);
	return rc;
}

static void
T1_a_header_says_whose_connection_it_is_or_is_refused(void **state)
{
	char text[ADDRESS_TEXT_SIZE];
	struct proxy t;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t piece = 1; piece <= PROXY_HEADER_MAX; piece++) {
			enum proxy_rc rc = read_in_pieces(&rows[i], piece, &t);

			if (rc != rows[i].rc)
				fail_msg("%s: %d", rows[i].name, rc);
			if (rc != PROXY_CLIENT)
				continue;
			assert_true(
			    address_text(&t.client, text, sizeof(text)));
			assert_string_equal(text, rows[i].client);
		}
}

/* A stranger's first byte is enough; nothing of his is waited for. */
static void
T1_the_first_wrong_byte_is_refused(void **state)
{
	static const unsigned char right[] = SIGNATURE;

	(void)state;
	for (size_t wrong = 0; wrong < sizeof(right) - 1; wrong++) {
		struct proxy t = { .seen = 0 };
		unsigned char byte = right[wrong] ^ 1;

		assert_int_equal(proxy_read(&t, right, wrong), PROXY_MORE);
		assert_int_equal(proxy_read(&t, &byte, 1), PROXY_BAD);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    T1_a_header_says_whose_connection_it_is_or_is_refused),
		cmocka_unit_test(T1_the_first_wrong_byte_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
