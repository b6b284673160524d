#include "mailer/compose.h"

#include "mailer/message.h"
#include "mailer/reminder.h"
#include "policy/input.h"
#include "policy/notice.h"
#include "policy/validity.h"
#include "policy/window.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUBJECT_MAX 1024
#define KEEP_SIZE (300 + CODE_TOKEN_SIZE) /* a name, a port, a path */

struct values {
	const struct compose *c;
	const struct outbox_mail *mail;
	const struct compose_secrets *secrets;
	char keep[KEEP_SIZE]; /* empty: there is no such place */
	char made_at[24];
	/* Empty: the row is not about an end. */
	char opens[24], days[24];
};

static const char *
parameter(const struct outbox_mail *m, const char *name)
{
	for (size_t i = 0; i < m->parameter_count; i++)
		if (strcmp(m->parameters[i].name, name) == 0)
			return m->parameters[i].value;
	return NULL;
}

/* What the courier knows goes before what the row says. */
static const char *
value_of(void *arg, const char *word)
{
	struct values *v = arg;

	if (strcmp(word, MAIL_KINDS_SERVICE) == 0)
		return v->c->service;
	if (strcmp(word, MAIL_KINDS_MADE_AT) == 0)
		return v->made_at;
	if (strcmp(word, MAIL_KINDS_CODE) == 0)
		return v->secrets->code;
	if (strcmp(word, MAIL_KINDS_KEEP) == 0)
		return v->keep[0] != '\0' ? v->keep : NULL;
	if (strcmp(word, MAIL_KINDS_CONTACT) == 0)
		return v->c->contact;
	if (strcmp(word, MAIL_KINDS_URL) == 0)
		return v->c->url;
	if (strcmp(word, MAIL_KINDS_OPENS) == 0)
		return v->opens[0] != '\0' ? v->opens : NULL;
	if (strcmp(word, MAIL_KINDS_DAYS) == 0)
		return v->days[0] != '\0' ? v->days : NULL;
	return parameter(v->mail, word);
}

/* ----------------------------------------------------------- renewal */

/* A profile that is gone had the window of the service rules. */
static unsigned
renewal_days(const struct compose *c, const char *profile)
{
	for (size_t i = 0; profile != NULL && i < c->profile_count; i++)
		if (strcmp(c->profiles[i].name, profile) == 0)
			return c->profiles[i].renewal_days;
	return NOTICE_FIRST_DAYS;
}

static bool
read_time(const char *text, time_t *at)
{
	char *end;

	errno = 0;
	*at = text != NULL ? (time_t)strtoll(text, &end, 10) : 0;
	return text != NULL && errno == 0 && end != text && *end == '\0';
}

static void
put_opens(struct values *v)
{
	const char *profile = parameter(v->mail, "profile");
	time_t not_after;

	if (!read_time(parameter(v->mail, "not_after"), &not_after))
		return;
	snprintf(v->opens, sizeof(v->opens), "%" PRId64,
	    (int64_t)window_opens(not_after, renewal_days(v->c, profile)));
	snprintf(v->days, sizeof(v->days), "%u",
	    validity_days_between(v->mail->made_at, not_after));
}

static enum template_holder
holder_of(const struct outbox_mail *m)
{
	const char *role = parameter(m, "role");

	return role != NULL && strcmp(role, "device") == 0 ? TEMPLATE_DEVICE
							   : TEMPLATE_PERSON;
}

static bool
add_calendar(struct values *v, struct buf *out, const char **missing)
{
	const struct outbox_mail *m = v->mail;
	struct reminder r = { .texts = v->c->texts,
		.locale = m->locale,
		.holder = holder_of(m),
		.serial = parameter(m, "serial"),
		.domain = v->c->domain,
		.made_at = m->made_at };

	*missing = "serial";
	if (r.serial == NULL || r.serial[0] == '\0' ||
	    r.serial[strspn(r.serial, "0123456789abcdef")] != '\0')
		return false;
	*missing = "not_after";
	if (!read_time(parameter(m, "not_after"), &r.not_after) ||
	    !read_time(v->opens, &r.opens))
		return false;
	return reminder_build(&r, value_of, v, out, missing);
}

/* ------------------------------------------------------------- whole */

/* What goes into the header and the envelope as it is. */
static bool
judge(const struct mail_kind *kind, const struct outbox_mail *m,
    struct fault *why)
{
	static const char id_safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789_.-";
	const char *wrong = input_email(m->recipient, strlen(m->recipient));

	if (wrong != NULL)
		fault_set(why, "the recipient %s", wrong);
	else if (m->message_id[0] == '\0' ||
		 m->message_id[strspn(m->message_id, id_safe)] != '\0')
		fault_set(why, "the row's message_id is not one");
	else if (kind->has_code && !m->has_nonce)
		fault_set(why, "the row has no nonce for its code");
	else
		return true;
	return false;
}

struct parts {
	struct buf subject, body, calendar;
};

static bool
fill(struct values *v, const struct mail_kind *kind, struct parts *p,
    const char **missing)
{
	buf_init(&p->subject, SUBJECT_MAX);
	buf_init(&p->body, MESSAGE_MAX);
	buf_init(&p->calendar, MESSAGE_MAX);
	if (!template_fill(template_find(v->c->texts, kind, v->mail->locale,
			       holder_of(v->mail)),
		value_of, v, &p->subject, &p->body, missing))
		return false;
	return !kind->has_calendar || add_calendar(v, &p->calendar, missing);
}

static bool
build(struct values *v, const struct mail_kind *kind, struct buf *out,
    struct fault *why)
{
	const struct outbox_mail *m = v->mail;
	struct parts p;
	const char *missing;
	bool good = fill(v, kind, &p, &missing);

	if (good) {
		struct message message = { .service = v->c->service,
			.from = v->c->from,
			.to = m->recipient,
			.subject = p.subject.at,
			.body = p.body.at,
			.body_len = p.body.used,
			.calendar = p.calendar.at,
			.calendar_len = p.calendar.used,
			.id = m->message_id,
			.domain = v->c->domain,
			.date = m->made_at,
			.expires = kind->has_code ? m->dies_at : 0 };

		good = message_build(&message, out);
		missing = NULL;
	}
	if (!good && missing != NULL)
		fault_set(why, "the row has no good value for {{%s}}", missing);
	else if (!good)
		fault_set(why, "the mail is too long");
	buf_free(&p.subject);
	buf_free(&p.body);
	buf_free(&p.calendar);
	return good;
}

static void
put_secrets(struct values *v, const struct mail_kind *kind,
    struct compose_secrets *secrets)
{
	const struct compose *c = v->c;

	if (kind->has_code && !kind->of_address)
		code_derive(c->code_key, v->mail->nonce, secrets->code);
	if (!kind->of_address)
		return;
	code_derive_email(c->code_key, v->mail->nonce, secrets->code);
	code_derive_token(c->code_key, v->mail->nonce, secrets->token);
	if (c->keep != NULL)
		snprintf(
		    v->keep, sizeof(v->keep), "%s%s", c->keep, secrets->token);
}

enum compose_rc
compose_mail(const struct compose *c, const struct outbox_mail *m,
    struct buf *out, struct compose_secrets *secrets, struct fault *why)
{
	const struct mail_kind *kind = mail_kinds_find(m->kind);
	struct values v = { .c = c, .mail = m, .secrets = secrets };
	enum compose_rc rc;

	*secrets = (struct compose_secrets){ .code = "" };
	if (kind == NULL || kind->part) {
		fault_set(why, "this program knows no such kind: %s", m->kind);
		return COMPOSE_UNKNOWN;
	}
	if (!judge(kind, m, why))
		return COMPOSE_BAD;
	put_secrets(&v, kind, secrets);
	put_opens(&v);
	snprintf(v.made_at, sizeof(v.made_at), "%" PRId64, (int64_t)m->made_at);
	rc = build(&v, kind, out, why) ? COMPOSE_OK : COMPOSE_BAD;
	secret_wipe(v.keep, sizeof(v.keep));
	return rc;
}
