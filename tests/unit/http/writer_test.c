#include "http/writer.h"

#include "tests/lib/test.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <sys/wait.h>

#include <event2/buffer.h>

static const time_t noon = 784111777; /* 1994-11-06 08:49:37 UTC */

static const struct gate_field fields[] = {
	{ "Content-Type", "text/plain; charset=utf-8" },
	{ "Retry-After", "60" },
};

static void
assert_wire(const struct gate_reply *reply, bool no_body, bool close,
    const char *wanted)
{
	struct evbuffer *b = writer_reply(reply, noon, no_body, close);
	size_t n = evbuffer_get_length(b);

	assert_int_equal(n, strlen(wanted));
	/* One piece: one write. */
	assert_int_equal(evbuffer_get_contiguous_space(b), n);
	assert_memory_equal(evbuffer_pullup(b, -1), wanted, n);
	evbuffer_free(b);
}

/* Does the program end rather than send this? Tried in a child. */
static bool
is_mistake(const struct gate_reply *reply)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		/* cmocka would make a failed test of it. */
		signal(SIGABRT, SIG_DFL);
		close(STDERR_FILENO);
		writer_reply(reply, noon, false, true);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void
EST_030_031_033_044_an_answer_is_complete(void **state)
{
	const struct gate_reply reply = { .status = 503,
		.fields = fields,
		.n_fields = 2,
		.body = "Later.\n",
		.len = 7 };

	(void)state;
	assert_wire(&reply, false, false,
	    "HTTP/1.1 503 Service Unavailable\r\n"
	    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Retry-After: 60\r\n"
	    "Content-Length: 7\r\n"
	    "\r\nLater.\n");
}

static void
EST_035_the_end_of_the_connection_is_announced(void **state)
{
	const struct gate_reply reply = { .status = 401 };

	(void)state;
	assert_wire(&reply, false, true,
	    "HTTP/1.1 401 Unauthorized\r\n"
	    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	    "Content-Length: 0\r\n"
	    "Connection: close\r\n"
	    "\r\n");
}

static void
EST_067_head_has_the_length_but_not_the_body(void **state)
{
	const struct gate_reply reply = {
		.status = 200, .body = "12345", .len = 5
	};

	(void)state;
	assert_wire(&reply, true, false,
	    "HTTP/1.1 200 OK\r\n"
	    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	    "Content-Length: 5\r\n"
	    "\r\n");
}

static void
a_204_has_neither_body_nor_length(void **state)
{
	const struct gate_reply reply = { .status = 204 };

	(void)state;
	assert_wire(&reply, false, false,
	    "HTTP/1.1 204 No Content\r\n"
	    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	    "\r\n");
}

static void
EST_034_a_large_answer_is_one_piece_too(void **state)
{
	static char body[300000];
	const struct gate_reply reply = {
		.status = 200, .body = body, .len = sizeof(body)
	};
	struct evbuffer *b;

	(void)state;
	memset(body, 'x', sizeof(body));
	b = writer_reply(&reply, noon, false, false);
	assert_int_equal(
	    evbuffer_get_contiguous_space(b), evbuffer_get_length(b));
	assert_true(evbuffer_get_length(b) > sizeof(body));
	evbuffer_free(b);
}

static void
EST_030_no_reason_is_empty(void **state)
{
	int status;

	(void)state;
	for (status = 200; status < 600; status++)
		assert_true(strlen(writer_reason(status)) > 1);
	assert_string_equal(
	    writer_reason(431), "Request Header Fields Too Large");
}

static void
a_line_end_in_a_field_is_a_mistake_in_the_program(void **state)
{
	static const struct gate_field bad[] = {
		{ "X", "a\r\nSet-Cookie: b" },
		{ "X", "a\nb" },
		{ "X", "a\rb" },
		{ "X\r\nY", "a" },
		{ "X: Y", "a" },
		{ "", "a" },
		{ "content-length", "5" },
		{ "Transfer-Encoding", "chunked" },
		{ "Date", "now" },
		{ "Connection", "close" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		struct gate_reply reply = {
			.status = 200, .fields = &bad[i], .n_fields = 1
		};

		assert_true(is_mistake(&reply));
	}
}

static void
EST_032_heads_are_small(void **state)
{
	static const struct gate_field many[10] = { { "A", "b" }, { "A", "b" },
		{ "A", "b" }, { "A", "b" }, { "A", "b" }, { "A", "b" },
		{ "A", "b" }, { "A", "b" }, { "A", "b" }, { "A", "b" } };
	char value[600];
	struct gate_field wide[2] = { { "A", value }, { "A", value } };
	struct gate_reply reply = {
		.status = 200, .fields = many, .n_fields = 9
	};

	(void)state;
	evbuffer_free(writer_reply(&reply, noon, false, true));
	reply.n_fields = 10;
	assert_true(is_mistake(&reply));
	memset(value, 'v', sizeof(value));
	value[497] = '\0';
	reply.fields = wide;
	reply.n_fields = 1;
	evbuffer_free(writer_reply(&reply, noon, false, true));
	reply.n_fields = 2;
	assert_true(is_mistake(&reply));
	value[497] = 'v';
	value[498] = '\0';
	reply.n_fields = 1;
	assert_true(is_mistake(&reply));
}

static void
expect_date(time_t now, const char *line)
{
	struct gate_reply reply = { .status = 200 };
	struct evbuffer *out = writer_reply(&reply, now, false, false);

	assert_int_not_equal(
	    evbuffer_search(out, line, strlen(line), NULL).pos, -1);
	evbuffer_free(out);
}

static void
EST_044_the_date_is_right_to_the_second(void **state)
{
	(void)state;
	expect_date(951782400, "\r\nDate: Tue, 29 Feb 2000 00:00:00 GMT\r\n");
	expect_date(2147483647, "\r\nDate: Tue, 19 Jan 2038 03:14:07 GMT\r\n");
	expect_date(4102444799, "\r\nDate: Thu, 31 Dec 2099 23:59:59 GMT\r\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(EST_030_031_033_044_an_answer_is_complete),
		cmocka_unit_test(
		    EST_035_the_end_of_the_connection_is_announced),
		cmocka_unit_test(EST_067_head_has_the_length_but_not_the_body),
		cmocka_unit_test(a_204_has_neither_body_nor_length),
		cmocka_unit_test(EST_034_a_large_answer_is_one_piece_too),
		cmocka_unit_test(EST_030_no_reason_is_empty),
		cmocka_unit_test(
		    a_line_end_in_a_field_is_a_mistake_in_the_program),
		cmocka_unit_test(EST_032_heads_are_small),
		cmocka_unit_test(EST_044_the_date_is_right_to_the_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
