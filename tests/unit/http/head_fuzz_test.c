/* Heads as no client writes them. */
#include "tests/lib/fuzz.h"
#include "tests/lib/heads.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

static size_t
mutate(char *text, size_t len, size_t room)
{
	static const char spice[] = "\r\n\0 \t:,;/?*#%[]@0Hh\x7f\x80\xff";
	uint32_t n = 1 + fuzz_below(4);

	while (n-- > 0) {
		size_t at = fuzz_below((uint32_t)len);
		size_t run = 1 + fuzz_below(8);
		char ch = spice[fuzz_below(sizeof(spice) - 1)];

		switch (fuzz_below(4)) {
		case 0:
			text[at] = ch;
			break;
		case 1: /* drop */
			if (run < len - at && len > 16) {
				memmove(
				    text + at, text + at + run, len - at - run);
				len -= run;
			}
			break;
		case 2: /* repeat */
			if (len + run <= room && at + run <= len) {
				memmove(text + at + run, text + at, len - at);
				len += run;
			}
			break;
		default: /* insert */
			if (len < room) {
				memmove(text + at + 1, text + at, len - at);
				text[at] = ch;
				len++;
			}
		}
	}
	return len;
}

/* What a whole head must be, however it came about. */
static void
check_whole(const struct head *h, const char *bytes, size_t len)
{
	char *plain = malloc(h->end + HEAD_PLAIN_EXTRA);
	struct head again;
	size_t n;

	assert_non_null(plain);
	assert_true(h->end <= len && h->end <= 8192 + 2 * HEAD_STRAY_MAX);
	assert_memory_equal(bytes + h->end - 4, "\r\n\r\n", 4);
	assert_true(h->n_length + h->n_coding <= 1);
	assert_true(h->n_host == 1 || (h->n_host == 0 && h->old));
	assert_true(h->length <= heads_limits.body);
	n = head_plain(h, bytes, h->length, plain);
	assert_true(n <= h->end + HEAD_PLAIN_EXTRA);
	/* The plain form says the same, and is its own plain form; of HTTP/1.0
	 * it may have no Host. */
	head_init(&again);
	if (head_read(&again, &heads_limits, plain, n) != HEAD_WHOLE) {
		assert_int_equal(h->n_host, 0);
		free(plain);
		return;
	}
	assert_int_equal(again.end, n);
	assert_int_equal(again.path.len, h->path.len);
	assert_int_equal(again.n_coding, 0);
	assert_int_equal(again.length, h->length);
	free(plain);
}

static void
two_hundred_thousand_mutated_heads_do_no_harm(void **state)
{
	static const char *const seeds[] = {
		"GET /.well-known/est/cacerts HTTP/1.1\r\nHost: h:1\r\n\r\n",
		"\r\nPOST /a?b=c HTTP/1.1\r\nHost: [::1]\r\nExpect: "
		"100-continue\r\nTransfer-Encoding: chunked\r\n\r\n",
		"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 65536\r\n"
		"Connection: keep-alive, close\r\nX:\r\n\r\n12345",
	};
	size_t i, n_whole = 0, n_refused = 0;
	enum {
		ROOM = 256
	};
	struct head h;

	(void)state;
	for (i = 0; i < 200000; i++) {
		const char *from = seeds[i % 3];
		size_t len = strlen(from), half;
		char text[ROOM], *exact;
		enum head_rc rc;

		memcpy(text, from, len);
		len = mutate(text, len, ROOM);
		exact = fuzz_copy(text, len);
		half = fuzz_below((uint32_t)len + 1);
		head_init(&h);
		rc = head_read(&h, &heads_limits, exact, half);
		if (rc == HEAD_MORE)
			rc = head_read(&h, &heads_limits, exact, len);
		if (rc == HEAD_WHOLE)
			check_whole(&h, exact, len);
		n_whole += rc == HEAD_WHOLE;
		n_refused += rc == HEAD_REFUSED;
		free(exact);
	}
	/* The mill grinds: both outcomes are common. */
	assert_true(n_whole > 10000 && n_refused > 10000);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_hundred_thousand_mutated_heads_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
