#include "mailer/compose.h"

#include "mailer/message.h"
#include "policy/input.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SUBJECT_MAX 1024

struct values {
	const struct compose *c;
	const struct outbox_mail *mail;
	const char *code;
	char made_at[24];
};

/* What the courier knows goes before what the row says. */
static const char *
value_of(void *arg, const char *word)
{
	struct values *v = arg;

	if (strcmp(word, KINDS_SERVICE) == 0)
		return v->c->service;
	if (strcmp(word, KINDS_MADE_AT) == 0)
		return v->made_at;
	if (strcmp(word, KINDS_CODE) == 0)
		return v->code;
	for (size_t i = 0; i < v->mail->parameter_count; i++)
		if (strcmp(v->mail->parameters[i].name, word) == 0)
			return v->mail->parameters[i].value;
	return NULL;
}

/* What goes into the header and the envelope as it is. */
static bool
judge(const struct kind *kind, const struct outbox_mail *m, char *why,
    size_t why_size)
{
	static const char id_safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789_.-";
	const char *wrong = input_email(m->recipient, strlen(m->recipient));

	if (wrong != NULL)
		snprintf(why, why_size, "the recipient %s", wrong);
	else if (m->message_id[0] == '\0' ||
		 m->message_id[strspn(m->message_id, id_safe)] != '\0')
		snprintf(why, why_size, "the row's message_id is not one");
	else if (kind->has_code && !m->has_nonce)
		snprintf(why, why_size, "the row has no nonce for its code");
	else
		return true;
	return false;
}

static bool
build(struct values *v, const struct kind *kind, struct buf *out, char *why,
    size_t why_size)
{
	const struct outbox_mail *m = v->mail;
	struct buf subject, body;
	const char *missing;
	bool good;

	buf_init(&subject, SUBJECT_MAX);
	buf_init(&body, MESSAGE_MAX);
	good = template_fill(template_find(v->c->texts, kind, m->locale),
	    value_of, v, &subject, &body, &missing);
	if (good) {
		struct message message = { .service = v->c->service,
			.from = v->c->from,
			.to = m->recipient,
			.subject = subject.at,
			.body = body.at,
			.body_len = body.used,
			.id = m->message_id,
			.domain = v->c->domain,
			.date = m->made_at,
			.expires = kind->has_code ? m->dies_at : 0 };

		good = message_build(&message, out);
		missing = NULL;
	}
	if (!good && missing != NULL)
		snprintf(why, why_size, "the row has no good value for {{%s}}",
		    missing);
	else if (!good)
		snprintf(why, why_size, "the mail is too long");
	buf_free(&subject);
	buf_free(&body);
	return good;
}

enum compose_rc
compose_mail(const struct compose *c, const struct outbox_mail *m,
    struct buf *out, char code[CODE_DIGITS + 1], char *why, size_t why_size)
{
	const struct kind *kind = kinds_find(m->kind);
	struct values v = { .c = c, .mail = m, .code = code };

	code[0] = '\0';
	if (kind == NULL) {
		snprintf(why, why_size, "this program knows no such kind: %s",
		    m->kind);
		return COMPOSE_UNKNOWN;
	}
	if (!judge(kind, m, why, why_size))
		return COMPOSE_BAD;
	if (kind->has_code)
		code_derive(c->code_key, m->nonce, code);
	snprintf(v.made_at, sizeof(v.made_at), "%" PRId64, (int64_t)m->made_at);
	return build(&v, kind, out, why, why_size) ? COMPOSE_OK : COMPOSE_BAD;
}
