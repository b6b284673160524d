/* Headers as no balancer writes them, in pieces as no network cuts them. */
#include "http/proxy.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

enum {
	ROUNDS = 200000,
	LONGEST = 1200
};

static uint64_t seed = 0x9e3779b97f4a7c15u;

static uint32_t
random_below(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % n;
}

/* A good header, of any length, and then a few bytes changed. */
static size_t
make(unsigned char *out)
{
	static const unsigned char commands[] = { 0x20, 0x21, 0x21, 0x21 };
	static const unsigned char families[] = { 0x11, 0x21, 0x11, 0x00 };
	unsigned which = random_below(4);
	size_t length = random_below(2) ? 36 : random_below(LONGEST - 16);

	for (size_t i = 0; i < LONGEST; i++)
		out[i] = (unsigned char)random_below(256);
	memcpy(out, "\r\n\r\n\0\r\nQUIT\n", 12);
	out[12] = commands[which];
	out[13] = families[random_below(4)];
	out[14] = (unsigned char)(length >> 8);
	out[15] = (unsigned char)length;
	for (uint32_t n = random_below(3); n > 0; n--)
		out[random_below(20)] = (unsigned char)random_below(256);
	return random_below(2) ? LONGEST : random_below(LONGEST);
}

/*
 * Each piece stands in memory of its own size, so that a sanitizer sees a
 * look behind it.
 */
static enum proxy_rc
give(struct proxy *t, const unsigned char *bytes, size_t len)
{
	unsigned char *own = malloc(len > 0 ? len : 1);
	enum proxy_rc rc;

	assert_non_null(own);
	memcpy(own, bytes, len);
	rc = proxy_read(t, own, len);
	free(own);
	return rc;
}

static enum proxy_rc
read_all(struct proxy *t, const unsigned char *bytes, size_t len, bool slowly)
{
	enum proxy_rc rc = PROXY_MORE;
	size_t at = 0, n;

	memset(t, 0, sizeof(*t));
	while (rc == PROXY_MORE && at < len) {
		n = proxy_wants(t);
		assert_in_range(n, 1, PROXY_HEADER_MAX);
		if (slowly)
			n = 1 + random_below((uint32_t)n);
		if (n > len - at)
			n = len - at;
		rc = give(t, bytes + at, n);
		at += n;
		assert_int_equal(t->seen, at);
	}
	return rc;
}

static void
check_good(const struct proxy *t, const unsigned char *bytes)
{
	size_t length = (size_t)bytes[14] << 8 | bytes[15];

	assert_memory_equal(bytes, "\r\n\r\n\0\r\nQUIT\n", 12);
	assert_int_equal(t->seen, 16 + length);
	assert_true(t->seen <= PROXY_HEADER_MAX);
}

static void
T1_any_bytes_have_one_verdict_however_they_are_cut(void **state)
{
	unsigned char bytes[LONGEST];
	unsigned count[PROXY_BAD + 1] = { 0 };
	struct proxy whole, cut;

	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		size_t len = make(bytes);
		enum proxy_rc rc = read_all(&whole, bytes, len, false);

		count[rc]++;
		assert_int_equal(read_all(&cut, bytes, len, true), rc);
		if (rc == PROXY_CLIENT || rc == PROXY_LOCAL)
			check_good(&whole, bytes);
		if (rc == PROXY_CLIENT)
			assert_memory_equal(
			    &whole.client, &cut.client, sizeof(cut.client));
	}
	for (unsigned rc = 0; rc < COUNT(count); rc++)
		assert_true(count[rc] > ROUNDS / 1000);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    T1_any_bytes_have_one_verdict_however_they_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
