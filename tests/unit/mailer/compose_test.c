#include "mailer/compose.h"

#include "base/b64.h"
#include "base/clock.h"
#include "mailer/message.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

#define AT 1795165200

static struct secret_key key;
static struct compose c = { .service = "Koshin",
	.from = "ca@koshin.example",
	.domain = "koshin.example",
	.code_key = &key };
static struct buf out;
static struct compose_secrets secrets;
static char text[8192];
static struct fault why;

static void
hear(void *arg, const char *line)
{
	(void)arg;
	print_error("%s\n", line);
}

static int
begin(void **state)
{
	(void)state;
	memset(key.bytes, 9, sizeof(key.bytes));
	c.texts = template_load("mailer/templates", hear, NULL);
	return c.texts != NULL && clock_zone("Asia/Tokyo") ? 0 : -1;
}

static int
finish(void **state)
{
	(void)state;
	template_free((struct template_set *)c.texts);
	buf_free(&out);
	return 0;
}

static void
put(struct outbox_mail *m, const char *name, const char *value)
{
	struct outbox_parameter *p = &m->parameters[m->parameter_count++];

	assert_true(m->parameter_count <= OUTBOX_PARAMETERS_MAX);
	snprintf(p->name, sizeof(p->name), "%s", name);
	snprintf(p->value, sizeof(p->value), "%s", value);
}

/* As koshin.mail_code() writes it. */
static struct outbox_mail
code_row(void)
{
	struct outbox_mail m = { .id = 1,
		.kind = "code",
		.locale = "en",
		.recipient = "hanako@example.jp",
		.message_id = "0123456789abcdef",
		.made_at = AT,
		.dies_at = AT + 1800,
		.has_nonce = true,
		.nonce = "nonce" };

	put(&m, "user_id", "sample001");
	put(&m, "name", "山田 花子");
	put(&m, "contract", "12345678");
	put(&m, "address", "192.0.2.1");
	put(&m, "made_at", "1795165200");
	put(&m, "dies_at", "1795167000");
	return m;
}

/* As koshin.plan_notices() writes it. */
static struct outbox_mail
expiry_row(const char *kind, const char *locale)
{
	struct outbox_mail m = { .id = 2,
		.recipient = "hanako@example.jp",
		.message_id = "0123456789abcdef",
		.made_at = AT };

	snprintf(m.kind, sizeof(m.kind), "%s", kind);
	snprintf(m.locale, sizeof(m.locale), "%s", locale);
	put(&m, "user_id", "sample001");
	put(&m, "name", "山田 花子");
	put(&m, "contract", "12345678");
	put(&m, "serial", "0a1b2c");
	put(&m, "subject", "CN=sample001 20220525120000,O=Koshin");
	put(&m, "profile", "person");
	put(&m, "not_after", "1685026799"); /* 2023-05-25T23:59:59+09:00 */
	return m;
}

static enum compose_rc
compose(const struct outbox_mail *m)
{
	buf_free(&out);
	buf_init(&out, MESSAGE_MAX);
	why.text[0] = '\0';
	return compose_mail(&c, m, &out, &secrets, &why);
}

/* The decoded text of the last mail. */
static const char *
body(void)
{
	const char *at = strstr(out.at, "\r\n\r\n") + 4;
	size_t len;

	assert_true(strlen(at) < sizeof(text));
	assert_true(
	    b64_decode(at, strlen(at), true, (unsigned char *)text, &len));
	text[len] = '\0';
	return text;
}

static void
R_AUTH_2_code_is_derived_and_alone_in_its_line(void **state)
{
	struct outbox_mail m = code_row();
	char wanted[CODE_DIGITS + 1], line[16];

	(void)state;
	assert_int_equal(compose(&m), COMPOSE_OK);
	code_derive(&key, m.nonce, wanted);
	assert_string_equal(secrets.code, wanted);
	snprintf(line, sizeof(line), "\r\n%s\r\n", wanted);
	assert_non_null(strstr(body(), line));
	assert_null(strstr(out.at, wanted)); /* not in a header */
	assert_null(strstr(text, "花子"));
	assert_non_null(strstr(text, "IP address:   192.0.2.1\r\n"));
	assert_non_null(
	    strstr(text, "Valid until:  20 November 2026, 18:30 JST\r\n"));
}

/* As koshin.put_waiting() writes it. */
static void
T3_the_old_address_gets_a_code_and_a_link(void **state)
{
	struct outbox_mail m = code_row();
	char wanted[CODE_EMAIL_DIGITS + 1], token[CODE_TOKEN_SIZE], line[128];

	(void)state;
	snprintf(m.kind, sizeof(m.kind), "email_asked");
	put(&m, "email", "new@example.jp");
	put(&m, "until", "1795168800");
	code_derive_email(&key, m.nonce, wanted);
	code_derive_token(&key, m.nonce, token);
	c.keep = "https://portal.example/keep#";
	assert_int_equal(compose(&m), COMPOSE_OK);
	assert_string_equal(secrets.code, wanted);
	assert_string_equal(secrets.token, token);
	snprintf(line, sizeof(line), "\r\n%s\r\n", wanted);
	assert_non_null(strstr(body(), line));
	snprintf(line, sizeof(line),
	    "Cancel here:  https://portal.example/keep#%s\r\n", token);
	assert_non_null(strstr(text, line));
	assert_null(strstr(text, "花子")); /* a name could look like a link */
	/* Without a portal there is none. */
	c.keep = NULL;
	assert_int_equal(compose(&m), COMPOSE_OK);
	assert_null(strstr(body(), "://"));
	m.has_nonce = false;
	assert_int_equal(compose(&m), COMPOSE_BAD);
}

/* As koshin.lock_account() writes it. */
static struct outbox_mail
lock_row(const char *role)
{
	struct outbox_mail m = code_row();

	snprintf(m.kind, sizeof(m.kind), "locked");
	m.parameter_count = 3;
	put(&m, "role", role);
	put(&m, "until", "1795168800");
	put(&m, "failures", "6");
	put(&m, "addresses", "192.0.2.1, 2001:db8::1");
	return m;
}

static void
R_LOCK_5_the_mail_of_a_lock_names_its_failures(void **state)
{
	struct outbox_mail m = lock_row("general");

	(void)state;
	assert_int_equal(compose(&m), COMPOSE_OK);
	body();
	assert_non_null(strstr(text, "Failed attempts in a row: 6\r\n"));
	assert_non_null(strstr(
	    text, "From IP address:          192.0.2.1, 2001:db8::1\r\n"));
	/* Nobody knows them of a lock that is found later. */
	m.parameter_count -= 2;
	assert_int_equal(compose(&m), COMPOSE_OK);
	body();
	assert_null(strstr(text, "Failed attempts"));
	assert_null(strstr(text, "IP address"));
	assert_non_null(strstr(text, "19:00 JST\r\n\r\nThe account"));
}

static void
R_MAIL_3_a_device_has_texts_of_its_own(void **state)
{
	struct outbox_mail m = lock_row("device");

	(void)state;
	assert_int_equal(compose(&m), COMPOSE_OK);
	assert_non_null(strstr(body(), "person responsible for the device"));
	m = lock_row("master");
	assert_int_equal(compose(&m), COMPOSE_OK);
	assert_null(strstr(body(), "device"));
}

/* And without the settings nothing is left of them. */
static void
R_MAIL_3_a_mail_says_whom_to_turn_to(void **state)
{
	struct outbox_mail m = lock_row("general");

	(void)state;
	assert_int_equal(compose(&m), COMPOSE_OK);
	assert_null(strstr(body(), "Service desk:"));
	c.contact = "03-1234-5678 (Mon-Fri 9:00-17:00)";
	c.url = "https://portal.example.jp/";
	assert_int_equal(compose(&m), COMPOSE_OK);
	body();
	assert_non_null(strstr(text, "Service desk: 03-1234-5678 (Mon-Fri"));
	assert_non_null(
	    strstr(text, "Portal:       https://portal.example.jp/\r\n"));
	m = code_row();
	assert_int_equal(compose(&m), COMPOSE_OK);
	body();
	assert_non_null(strstr(text, "Service desk: 03-1234-5678"));
	assert_null(strstr(text, "://"));
	c.contact = c.url = NULL;
}

static void
R_MAIL_1_the_days_that_are_left_are_those_of_the_calendar(void **state)
{
	struct outbox_mail m = expiry_row("expires_10", "ja");

	(void)state;
	m.made_at = 1684940399; /* 2023-05-24T23:59:59+09:00 */
	assert_int_equal(compose(&m), COMPOSE_OK);
	assert_non_null(strstr(body(), "残り1日"));
	m.made_at++;
	assert_int_equal(compose(&m), COMPOSE_OK);
	assert_non_null(strstr(body(), "残り0日"));
}

static void
I_11_notice_has_no_code(void **state)
{
	struct outbox_mail m = code_row();

	(void)state;
	snprintf(m.kind, sizeof(m.kind), "unlocked");
	assert_int_equal(compose(&m), COMPOSE_OK);
	assert_string_equal(secrets.code, "");
	assert_null(strstr(out.at, "Expires:"));
}

static void
kind_of_a_newer_program_is_not_given_up(void **state)
{
	struct outbox_mail m = code_row();

	(void)state;
	snprintf(m.kind, sizeof(m.kind), "newer");
	assert_int_equal(compose(&m), COMPOSE_UNKNOWN);
	assert_string_equal(why.text, "this program knows no such kind: newer");
}

static void
T13_recipient_is_judged_again(void **state)
{
	static const char *const bad[] = { "", "a", "a@b@c.example",
		"a@example.jp\r\nRCPT TO:<b@example.jp", "a b@example.jp",
		"<a@example.jp>", "a@example.jp>" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct outbox_mail m = code_row();

		snprintf(m.recipient, sizeof(m.recipient), "%s", bad[i]);
		assert_int_equal(compose(&m), COMPOSE_BAD);
		assert_memory_equal(why.text, "the recipient ", 14);
		assert_int_equal(out.used, 0);
	}
}

static void
T13_message_id_is_judged(void **state)
{
	static const char *const bad[] = { "", "a>\r\nBcc: x", "a b", "a@b" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct outbox_mail m = code_row();

		snprintf(m.message_id, sizeof(m.message_id), "%s", bad[i]);
		assert_int_equal(compose(&m), COMPOSE_BAD);
	}
}

static void
row_without_what_its_text_needs_is_told(void **state)
{
	struct outbox_mail m = code_row();

	(void)state;
	m.has_nonce = false;
	assert_int_equal(compose(&m), COMPOSE_BAD);
	assert_string_equal(why.text, "the row has no nonce for its code");
	m = code_row();
	m.parameter_count = 5; /* without dies_at */
	assert_int_equal(compose(&m), COMPOSE_BAD);
	assert_string_equal(
	    why.text, "the row has no good value for {{dies_at}}");
	put(&m, "dies_at", "tomorrow");
	assert_int_equal(compose(&m), COMPOSE_BAD);
}

/* What is behind the head of the part of that type, decoded. */
static const char *
part(const char *type)
{
	const char *at = strstr(out.at, type), *end;
	size_t len;

	assert_non_null(at);
	at = strstr(at, "\r\n\r\n") + 4;
	end = strstr(at, "\r\n--=_0123456789abcdef");
	assert_non_null(end);
	assert_true(b64_decode(
	    at, (size_t)(end + 2 - at), true, (unsigned char *)text, &len));
	text[len] = '\0';
	return text;
}

static void
R_MAIL_1_thirty_days_come_with_a_calendar(void **state)
{
	struct outbox_mail m = expiry_row("expires_30", "en");

	(void)state;
	assert_int_equal(compose(&m), COMPOSE_OK);
	assert_non_null(strstr(
	    part("text/plain"), "Renew from:    25 April 2023 (JST)\r\n"));
	part("text/calendar; charset=UTF-8\r\n");
	assert_memory_equal(text, "BEGIN:VCALENDAR\r\n", 17);
	assert_non_null(strstr(text, "UID:entry_opens-0a1b2c@koshin.example"));
	assert_non_null(
	    strstr(text, "UID:entry_expires-0a1b2c@koshin.example"));
	assert_non_null(strstr(text, "DTSTART;VALUE=DATE:20230425\r\n"));
	assert_non_null(strstr(text, "DTSTART:20230525T145959Z\r\n"));
	assert_null(strstr(text, "METHOD"));
}

static void
R_CERT_3_window_is_that_of_the_profile(void **state)
{
	struct profile profiles[] = { { .name = "other", .renewal_days = 9 },
		{ .name = "person", .renewal_days = 14 } };
	struct outbox_mail m = expiry_row("expires_30", "en");

	(void)state;
	c.profiles = profiles;
	c.profile_count = COUNT(profiles);
	assert_int_equal(compose(&m), COMPOSE_OK);
	assert_non_null(
	    strstr(part("text/plain"), "Renew from:    11 May 2023 (JST)\r\n"));
	assert_non_null(
	    strstr(part("text/calendar"), "DTSTART;VALUE=DATE:20230511\r\n"));
	c.profiles = NULL;
	c.profile_count = 0;
}

static void
row_whose_calendar_cannot_be_made_is_told(void **state)
{
	static const char *const bad[] = { "", "0A", "x", "a@b", "1\r\n" };
	struct outbox_mail m;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		m = expiry_row("expires_30", "ja");
		snprintf(m.parameters[3].value, sizeof(m.parameters[3].value),
		    "%s", bad[i]);
		assert_int_equal(compose(&m), COMPOSE_BAD);
		assert_string_equal(
		    why.text, "the row has no good value for {{serial}}");
	}
	m = expiry_row("expires_30", "ja");
	m.parameter_count--; /* not_after */
	assert_int_equal(compose(&m), COMPOSE_BAD);
}

static void
entry_of_a_calendar_is_no_mail(void **state)
{
	struct outbox_mail m = expiry_row("entry_opens", "ja");

	(void)state;
	assert_int_equal(compose(&m), COMPOSE_UNKNOWN);
}

/* What only some kinds have. */
static void
put_word(struct outbox_mail *m, const struct mail_kind *kind, const char *name,
    const char *value)
{
	if (mail_kinds_word(kind, name, strlen(name)) != NULL)
		put(m, name, value);
}

static void
R_MAIL_2_each_kind_becomes_a_mail_in_both_languages(void **state)
{
	static const char *const locales[] = { "ja", "en" };

	(void)state;
	for (size_t i = 0; i < kinds_count * COUNT(locales); i++) {
		const struct mail_kind *kind = &kinds[i / 2];
		struct outbox_mail m = expiry_row(kind->name, locales[i % 2]);

		if (kind->part)
			continue;
		put_word(&m, kind, "not_before", "1653447600");
		put_word(&m, kind, "until", "1795168800");
		put_word(&m, kind, "issued_at", "1653447600");
		put_word(&m, kind, "reason", "asked by telephone");
		put_word(&m, kind, "revoked", "0a1b2c");
		put_word(&m, kind, "email", "new@example.jp");
		put_word(&m, kind, "address", "192.0.2.1");
		put_word(&m, kind, "dies_at", "1795167000");
		m.has_nonce = true;
		m.dies_at = kind->has_code ? AT + 1800 : 0;
		assert_int_equal(compose(&m), COMPOSE_OK);
		assert_null(strstr(out.at, "{{"));
		assert_int_equal(
		    kind->has_calendar, strstr(out.at, "multipart") != NULL);
		if (kind->has_calendar)
			part("text/plain");
		else
			body();
		assert_null(strstr(text, "{{"));
		assert_null(strstr(text, "://"));
		assert_non_null(strstr(text, "sample001"));
		assert_int_equal(strcmp(locales[i % 2], "ja") == 0,
		    strstr(text, "返信") != NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    R_AUTH_2_code_is_derived_and_alone_in_its_line),
		cmocka_unit_test(T3_the_old_address_gets_a_code_and_a_link),
		cmocka_unit_test(
		    R_LOCK_5_the_mail_of_a_lock_names_its_failures),
		cmocka_unit_test(R_MAIL_3_a_device_has_texts_of_its_own),
		cmocka_unit_test(R_MAIL_3_a_mail_says_whom_to_turn_to),
		cmocka_unit_test(
		    R_MAIL_1_the_days_that_are_left_are_those_of_the_calendar),
		cmocka_unit_test(I_11_notice_has_no_code),
		cmocka_unit_test(kind_of_a_newer_program_is_not_given_up),
		cmocka_unit_test(T13_recipient_is_judged_again),
		cmocka_unit_test(T13_message_id_is_judged),
		cmocka_unit_test(row_without_what_its_text_needs_is_told),
		cmocka_unit_test(R_MAIL_1_thirty_days_come_with_a_calendar),
		cmocka_unit_test(R_CERT_3_window_is_that_of_the_profile),
		cmocka_unit_test(row_whose_calendar_cannot_be_made_is_told),
		cmocka_unit_test(entry_of_a_calendar_is_no_mail),
		cmocka_unit_test(
		    R_MAIL_2_each_kind_becomes_a_mail_in_both_languages),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
