#include "portal/reports.h"

#include "base/loop.h"
#include "http/engine.h"
#include "http/json.h"
#include "portal/guard.h"
#include "portal/portal.h"

#include <string.h>

enum {
	TELL_MS = 60 * 1000,
	SHOWN_MAX = 200 /* bytes of a member in the log */
};

/* ---------------------------------------------------------------- telling */

static void
tell_more(struct reports *r)
{
	struct log_line l;

	log_begin(&l, LOG_LINE_NOTICE, "page-reports");
	log_number(&l, "count", (int64_t)r->untold);
	log_end(&l);
	r->untold = 0;
}

static void
on_minute(void *arg)
{
	struct reports *r = arg;

	r->soon = NULL;
	if (r->untold == 0)
		return;
	tell_more(r);
	r->soon = loop_after(r->base, TELL_MS, on_minute, r);
}

void
reports_begin(struct reports *r, struct event_base *base)
{
	*r = (struct reports){ .base = base };
}

void
reports_end(struct reports *r)
{
	loop_cancel(r->soon);
	r->soon = NULL;
	if (r->untold > 0)
		tell_more(r);
}

/* ---------------------------------------------------------------- reading */

struct report {
	struct json_value page, directive, blocked, source, line;
};

static char *
past(char *at, char *end, const char *word)
{
	size_t len = strlen(word);

	if (at == NULL)
		return NULL;
	at += strspn(at, " \t\r\n");
	return (size_t)(end - at) >= len && memcmp(at, word, len) == 0
		   ? at + len
		   : NULL;
}

/* What is in {"csp-report": ... }: json_read() knows nothing nested. NULL: it
 * does not look so. `text` ends in a NUL. */
static char *
unwrap(char *text, size_t *len)
{
	static const char white[] = " \t\r\n";
	char *end = text + *len, *at;

	at = past(text, end, "{");
	at = past(at, end, "\"csp-report\"");
	at = past(at, end, ":");
	if (at == NULL)
		return NULL;
	while (end > at && strchr(white, end[-1]) != NULL)
		end--;
	if (end == at || end[-1] != '}')
		return NULL;
	*len = (size_t)(end - 1 - at);
	return at;
}

/* All that browsers send (CSP3 5.3), most of which we know ourselves. */
static bool
read_report(char *text, size_t len, struct report *out)
{
	struct json_value rest[7];
	const struct json_member members[] = {
#define TEXT(name_, into_)                                                     \
	{ name_, JSON_TEXT, .max = 8192, .optional = true, .into = into_ }
#define NUMBER(name_, into_)                                                   \
	{                                                                      \
		name_, JSON_INTEGER, .optional = true, .into = into_           \
	}
		TEXT("document-uri", &out->page),
		TEXT("effective-directive", &out->directive),
		TEXT("blocked-uri", &out->blocked),
		TEXT("source-file", &out->source),
		NUMBER("line-number", &out->line),
		TEXT("referrer", &rest[0]),
		TEXT("violated-directive", &rest[1]),
		TEXT("original-policy", &rest[2]),
		TEXT("disposition", &rest[3]),
		TEXT("script-sample", &rest[4]),
		NUMBER("status-code", &rest[5]),
		NUMBER("column-number", &rest[6]),
#undef TEXT
#undef NUMBER
	};
	struct json_fault fault;
	char *inner = unwrap(text, &len);

	return inner != NULL &&
	       json_read(inner, len, members,
		   sizeof(members) / sizeof(members[0]), &fault);
}

static void
put_text(struct log_line *l, const char *key, const struct json_value *v)
{
	if (v->there)
		log_bytes(
		    l, key, v->text, v->len < SHOWN_MAX ? v->len : SHOWN_MAX);
}

/* One that cannot be read is one all the same. */
static void
tell_first(struct flow *f)
{
	struct report report = { 0 };
	struct log_line l;
	size_t len;
	const unsigned char *body = flow_body(f, &len);
	char *text = arena_text(f->arena, (const char *)body, len);

	log_begin(&l, LOG_LINE_NOTICE, "page-report");
	if (text != NULL && read_report(text, len, &report)) {
		put_text(&l, "page", &report.page);
		put_text(&l, "directive", &report.directive);
		put_text(&l, "blocked", &report.blocked);
		put_text(&l, "source", &report.source);
		if (report.line.there)
			log_number(&l, "line", report.line.integer);
	} else {
		log_text(&l, "note", "unread");
	}
	log_end(&l);
}

static enum flow_next
count(struct flow *f)
{
	struct reports *r = portal_of(f)->reports;

	if (r->soon != NULL) {
		r->untold++;
	} else {
		tell_first(f);
		r->soon = loop_after(r->base, TELL_MS, on_minute, r);
	}
	flow_field(f, "Cache-Control", "no-store");
	return FLOW_NEXT;
}

static const struct flow_step steps[] = {
	{ "check host", NULL, guard_host },
	{ "check origin", NULL, guard_origin },
	{ "count", NULL, count },
	{ NULL },
};

const struct endpoint reports_endpoint = {
	.name = "report", .methods = "POST", .steps = steps, .quiet = true
};
