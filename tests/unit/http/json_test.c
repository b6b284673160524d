#include "http/json.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct json_value user, age, old, note;

static const struct json_member members[] = {
	{ "user", JSON_TEXT, .max = 12, .into = &user },
	{ "age", JSON_INTEGER, .into = &age },
	{ "old", JSON_FLAG, .into = &old },
	{ "note", JSON_TEXT, .max = 40, .optional = true, .into = &note },
};

/* Read from memory that ends with it, so that nothing is read behind. */
static char *bytes;
static struct json_fault fault;

static bool
read_bytes(const char *text, size_t len)
{
	free(bytes);
	bytes = malloc(len + (len == 0));
	memcpy(bytes, text, len);
	fault = (struct json_fault){ 0 };
	return json_read(bytes, len, members, COUNT(members), &fault);
}

static bool
read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static int
tear_down(void **state)
{
	(void)state;
	free(bytes);
	bytes = NULL;
	return 0;
}

static void
a_flat_object_is_read(void **state)
{
	(void)state;
	assert_true(read_text(
	    " {\"age\" : -42 ,\n\"old\":true,\t\"user\":\"a\\\"b\"}\r\n"));
	assert_string_equal(user.text, "a\"b");
	assert_int_equal(user.len, 3);
	assert_int_equal(age.integer, -42);
	assert_true(old.flag);
	assert_false(note.there);
	assert_true(read_text("{\"user\":\"\",\"age\":0,\"old\":false,"
			      "\"note\":\"x\"}"));
	assert_int_equal(user.len, 0);
	assert_string_equal(note.text, "x");
	assert_false(old.flag);
}

/* As a member of the smallest good object. */
static bool
read_note(const char *string)
{
	char text[512];

	snprintf(text, sizeof(text),
	    "{\"user\":\"u\",\"age\":1,\"old\":true,\"note\":%s}", string);
	return read_text(text);
}

static void
strings_are_decoded_in_place(void **state)
{
	static const struct {
		const char *string, *text;
	} rows[] = {
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
		{ "\"\\u0041\\u00e9\\u3042\"", "A\xc3\xa9\xe3\x81\x82" },
		{ "\"\\uD83D\\uDE00!\"", "\xf0\x9f\x98\x80!" },
		{ "\"\xe3\x81\x82\"", "\xe3\x81\x82" },
		{ "\"\\u007f\\u07ff\\uffff\"", "\x7f\xdf\xbf\xef\xbf\xbf" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(read_note(rows[i].string));
		assert_string_equal(note.text, rows[i].text);
		assert_int_equal(note.len, strlen(rows[i].text));
	}
}

static void
what_is_at_fault_is_named(void **state)
{
	static const struct {
		const char *text, *field, *why;
	} rows[] = {
		{ "", NULL, "must be one JSON object" },
		{ "[]", NULL, "must be one JSON object" },
		{ "{", NULL, "must be one JSON object" },
		{ "{}", "user", "is missing" },
		{ "{} {}", NULL, "has something behind its end" },
		{ "{\"user\":\"u\",}", NULL, "must be one JSON object" },
		{ "{\"user\":\"u\"", NULL, "must be one JSON object" },
		{ "{\"user\"}", "user", "has no value" },
		{ "{\"user\":\"u\",\"user\":\"v\"}", "user", "is there twice" },
		{ "{\"us\\u0065r\":\"u\",\"user\":\"v\"}", "user",
		    "is there twice" },
		{ "{\"other\":1}", NULL,
		    "has a member that this does not take" },
		{ "{\"user\":1}", "user", "must be a string" },
		{ "{\"user\":null}", "user", "must be a string" },
		{ "{\"user\":{}}", "user", "must be a string" },
		{ "{\"user\":[\"u\"]}", "user", "must be a string" },
		{ "{\"user\":\"u", "user", "does not end" },
		{ "{\"user\":\"u\\", "user", "does not end" },
		{ "{\"user\":\"\\x\"}", "user",
		    "has an escape that JSON has not" },
		{ "{\"user\":\"\\u12\"}", "user",
		    "has \\u without four digits" },
		{ "{\"user\":\"\\u0000\"}", "user", "has a NUL" },
		{ "{\"user\":\"\\ud800\"}", "user",
		    "has half of a surrogate pair" },
		{ "{\"user\":\"\\ud800\\u0041\"}", "user",
		    "has half of a surrogate pair" },
		{ "{\"user\":\"\\udc00\"}", "user",
		    "has half of a surrogate pair" },
		{ "{\"user\":\"\n\"}", "user", "has a bare control character" },
		{ "{\"user\":\"\xff\"}", "user", "is not UTF-8" },
		{ "{\"user\":\"\xc0\xaf\"}", "user", "is not UTF-8" },
		{ "{\"user\":\"1234567890123\"}", "user", "is too long" },
		{ "{\"age\":\"1\"}", "age", "must be a whole number" },
		{ "{\"age\":01}", "age", "must be a whole number" },
		{ "{\"age\":-}", "age", "must be a whole number" },
		{ "{\"age\":1.0}", "age", "must be a whole number" },
		{ "{\"age\":1e3}", "age", "must be a whole number" },
		{ "{\"age\":1234567890123456}", "age",
		    "has more than 15 digits" },
		{ "{\"old\":1}", "old", "must be true or false" },
		{ "{\"old\":\"true\"}", "old", "must be true or false" },
		{ "{\"old\":tru}", "old", "must be true or false" },
		{ "\xef\xbb\xbf{}", NULL, "must be one JSON object" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_false(read_text(rows[i].text));
		assert_string_equal(fault.why, rows[i].why);
		if (rows[i].field == NULL)
			assert_null(fault.field);
		else
			assert_string_equal(fault.field, rows[i].field);
	}
}

static void
a_bare_NUL_is_refused(void **state)
{
	static const char text[] = "{\"user\":\"a\0b\",\"age\":1,\"old\":true}";

	(void)state;
	assert_false(read_bytes(text, sizeof(text) - 1));
	assert_string_equal(fault.field, "user");
}

/* Whatever is cut off, it is a refusal, and nothing is read behind it. */
static void
no_beginning_of_an_object_is_one(void **state)
{
	static const char text[] =
	    "{\"user\":\"\\u00e9\\ud83d\\ude00\",\"age\":123,\"old\":false}";

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 1; len++)
		assert_false(read_bytes(text, len));
	assert_true(read_text(text));
}

static void
what_is_written_can_be_read(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 500);
	json_open(&out, NULL, '{');
	json_text(&out, "user", "\"\\\n\x1f\xe3\x81\x82");
	json_number(&out, "age", -7);
	json_flag(&out, "old", true);
	json_bytes(&out, "note", "\0\xff", 2);
	json_close(&out, '}');
	assert_true(buf_ok(&out));
	assert_string_equal(out.at,
	    "{\"user\":\"\\\"\\\\\\u000a\\u001f\xe3\x81\x82\",\"age\":-7,"
	    "\"old\":true,\"note\":\"AP8=\"}");
	assert_true(read_text(out.at));
	assert_string_equal(user.text, "\"\\\n\x1f\xe3\x81\x82");
	assert_int_equal(age.integer, -7);
	buf_free(&out);
}

static void
lists_and_objects_have_their_commas(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	json_open(&out, NULL, '{');
	json_open(&out, "a", '[');
	json_text(&out, NULL, "x");
	json_text(&out, NULL, "{");
	json_text(&out, NULL, "y");
	json_close(&out, ']');
	json_open(&out, "b", '{');
	json_close(&out, '}');
	json_flag(&out, "c", false);
	json_close(&out, '}');
	assert_string_equal(
	    out.at, "{\"a\":[\"x\",\"{\",\"y\"],\"b\":{},\"c\":false}");
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flat_object_is_read),
		cmocka_unit_test(strings_are_decoded_in_place),
		cmocka_unit_test(what_is_at_fault_is_named),
		cmocka_unit_test(a_bare_NUL_is_refused),
		cmocka_unit_test(no_beginning_of_an_object_is_one),
		cmocka_unit_test(what_is_written_can_be_read),
		cmocka_unit_test(lists_and_objects_have_their_commas),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
