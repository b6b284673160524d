#include "mailer/smtp_verdict.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool
begins(const char *line, size_t len, const char *verb)
{
	return len >= strlen(verb) && memcmp(line, verb, strlen(verb)) == 0;
}

bool
smtp_talk_said(struct smtp_talk *t, const char *line, size_t len)
{
	if (begins(line, len, "QUIT"))
		t->over = true;
	if (t->over)
		return true;
	if (begins(line, len, "MAIL "))
		t->phase = SMTP_PHASE_MAIL;
	else if (begins(line, len, "RCPT "))
		t->phase = SMTP_PHASE_RCPT;
	else if (begins(line, len, "DATA"))
		t->phase = SMTP_PHASE_DATA;
	t->code = 0;
	return false;
}

static unsigned
code_of(const char *line, size_t len)
{
	unsigned code = 0;

	for (size_t i = 0; i < 3; i++) {
		if (i >= len || line[i] < '0' || line[i] > '9')
			return 0;
		code = code * 10 + (unsigned)(line[i] - '0');
	}
	return code;
}

/* Keeps the last line, in printable ASCII (it goes to a database). */
void
smtp_talk_heard(struct smtp_talk *t, const char *line, size_t len)
{
	size_t used = 0;

	if (t->over)
		return;
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	t->code = code_of(line, len);
	for (size_t i = 0; i < len && used < sizeof(t->answer) - 1; i++)
		t->answer[used++] =
		    line[i] >= 0x20 && line[i] <= 0x7e ? line[i] : '?';
	t->answer[used] = '\0';
}

void
smtp_talk_reason(struct smtp_talk *t, CURLcode result)
{
	char heard[SMTP_ANSWER_MAX];

	memcpy(heard, t->answer, sizeof(heard));
	if (snprintf(t->answer, sizeof(t->answer), "%s%s%s",
		curl_easy_strerror(result), heard[0] != '\0' ? "; last: " : "",
		heard) < 0)
		t->answer[0] = '\0';
}

static bool
is_trouble(CURLcode result)
{
	switch (result) {
	case CURLE_LOGIN_DENIED:
	case CURLE_USE_SSL_FAILED: /* no STARTTLS on offer */
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return true;
	default:
		return false;
	}
}

/*
 * Whether a word of the answer begins so. Words with an address in them are
 * left out: whose mail it is, is for whoever owns that address to choose.
 */
static bool
has_word(const char *answer, const char *beginning)
{
	while (*answer != '\0') {
		size_t len = strcspn(answer, " ");
		bool quoted = memchr(answer, '@', len) != NULL;

		if (!quoted &&
		    strncasecmp(answer, beginning, strlen(beginning)) == 0)
			return true;
		answer += len;
		answer += strspn(answer, " ");
	}
	return false;
}

/*
 * A relay may keep until RCPT what it has against this host, its greeting or
 * the sender (Postfix does so unless told otherwise): every mail would fare
 * like this one, and none may be given up for it. That the command is wrong
 * (RFC 5321 4.2.2: 500 to 504) is about us too; 5.1.x is about an address
 * (RFC 3463 3.2).
 */
static bool
is_about_us(const struct smtp_talk *t)
{
	static const char *const words[] = { "helo", "ehlo", "client", "sender",
		"authentication" };

	if (t->phase != SMTP_PHASE_RCPT || has_word(t->answer, "5.1.") ||
	    has_word(t->answer, "recipient"))
		return false;
	if (t->code <= 504 || t->code == 530)
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (has_word(t->answer, words[i]))
			return true;
	return false;
}

/*
 * That it does not relay, it may say of all mails or of one domain: that mail
 * is kept, and others are tried, for users choose their domains.
 */
static enum smtp_end
verdict_for_good(const struct smtp_talk *t)
{
	if (t->phase == SMTP_PHASE_MAIL || is_about_us(t))
		return SMTP_TROUBLE;
	if (t->phase == SMTP_PHASE_RCPT && has_word(t->answer, "relay") &&
	    !has_word(t->answer, "5.1."))
		return SMTP_LATER;
	return SMTP_REFUSED;
}

enum smtp_end
smtp_verdict(const struct smtp_talk *t, CURLcode result)
{
	if (result == CURLE_OK)
		return SMTP_SENT;
	if (is_trouble(result))
		return SMTP_TROUBLE;
	if (t->phase == SMTP_PHASE_OPEN)
		return t->code >= 500 ? SMTP_TROUBLE : SMTP_DOWN;
	if (t->code >= 500)
		return verdict_for_good(t);
	return SMTP_LATER;
}
