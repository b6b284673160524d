#include "mailer/smtp_verdict.h"

#include "tests/lib/test.h"

#include <string.h>

static void
said(struct smtp_talk *t, const char *line)
{
	smtp_talk_said(t, line, strlen(line));
}

static void
heard(struct smtp_talk *t, const char *line)
{
	smtp_talk_heard(t, line, strlen(line));
}

/* A conversation up to `verb`, which is answered by `answer` (or nothing). */
static struct smtp_talk
talk(const char *verb, const char *answer)
{
	static const char *const verbs[] = { "EHLO me\r\n",
		"MAIL FROM:<a@b.example>\r\n", "RCPT TO:<c@d.example>\r\n",
		"DATA\r\n" };
	struct smtp_talk t = { 0 };

	heard(&t, "220 hello\r\n");
	for (size_t i = 0; i < COUNT(verbs); i++) {
		said(&t, verbs[i]);
		if (strncmp(verbs[i], verb, 4) == 0)
			break;
		heard(&t, "250 fine\r\n");
	}
	if (answer != NULL)
		heard(&t, answer);
	return t;
}

static void
F_49_F_50_verdict_by_verb_and_answer(void **state)
{
	static const struct {
		const char *verb, *answer;
		CURLcode result;
		enum smtp_end end;
	} cases[] = {
		{ "DATA", "250 kept\r\n", CURLE_OK, SMTP_SENT },
		{ "RCPT", "550 no\r\n", CURLE_SEND_ERROR, SMTP_REFUSED },
		{ "RCPT", "450 later\r\n", CURLE_SEND_ERROR, SMTP_LATER },
		{ "RCPT", NULL, CURLE_OPERATION_TIMEDOUT, SMTP_LATER },
		{ "RCPT", NULL, CURLE_RECV_ERROR, SMTP_LATER },
		{ "DATA", "554 spam\r\n", CURLE_WEIRD_SERVER_REPLY,
		    SMTP_REFUSED },
		{ "DATA", "452 full\r\n", CURLE_SEND_ERROR, SMTP_LATER },
		{ "DATA", NULL, CURLE_GOT_NOTHING, SMTP_LATER },
		{ "DATA", "354 go on\r\n", CURLE_OPERATION_TIMEDOUT,
		    SMTP_LATER },
		{ "MAIL", "550 not you\r\n", CURLE_SEND_ERROR, SMTP_TROUBLE },
		{ "MAIL", "451 later\r\n", CURLE_SEND_ERROR, SMTP_LATER },
		{ "EHLO", "421 busy\r\n", CURLE_WEIRD_SERVER_REPLY, SMTP_DOWN },
		{ "EHLO", "554 go away\r\n", CURLE_REMOTE_ACCESS_DENIED,
		    SMTP_TROUBLE },
		{ "EHLO", NULL, CURLE_COULDNT_CONNECT, SMTP_DOWN },
		{ "EHLO", NULL, CURLE_COULDNT_RESOLVE_HOST, SMTP_DOWN },
		{ "EHLO", "250 fine\r\n", CURLE_USE_SSL_FAILED, SMTP_TROUBLE },
		{ "EHLO", "220 tls\r\n", CURLE_PEER_FAILED_VERIFICATION,
		    SMTP_TROUBLE },
		{ "EHLO", "535 no\r\n", CURLE_LOGIN_DENIED, SMTP_TROUBLE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct smtp_talk t = talk(cases[i].verb, cases[i].answer);

		if (smtp_verdict(&t, cases[i].result) != cases[i].end)
			fail_msg("%s, %s", cases[i].verb,
			    cases[i].answer ? cases[i].answer : "silence");
	}
}

static void
C_42_what_a_relay_has_against_us_is_no_mails_fault(void **state)
{
	static const struct {
		const char *answer;
		enum smtp_end end;
	} cases[] = {
		{ "504 5.5.2 <web1>: Helo command rejected: need "
		  "fully-qualified hostname",
		    SMTP_TROUBLE },
		{ "501 5.5.2 <web_1>: Helo command rejected: Invalid name",
		    SMTP_TROUBLE },
		{ "550 5.7.1 <web1>: Helo command rejected: Host not found",
		    SMTP_TROUBLE },
		{ "550 HELO/EHLO name is no good", SMTP_TROUBLE },
		{ "554 5.7.1 <c@d.example>: Relay access denied", SMTP_LATER },
		{ "550 relay not permitted", SMTP_LATER },
		{ "550 5.7.1 <c@d.example>... Relaying denied", SMTP_LATER },
		{ "554 5.7.1 <h[192.0.2.1]>: Client host rejected: Access "
		  "denied",
		    SMTP_TROUBLE },
		{ "553 5.7.1 <a@b.example>: Sender address rejected: not "
		  "logged in",
		    SMTP_TROUBLE },
		{ "530 5.7.0 Must issue a STARTTLS command first",
		    SMTP_TROUBLE },
		{ "503 need MAIL before RCPT", SMTP_TROUBLE },
		/* And what is his; others must get theirs. */
		{ "550 5.1.1 <c@d.example>: Recipient address rejected: User "
		  "unknown in local recipient table",
		    SMTP_REFUSED },
		{ "501 5.1.3 Bad recipient address syntax", SMTP_REFUSED },
		{ "550 5.1.1 <relay@d.example>: who is that?", SMTP_REFUSED },
		{ "550 helo@d.example is unknown", SMTP_REFUSED },
		{ "550 <relay@d.example> is unknown", SMTP_REFUSED },
		{ "550 5.2.1 Mailbox disabled, not accepting", SMTP_REFUSED },
		{ "552 5.2.2 Mailbox full", SMTP_REFUSED },
		{ "550 5.7.1 <c@d.example>: Recipient address rejected: "
		  "host mx said: Client host rejected",
		    SMTP_REFUSED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct smtp_talk t = talk("RCPT", cases[i].answer);

		if (smtp_verdict(&t, CURLE_SEND_ERROR) != cases[i].end)
			fail_msg("%s", cases[i].answer);
	}
}

/* libcurl says farewell before it tells us; its answer is not the reason. */
static void
farewell_does_not_hide_the_refusal(void **state)
{
	struct smtp_talk t = talk("RCPT", "550 5.1.1 no such user\r\n");

	(void)state;
	assert_true(smtp_talk_said(&t, "QUIT\r\n", 6));
	heard(&t, "221 bye\r\n");
	assert_int_equal(smtp_verdict(&t, CURLE_SEND_ERROR), SMTP_REFUSED);
	assert_string_equal(t.answer, "550 5.1.1 no such user");
	assert_int_equal(t.code, 550);
}

static void
answers_are_clean_and_short(void **state)
{
	struct smtp_talk t = { 0 };
	char line[600];

	(void)state;
	heard(&t, "550-first\r\n");
	heard(&t, "550 a\x1b[31m\tb\x7f\xe3\n");
	assert_string_equal(t.answer, "550 a?[31m?b??");
	memset(line, 'x', sizeof(line));
	smtp_talk_heard(&t, line, sizeof(line));
	assert_int_equal(strlen(t.answer), SMTP_ANSWER_MAX - 1);
	assert_int_equal(t.code, 0);
	smtp_talk_heard(&t, "", 0);
	assert_string_equal(t.answer, "");
}

static void
reason_keeps_what_was_heard(void **state)
{
	struct smtp_talk t = talk("RCPT", NULL);

	(void)state;
	smtp_talk_reason(&t, CURLE_OPERATION_TIMEDOUT);
	assert_string_equal(t.answer, "Timeout was reached; last: 250 fine");
	memset(&t, 0, sizeof(t));
	smtp_talk_reason(&t, CURLE_OPERATION_TIMEDOUT);
	assert_string_equal(t.answer, "Timeout was reached");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(F_49_F_50_verdict_by_verb_and_answer),
		cmocka_unit_test(
		    C_42_what_a_relay_has_against_us_is_no_mails_fault),
		cmocka_unit_test(farewell_does_not_hide_the_refusal),
		cmocka_unit_test(answers_are_clean_and_short),
		cmocka_unit_test(reason_keeps_what_was_heard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
