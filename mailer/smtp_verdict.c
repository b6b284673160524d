#include "mailer/smtp_verdict.h"

#include <stdio.h>
#include <string.h>

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
		return t->phase == SMTP_PHASE_MAIL ? SMTP_TROUBLE
						   : SMTP_REFUSED;
	return SMTP_LATER;
}
