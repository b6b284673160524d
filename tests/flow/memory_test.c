/* FAKES: accounts attempts calls client_certificate clock gate ipc issuer
 * log loop malloc pool proofs */
/*
 * F-59: a request whatever allocation of it fails, each in turn: the one that
 * asked hears 503, or nothing where there is no memory for an answer, and the
 * process goes on.
 */
#include "tests/lib/flow_world.h"

#include "tests/lib/fake_malloc.h"

#include <string.h>

static unsigned fails, count, sent;
static bool all;

static void
during(bool begins)
{
	if (begins)
		fake_malloc_begin(fails, all);
	else
		count = fake_malloc_end();
}

static void
set_up(void)
{
	world_is_device();
	world_shows_certificate(10);
}

static int
send_failing(const struct world_request *what, unsigned n)
{
	struct world_request r = *what;

	/* Another one each time: no rate is to stand in the way. */
	memcpy(fake_presented.fingerprint.bytes, &sent, sizeof(sent));
	sent++;
	fails = n;
	r.during = during;
	world_send(&r);
	return fake_gate.status;
}

/* As often as it takes until none has failed. */
static void
expect_each(const struct world_request *what, int good)
{
	unsigned n, lost = 0, refused = 0;

	assert_int_equal(send_failing(what, 0), good); /* what is kept */
	assert_int_equal(send_failing(what, 0), good);
	for (n = 1; n == 1 || n <= count; n++) {
		int status = send_failing(what, n);

		if (status != 0 && status != 503 && status != good)
			fail_msg("allocation %u: %d", n, status);
		lost += status == 0;
		refused += status == 503;
	}
	print_message("%u allocations, %u times 503, %u times the end\n", n - 1,
	    refused, lost);
	if (fake_malloc_works())
		assert_true(n > 2 && refused + lost > 2);
	assert_int_equal(send_failing(what, 0), good);
}

static void
expect(const struct world_request *what, int good)
{
	all = false;
	expect_each(what, good);
	all = true;
	expect_each(what, good);
}

static void
F_59_a_renewal(void **state)
{
	static const struct world_request renewal = { .path = WORLD_DEVICE };

	(void)state;
	set_up();
	expect(&renewal, 200);
}

/* With so many blanks between its characters that a request needs more than
 * the one page that each has. */
static const char *
spread(const char *text)
{
	static char body[65536];
	size_t used = 0;

	for (; *text != '\0'; text++, used += 16) {
		assert_true(used + 16 < sizeof(body));
		memset(body + used, ' ', 16);
		body[used] = *text;
	}
	body[used] = '\0';
	return body;
}

static void
F_59_a_request_that_needs_a_second_page(void **state)
{
	static const struct make_csr usual = { .common_name = WORLD_USER };
	const struct world_request renewal = { .path = WORLD_DEVICE,
		.body = spread(make_csr(&usual)) };

	(void)state;
	set_up();
	expect(&renewal, 200);
}

/* Redis and the pool are fakes; auth itself is not. */
static void
F_59_a_password(void **state)
{
	static const struct world_request step_1 = { .basic =
							 WORLD_BASIC_PASSWORD };

	(void)state;
	expect(&step_1, 401);
}

static void
F_59_cacerts(void **state)
{
	static const struct world_request cacerts = {
		.path = "/.well-known/est/cacerts", .get = true
	};

	(void)state;
	expect(&cacerts, 200);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_begin, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(F_59_a_renewal),
		TEST(F_59_a_request_that_needs_a_second_page),
		TEST(F_59_a_password),
		TEST(F_59_cacerts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
