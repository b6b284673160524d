/*
 * smtp_verdict - follows a conversation with a relay and judges how a mail
 * ended. libcurl's result alone does not say: 55 is a refused sender, a
 * refused recipient and a lost connection. For smtp.c.
 */
#ifndef MAILER_SMTP_VERDICT_H
#define MAILER_SMTP_VERDICT_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

#include "mailer/smtp.h"

/* How far it has come: what was said last. */
enum smtp_phase {
	SMTP_PHASE_OPEN, /* nothing of this mail yet */
	SMTP_PHASE_MAIL,
	SMTP_PHASE_RCPT,
	SMTP_PHASE_DATA, /* and the text, to the answer to its last dot */
};

struct smtp_talk {
	enum smtp_phase phase;
	bool over;     /* QUIT was said: the rest is about nothing */
	unsigned code; /* of the last answer to what was said last; or 0 */
	char answer[SMTP_ANSWER_MAX];
};

/* True if that was the farewell. */
bool smtp_talk_said(struct smtp_talk *, const char *line, size_t len);
void smtp_talk_heard(struct smtp_talk *, const char *line, size_t len);
/* Puts libcurl's words in front of the relay's. */
void smtp_talk_reason(struct smtp_talk *, CURLcode);

enum smtp_end smtp_verdict(const struct smtp_talk *, CURLcode);

#endif
