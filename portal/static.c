#include "portal/static.h"

#include "http/engine.h"
#include "portal/guard.h"
#include "portal/portal.h"
#include "portal/reports.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/*
 * Nothing but our own files runs, and no text becomes code. `blob:` is not in
 * it: a file that is saved needs none. `asked`: who is asked beside ourselves.
 */
#define POLICY(asked)                                                          \
	"default-src 'none'; script-src 'self'; style-src 'self'; "            \
	"img-src 'self'; connect-src 'self'" asked "; form-action 'self'; "    \
	"base-uri 'none'; frame-ancestors 'none'; "                            \
	"require-trusted-types-for 'script'; trusted-types 'none'; "           \
	"report-uri " REPORTS_PATH

/* Of a picture that is opened by itself: nothing of it runs. */
#define PICTURE_POLICY "default-src 'none'; style-src 'unsafe-inline'; sandbox"

#define PERMISSIONS                                                            \
	"camera=(), display-capture=(), geolocation=(), microphone=(), "       \
	"payment=(), usb=()"

#define PAGE_MAX 256 /* bytes of the path of one */

/* Which have no page of their own at either listener. */
static const char *const at_both[] = { "/404", "/old" };

static const struct file *
find(const char *path)
{
	for (size_t i = 0; i < files_count; i++)
		if (strcmp(files[i].path, path) == 0)
			return &files[i];
	return NULL;
}

static bool
is_at_both(const struct file *file)
{
	for (size_t i = 0; i < sizeof(at_both) / sizeof(at_both[0]); i++)
		if (strcmp(file->path, at_both[i]) == 0)
			return true;
	return !file->page;
}

static const struct file *
find_in(const char *folder, const char *path)
{
	char page[PAGE_MAX];
	int n = snprintf(page, sizeof(page), "%s%s", folder,
	    strcmp(path, "/") == 0 ? "/index" : path);

	return n > 0 && (size_t)n < sizeof(page) ? find(page) : NULL;
}

static bool
is_in(const char *folder, const char *path)
{
	size_t len = strlen(folder);

	return strncmp(path, folder, len) == 0 && path[len] == '/';
}

const struct file *
static_find(const char *path, const char *folder)
{
	const struct file *file = folder != NULL ? find_in(folder, path) : NULL;

	if (file != NULL)
		return file;
	file = find(path);
	if (file == NULL || is_at_both(file))
		return file;
	return folder != NULL || is_in(STATIC_OF_MEMBERS, path) ||
		       is_in(STATIC_OF_OPERATORS, path)
		   ? NULL
		   : file;
}

/* Is a certificate installed? The member area is asked that, under a label that
 * the page makes up (shown.h). */
static const char *
policy(struct flow *f)
{
	const struct config_site *member =
	    &portal_of(f)->shared->config->member;

	return member->host == NULL
		   ? POLICY("")
		   : arena_printf(f->arena, POLICY(" https://*.%s"),
			 portal_authority(f->arena, member));
}

void
static_page_fields(struct flow *f)
{
	flow_field(f, "Content-Security-Policy", policy(f));
	flow_field(f, "Permissions-Policy", PERMISSIONS);
	flow_field(f, "Cross-Origin-Opener-Policy", "same-origin");
}

/* One of the tags of a list (RFC 9110 13.1.2); a weak one counts as well. */
static bool
has_tag(const char *list, const char *etag)
{
	return list != NULL &&
	       (strcmp(list, "*") == 0 || strstr(list, etag) != NULL);
}

/* RFC 9110 12.5.3, as far as browsers use it: gzip is named, and not by a
 * weight of zero. */
static bool
takes_gzip(const char *codings)
{
	const char *at = codings != NULL ? strcasestr(codings, "gzip") : NULL;

	if (at == NULL)
		return false;
	at += strlen("gzip");
	at += strspn(at, " \t;");
	return strncasecmp(at, "q=0", 3) != 0 || at[3] == '.';
}

static void
answer(struct flow *f, const struct file *file)
{
	bool gzip = file->gzip.len < file->plain.len &&
		    takes_gzip(flow_header(f, "Accept-Encoding"));
	const struct file_bytes *bytes = gzip ? &file->gzip : &file->plain;

	flow_answer(f, file->type, bytes->at, bytes->len);
	if (gzip)
		flow_field(f, "Content-Encoding", "gzip");
}

static const char *
how_long(const struct file *file)
{
	if (file->page)
		return "no-store";
	return file->lasting ? "public, max-age=31536000, immutable"
			     : "no-cache";
}

static enum flow_next
send_file(struct flow *f)
{
	const struct file *file = f->found;

	if (has_tag(flow_header(f, "If-None-Match"), file->etag))
		f->unchanged = true;
	else
		answer(f, file);
	flow_field(f, "ETag", file->etag);
	flow_field(f, "Vary", "Accept-Encoding");
	flow_field(f, "Cache-Control", how_long(file));
	if (file->page)
		static_page_fields(f);
	else if (strcmp(file->type, "image/svg+xml") == 0)
		flow_field(f, "Content-Security-Policy", PICTURE_POLICY);
	return FLOW_NEXT;
}

static const struct flow_step steps[] = {
	{ "check host", NULL, guard_host },
	{ "send file", NULL, send_file },
	{ NULL },
};

const struct endpoint static_endpoint = {
	.name = "page", .methods = "GET, HEAD", .steps = steps
};
