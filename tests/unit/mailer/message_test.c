#include "mailer/message.h"

#include "base/b64.h"
#include "base/clock.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

#define AT 1795165200 /* 2026-11-20T09:00:00Z */

static struct buf out;

static const struct message example = {
	.service = "証明書サービス",
	.from = "ca@koshin.example",
	.to = "hanako@example.jp",
	.subject = "証明書",
	.body = "一行\n.\nEnd\n",
	.body_len = sizeof("一行\n.\nEnd\n") - 1,
	.id = "0123abcd",
	.domain = "koshin.example",
	.date = AT,
};

/* The field of a mail with that subject, its last CR LF included. */
static char *
subject(const char *text)
{
	struct message m = example;
	char *field, *end;

	m.subject = text;
	buf_free(&out);
	buf_init(&out, MESSAGE_MAX);
	assert_true(message_build(&m, &out));
	field = strstr(out.at, "\r\nSubject: ");
	assert_non_null(field);
	field += 2;
	end = strstr(field, "\r\n");
	while (end[2] == ' ')
		end = strstr(end + 2, "\r\n");
	end[2] = '\0';
	return field;
}

static int
zone(void **state)
{
	(void)state;
	return clock_zone("Asia/Tokyo") ? 0 : -1;
}

static int
free_out(void **state)
{
	(void)state;
	buf_free(&out);
	return 0;
}

/*
 * Reads a folded field of encoded words as a mail reader does: each word by
 * itself, white space between words dropped (RFC 2047 6.2). Checks the lengths
 * on the way. `text` gets the bytes.
 */
static size_t
decode(const char *field, const char *name, char *text, size_t size)
{
	const char *at = field + strlen(name) + 2;
	size_t used = 0;

	assert_memory_equal(field, name, strlen(name));
	while (*at != '\0') {
		const char *line_end = strstr(at, "\r\n");
		const char *word = strstr(at, "=?UTF-8?B?");
		const char *close = strstr(word, "?=");
		size_t got;

		assert_non_null(line_end);
		assert_ptr_equal(close + 2, line_end);
		assert_in_range(close + 2 - word, 12, 75);
		assert_true(used + 64 < size);
		assert_true(b64_decode(word + 10, (size_t)(close - word - 10),
		    false, (unsigned char *)text + used, &got));
		/* Whole characters: none begins with a continuation byte. */
		assert_int_not_equal(text[used] & 0xc0, 0x80);
		used += got;
		at = line_end + 2;
		if (*at != '\0')
			assert_int_equal(*at++, ' ');
	}
	text[used] = '\0';
	return used;
}

static void
check_lines(const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\r\n");

		assert_true(len <= 76);
		assert_memory_equal(text + len, "\r\n", 2);
		text += len + 2;
	}
}

static void
R_MAIL_3_plain_subject_stays_plain(void **state)
{
	(void)state;
	assert_string_equal(subject("Your account is locked for a while"),
	    "Subject: Your account is locked for a while\r\n");
}

static void
R_MAIL_3_subject_at_the_edge_of_a_line(void **state)
{
	char text[80], got[256];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[67] = '\0'; /* 9 + 67 = 76 columns */
	assert_null(strstr(subject(text), "=?"));
	text[67] = 'a';
	text[68] = '\0';
	decode(subject(text), "Subject", got, sizeof(got));
	assert_string_equal(got, text);
	check_lines(out.at);
}

/* One that means something in a header is encoded, whatever it is. */
static void
R_MAIL_3_specials_are_encoded(void **state)
{
	static const char *const texts[] = { "a\"b", "a, b", "x <y@z>", "a:b",
		"=?UTF-8?B?QQ==?=", "(comment)", " leading", "trailing " };
	char got[256];

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		decode(subject(texts[i]), "Subject", got, sizeof(got));
		assert_string_equal(got, texts[i]);
	}
}

static void
T13_line_ends_cannot_get_into_a_header(void **state)
{
	char got[256];

	(void)state;
	decode(subject("a\r\nBcc: x@y\n\x01\xff"), "Subject", got, sizeof(got));
	assert_string_equal(got,
	    "a\xef\xbf\xbd\xef\xbf\xbd"
	    "Bcc: x@y\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

static void
append(char *text, size_t size, const char *more)
{
	size_t used = strlen(text);

	assert_true(used + strlen(more) < size);
	snprintf(text + used, size - used, "%s", more);
}

/* Any mixture of sizes, any length: words of 75, lines of 76, characters
 * whole, and the text comes back. */
static void
R_MAIL_3_words_are_cut_between_characters(void **state)
{
	static const char *const letters[] = { "a", "é", "更", "𠮷" };
	char text[1024], got[1400];

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		for (size_t count = 1; count < 120; count++) {
			text[0] = '\0';
			append(text, sizeof(text),
			    letters[shift == 0 ? 1 : shift]);
			for (size_t i = 0; i < count; i++)
				append(text, sizeof(text),
				    letters[(i * (shift + 1) + shift) % 4]);
			decode(subject(text), "Subject", got, sizeof(got));
			assert_string_equal(got, text);
			check_lines(out.at);
		}
	}
}

/* 39 bytes fit behind `Subject: `: 13 kanji, but only 9 of four bytes. */
static void
R_MAIL_3_first_word_at_75_columns(void **state)
{
	char text[256];

	(void)state;
	text[0] = '\0';
	for (int i = 0; i < 13; i++)
		append(text, sizeof(text), "更");
	assert_null(strstr(subject(text), "\r\n "));
	append(text, sizeof(text), "新");
	assert_non_null(strstr(subject(text), "\r\n "));
	text[0] = '\0';
	for (int i = 0; i < 9; i++)
		append(text, sizeof(text), "𠮷");
	assert_null(strstr(subject(text), "\r\n "));
	append(text, sizeof(text), "𠮷");
	assert_non_null(strstr(subject(text), "\r\n "));
}

static const char *
build(const struct message *m)
{
	buf_free(&out);
	buf_init(&out, MESSAGE_MAX);
	assert_true(message_build(m, &out));
	return out.at;
}

/* Made by hand, and read back by Python's email package. */
static void
R_MAIL_3_whole_message_byte_for_byte(void **state)
{
	(void)state;
	assert_string_equal(build(&example),
	    "Date: Fri, 20 Nov 2026 18:00:00 +0900\r\n"
	    "From: =?UTF-8?B?6Ki85piO5pu444K144O844OT44K5?=\r\n"
	    " <ca@koshin.example>\r\n"
	    "To: <hanako@example.jp>\r\n"
	    "Subject: =?UTF-8?B?6Ki85piO5pu4?=\r\n"
	    "Message-ID: <0123abcd@koshin.example>\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=UTF-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "\r\n"
	    "5LiA6KGMDQouDQpFbmQNCg==\r\n");
}

static void
I_10_same_mail_gives_same_bytes(void **state)
{
	char first[4096];

	(void)state;
	snprintf(first, sizeof(first), "%s", build(&example));
	assert_string_equal(build(&example), first);
}

static void
T13_mail_with_a_code_says_when_it_is_worthless(void **state)
{
	struct message m = example;

	(void)state;
	m.expires = AT + 1800;
	assert_non_null(
	    strstr(build(&m), "\r\nExpires: Fri, 20 Nov 2026 18:30:00 +0900\r\n"
			      "X-No-Archive: yes\r\n"));
}

static void
every_line_ends_with_cr_lf_and_is_short(void **state)
{
	struct message m = example;
	static char text[4000];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 61 == 60 ? '\n' : (char)('a' + i % 26);
	m.body = text;
	for (m.body_len = 0; m.body_len < 300; m.body_len++)
		check_lines(strstr(build(&m), "Date: "));
	m.body_len = sizeof(text);
	check_lines(build(&m));
}

static void
date_knows_zones_west_and_by_the_half_hour(void **state)
{
	(void)state;
	assert_true(clock_zone("America/St_Johns"));
	assert_non_null(strstr(
	    build(&example), "Date: Fri, 20 Nov 2026 05:30:00 -0330\r\n"));
	assert_true(clock_zone("UTC"));
	assert_non_null(strstr(
	    build(&example), "Date: Fri, 20 Nov 2026 09:00:00 +0000\r\n"));
	assert_true(clock_zone("Asia/Tokyo"));
}

static void
message_that_does_not_fit_is_told(void **state)
{
	(void)state;
	buf_free(&out);
	buf_init(&out, 200);
	assert_false(message_build(&example, &out));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R_MAIL_3_plain_subject_stays_plain),
		cmocka_unit_test(R_MAIL_3_subject_at_the_edge_of_a_line),
		cmocka_unit_test(R_MAIL_3_specials_are_encoded),
		cmocka_unit_test(T13_line_ends_cannot_get_into_a_header),
		cmocka_unit_test(R_MAIL_3_words_are_cut_between_characters),
		cmocka_unit_test(R_MAIL_3_first_word_at_75_columns),
		cmocka_unit_test(R_MAIL_3_whole_message_byte_for_byte),
		cmocka_unit_test(I_10_same_mail_gives_same_bytes),
		cmocka_unit_test(
		    T13_mail_with_a_code_says_when_it_is_worthless),
		cmocka_unit_test(every_line_ends_with_cr_lf_and_is_short),
		cmocka_unit_test(date_knows_zones_west_and_by_the_half_hour),
		cmocka_unit_test(message_that_does_not_fit_is_told),
	};

	return cmocka_run_group_tests(tests, zone, free_out);
}
