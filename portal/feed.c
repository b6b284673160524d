#include "portal/feed.h"

#include "base/hex.h"
#include "base/secret.h"
#include "policy/calendar.h"
#include "policy/window.h"
#include "portal/guard.h"
#include "portal/language.h"
#include "portal/portal.h"

#include <stdio.h>
#include <string.h>

#define FOLDER "/calendar/"
#define ENDING ".ics"
#define TOKEN_BYTES 16
#define CALENDAR_MAX (8U << 20) /* of a contract with thousands */
#define SUMMARY_MAX 512

/* ------------------------------------------------------------------ token */

void
feed_new_token(char token[FEED_TOKEN_SIZE])
{
	unsigned char bytes[TOKEN_BYTES];

	secret_random(bytes, sizeof(bytes));
	hex_write(token, bytes, sizeof(bytes));
	secret_wipe(bytes, sizeof(bytes));
}

struct digest
feed_digest(const char token[FEED_TOKEN_SIZE])
{
	return digest_of(token, FEED_TOKEN_SIZE - 1);
}

const char *
feed_url(struct flow *f, const char token[FEED_TOKEN_SIZE])
{
	return arena_printf(f->arena, "https://%s" FOLDER "%s" ENDING,
	    portal_authority(f->arena, &portal_of(f)->shared->config->portal),
	    token);
}

/* False: there is none in it. */
static bool
find_token(const char *path, char token[FEED_TOKEN_SIZE])
{
	const char *text = path + strlen(FOLDER);
	unsigned char bytes[TOKEN_BYTES];

	if (strncmp(path, FOLDER, strlen(FOLDER)) != 0 ||
	    strlen(text) != FEED_TOKEN_SIZE - 1 + strlen(ENDING) ||
	    strcmp(text + FEED_TOKEN_SIZE - 1, ENDING) != 0 ||
	    !hex_read(bytes, sizeof(bytes), text))
		return false;
	hex_write(token, bytes, sizeof(bytes));
	return true;
}

/* ---------------------------------------------------------------- entries */

/* Between the service's name and a user ID, and behind that. */
struct entry_text {
	const char *locale, *name, *of, *opens, *expires;
};

static const struct entry_text texts[] = {
	{ "ja", "電子証明書", "：", " の電子証明書の更新開始",
	    " の電子証明書の有効期限" },
	{ "en", "certificates", ": certificate of ", " can be renewed",
	    " expires" },
};

static const struct entry_text *
text_of(const char *locale)
{
	return strcmp(locale, texts[1].locale) == 0 ? &texts[1] : &texts[0];
}

/* What is written at the moment. */
struct writing {
	struct buf out;
	const struct config *config;
	const struct entry_text *text;
};

/* The kind is its first word, so that a certificate has both, as in the mails
 * (mailer/reminder.c): who has both has each once. */
static void
add(struct writing *w, const struct accounts_entry *e, const char *kind,
    const char *what, struct calendar_entry entry)
{
	char uid[320], summary[SUMMARY_MAX];

	snprintf(uid, sizeof(uid), "%s-%s@%s", kind, e->serial,
	    w->config->mail.domain);
	snprintf(summary, sizeof(summary), "%s%s%s%s", w->config->service.name,
	    w->text->of, e->user_id, what);
	entry.uid = uid;
	entry.summary = summary;
	calendar_add(&w->out, &entry, e->not_before);
}

static void
add_certificate(struct writing *w, const struct accounts_entry *e)
{
	const struct profile *profile =
	    config_profile(w->config, e->profile, strlen(e->profile));

	if (profile != NULL)
		add(w, e, "entry_opens", w->text->opens,
		    (struct calendar_entry){
			.begins =
			    window_opens(e->not_after, profile->renewal_days),
			.whole_day = true,
			.alarms = { "PT9H" } });
	add(w, e, "entry_expires", w->text->expires,
	    (struct calendar_entry){
		.begins = e->not_after, .alarms = { "-P7D", "-P1D" } });
}

/* ----------------------------------------------------------------- answer */

static enum flow_next
answer(struct flow *f, struct buf *out)
{
	bool good = buf_ok(out);

	if (good)
		flow_answer(f, "text/calendar; charset=utf-8",
		    arena_text(f->arena, out->at, out->used), out->used);
	buf_free(out);
	flow_field(f, "Cache-Control", "no-store");
	return good ? FLOW_NEXT : problem_refuse(f, PROBLEM_DOWN);
}

static enum flow_next
write_feed(struct flow *f, const char *locale, struct accounts_rows *rows)
{
	struct writing w = { .config = portal_of(f)->shared->config,
		.text = text_of(locale) };
	struct accounts_entry e;
	char name[SUMMARY_MAX];

	buf_init(&w.out, CALENDAR_MAX);
	snprintf(
	    name, sizeof(name), "%s %s", w.config->service.name, w.text->name);
	calendar_begin(&w.out, name);
	while (accounts_next(rows, &e))
		add_certificate(&w, &e);
	calendar_end(&w.out);
	return answer(f, &w.out);
}

static void
on_feed(
    void *arg, enum db_rc rc, const char *locale, struct accounts_rows *rows)
{
	struct flow *f = arg;
	enum flow_next next;

	if (rc == DB_OK)
		next = write_feed(f, locale, rows);
	else
		next = problem_refuse(
		    f, rc == DB_NONE ? PROBLEM_NOT_FOUND : PROBLEM_DOWN);
	flow_resume(f, next);
}

static enum flow_next
read_feed(struct flow *f)
{
	char token[FEED_TOKEN_SIZE];
	struct digest d;

	if (!find_token(flow_path(f), token))
		return problem_refuse(f, PROBLEM_NOT_FOUND);
	d = feed_digest(token);
	secret_wipe(token, sizeof(token));
	f->asked = accounts_read_feed(portal_of(f)->accounts, &d, on_feed, f);
	return FLOW_WAIT;
}

static const struct flow_step steps[] = {
	{ "check host", NULL, guard_host },
	/* PostgreSQL */
	{ "read feed", NULL, read_feed },
	{ NULL },
};

static const struct endpoint endpoint = {
	.name = "calendar", .methods = "GET, HEAD", .steps = steps
};

const struct endpoint *
feed_find(const char *path)
{
	char token[FEED_TOKEN_SIZE];

	return find_token(path, token) ? &endpoint : NULL;
}
