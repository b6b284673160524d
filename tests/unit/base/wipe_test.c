/* FAKES: bzero */
#include "tests/lib/test.h"
#include "tests/lib/fake_bzero.h"

#include <event2/buffer.h>
#include <evhtp.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "Basic dXNlcjAxYTpLYW5hcmk0LXZvZw=="

/* What a library took is given back through the same function. */
static void
I_11_memory_is_wiped_when_it_is_freed(void **state)
{
	char *copy = strdup(SECRET);

	(void)state;
	wipe_count();
	free(copy);
	assert_true(wipe_count() >= strlen(SECRET));
}

static void
I_11_memory_that_moves_is_wiped_where_it_was(void **state)
{
	char *copy = strdup(SECRET);

	(void)state;
	wipe_count();
	copy = realloc(copy, 4096);
	assert_true(wipe_count() >= strlen(SECRET));
	assert_string_equal(copy, SECRET);
	copy = realloc(copy, 8);
	assert_true(wipe_count() >= 4096);
	assert_memory_equal(copy, SECRET, 8);
	assert_null(realloc(copy, 0));
}

static void
I_11_a_buffer_is_wiped_when_it_is_freed(void **state)
{
	struct evbuffer *b = evbuffer_new();

	(void)state;
	evbuffer_add(b, SECRET, strlen(SECRET));
	wipe_count();
	evbuffer_free(b);
	assert_true(wipe_count() >= strlen(SECRET));
}

static void
I_11_a_buffer_that_is_read_out_is_wiped(void **state)
{
	struct evbuffer *b = evbuffer_new();
	char out[sizeof(SECRET)];

	(void)state;
	evbuffer_add(b, SECRET, strlen(SECRET));
	wipe_count();
	evbuffer_remove(b, out, strlen(SECRET));
	assert_true(wipe_count() >= strlen(SECRET));
	evbuffer_free(b);
}

static void
I_11_a_field_is_wiped_when_it_is_freed(void **state)
{
	evhtp_kvs_t *fields = evhtp_kvs_new();

	(void)state;
	evhtp_kvs_add_kv(fields, evhtp_kv_new("Authorization", SECRET, 1, 1));
	wipe_count();
	evhtp_kvs_free(fields);
	assert_true(wipe_count() >= strlen(SECRET));
}

/* A buffer that takes more than its first piece holds is as before. */
static void
what_grows_keeps_its_bytes(void **state)
{
	struct evbuffer *b = evbuffer_new();
	const char *all;

	(void)state;
	for (int i = 0; i < 2000; i++)
		evbuffer_add_printf(b, "%04d", i);
	all = (const char *)evbuffer_pullup(b, -1);
	assert_memory_equal(all, "00000001", 8);
	assert_memory_equal(all + 1999 * 4, "1999", 4);
	evbuffer_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(I_11_memory_is_wiped_when_it_is_freed),
		cmocka_unit_test(I_11_memory_that_moves_is_wiped_where_it_was),
		cmocka_unit_test(I_11_a_buffer_is_wiped_when_it_is_freed),
		cmocka_unit_test(I_11_a_buffer_that_is_read_out_is_wiped),
		cmocka_unit_test(I_11_a_field_is_wiped_when_it_is_freed),
		cmocka_unit_test(what_grows_keeps_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
