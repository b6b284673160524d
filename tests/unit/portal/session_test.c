#include "portal/session.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

#define ID "00112233445566778899aabbccddeeff"

static void
J_02_the_cookie_is_found_among_others_and_nothing_else_is(void **state)
{
	static const char *const good[] = {
		SESSION_COOKIE "=" ID,
		"a=1; " SESSION_COOKIE "=" ID,
		"a=1; " SESSION_COOKIE "=" ID "; b=2",
		"x" SESSION_COOKIE "=1; " SESSION_COOKIE "=" ID,
	};
	static const char *const bad[] = {
		"",
		"a=1",
		"x" SESSION_COOKIE "=" ID,
		SESSION_COOKIE_OF_MEMBER "=" ID,
		SESSION_COOKIE "=",
		SESSION_COOKIE "=" ID "0",
		SESSION_COOKIE "=0011",
		SESSION_COOKIE "=\"" ID "\"",
		SESSION_COOKIE "=0011223344556677g899aabbccddeeff",
	};
	char id[SESSION_ID_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(session_find_id(good[i], SESSION_COOKIE, id));
		assert_string_equal(id, ID);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(session_find_id(bad[i], SESSION_COOKIE, id));
	assert_false(session_find_id(NULL, SESSION_COOKIE, id));
}

static void
T9_a_new_id_is_another_one_and_stands_under_its_digest(void **state)
{
	char first[SESSION_ID_SIZE], second[SESSION_ID_SIZE];
	struct digest of_first, of_second;

	(void)state;
	session_new_id(first);
	session_new_id(second);
	assert_int_equal(strspn(first, "0123456789abcdef"), 32);
	assert_string_not_equal(first, second);
	of_first = session_digest(first);
	of_second = session_digest(second);
	assert_false(digest_equal(&of_first, &of_second));
}

static const struct session kept = { .at = SESSION_ISSUED,
	.user = "sample001",
	.voucher = { .ends_at = 1800000000, .mac = { { 1, 2, 255 } } },
	.replaces = true,
	.operator_ = true,
	.began_at = 1700000000,
	.sent = true,
	.dies_at = 1700001800,
	.again_at = 1700000060,
	.to = "t***@example.jp",
	.issued = { (const unsigned char *)"\x30\x00\xff\xfe\xff", 5 } };

static void
what_was_kept_is_read_again(void **state)
{
	struct session s;
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	session_write(&kept, &out);
	assert_true(buf_ok(&out));
	assert_true(session_read(out.at, out.used, &s));
	assert_int_equal(s.at, kept.at);
	assert_string_equal(s.user, kept.user);
	assert_true(digest_equal(&s.voucher.mac, &kept.voucher.mac));
	assert_int_equal(s.voucher.ends_at, kept.voucher.ends_at);
	assert_true(s.replaces);
	assert_true(s.operator_);
	assert_int_equal(s.began_at, kept.began_at);
	assert_true(s.sent);
	assert_false(s.failed);
	assert_int_equal(s.dies_at, kept.dies_at);
	assert_int_equal(s.again_at, kept.again_at);
	assert_string_equal(s.to, kept.to);
	assert_true(der_equal(&s.issued, kept.issued.at, kept.issued.len));
	assert_false(s.member.there);
	buf_free(&out);
}

static const struct session of_member = { .at = SESSION_MEMBER,
	.user = "sample001",
	.version = 17,
	.began_at = 1700000000,
	.member = { .there = true,
	    .certificate = { { 3, 4 } },
	    .locale = "en",
	    .pass = { .ends_at = 1700028800, .mac = { { 5, 6 } } } } };

static void
R_WEB_4_one_of_the_member_area_has_what_it_rests_on(void **state)
{
	static const char *const lost[] = { "\"certificate\"", "\"locale\"",
		"\"pass\"", "\"pass_ends\"" };
	struct session s;
	struct buf out;
	char text[1000];
	char *at;

	(void)state;
	for (size_t i = 0; i <= COUNT(lost); i++) {
		buf_init(&out, 1000);
		session_write(&of_member, &out);
		assert_true(buf_ok(&out));
		snprintf(text, sizeof(text), "%.*s", (int)out.used, out.at);
		if (i < COUNT(lost)) {
			at = strstr(text, lost[i]);
			assert_non_null(at);
			at[1] = '_';
			assert_false(session_read(text, strlen(text), &s));
		} else {
			assert_true(session_read(text, strlen(text), &s));
		}
		buf_free(&out);
	}
	assert_true(s.member.there);
	assert_true(
	    digest_equal(&s.member.certificate, &of_member.member.certificate));
	assert_int_equal(s.version, 17);
	assert_string_equal(s.member.locale, "en");
	assert_int_equal(s.member.pass.ends_at, 1700028800);
	assert_true(
	    digest_equal(&s.member.pass.mac, &of_member.member.pass.mac));
}

/* Who writes to Redis makes no session that a later step stumbles over. */
static void
T10_what_is_no_session_is_not_read(void **state)
{
	static const char *const changes[][2] = {
		{ "\"at\":2", "\"at\":0" },
		{ "\"at\":2", "\"at\":3" },
		{ "\"at\":2", "\"at\":4" },
		{ "\"at\":2", "\"at\":1" }, /* and yet something is issued */
		{ "\"replaces\":true", "\"replaces\":1" },
		{ "\"operator\":true", "\"operator\":1" },
		{ "\"voucher\":\"01", "\"voucher\":\"0" },
		{ "\"voucher\":\"01", "\"voucher\":\"0g" },
		{ "\"sent\":true", "\"sent\":1" },
		{ "\"began\"", "\"begun\"" },
		{ "\"issued\":\"M", "\"issued\":\"" },
		{ "\"issued\":\"M", "\"issued\":\"?" },
	};
	struct buf out;
	char text[1000];
	struct session s;
	char *at;

	(void)state;
	buf_init(&out, 1000);
	session_write(&kept, &out);
	for (size_t i = 0; i < COUNT(changes); i++) {
		at = strstr(out.at, changes[i][0]);
		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - out.at),
		    out.at, changes[i][1], at + strlen(changes[i][0]));
		assert_false(session_read(text, strlen(text), &s));
	}
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    J_02_the_cookie_is_found_among_others_and_nothing_else_is),
		cmocka_unit_test(
		    T9_a_new_id_is_another_one_and_stands_under_its_digest),
		cmocka_unit_test(what_was_kept_is_read_again),
		cmocka_unit_test(
		    R_WEB_4_one_of_the_member_area_has_what_it_rests_on),
		cmocka_unit_test(T10_what_is_no_session_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
