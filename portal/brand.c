#include "portal/brand.h"

#include "base/digest.h"
#include "config/config.h"
#include "http/json.h"
#include "policy/logo.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SCRIPT_MAX 4096
#define STYLE_MAX 512
#define URL_MAX 1024
#define GUILLOCHE_LIGHT "28" /* how much of it is seen, as style.css has it */
#define GUILLOCHE_DARK "30"
#define DARK_INK "#16181d" /* on it, as on paper */

/* ------------------------------------------------------------------ files */

static void
put_file(struct brand *b, int which, const char *path, const char *type,
    const struct buf *content)
{
	const unsigned char *at = (const unsigned char *)content->at;
	struct digest digest = digest_of(content->at, content->used);
	char hex[DIGEST_HEX_SIZE];

	digest_write(&digest, hex);
	snprintf(b->etags[which], BRAND_ETAG_SIZE, "\"%.16s\"", hex);
	b->files[which] = (struct file){ .path = path,
		.type = type,
		.etag = b->etags[which],
		.plain = { at, content->used },
		.gzip = { at, content->used } };
}

/* ----------------------------------------------------------------- script */

/* What style.css says of both colours; `text` is its own, and empty if it has
 * to say nothing. */
static void
write_style(const struct config_site *p, char text[STYLE_MAX])
{
	text[0] = '\0';
	if (p->accent == NULL)
		return;
	snprintf(text, STYLE_MAX,
	    ":root{--key:%s;--key-hover:%s;--guilloche:%s" GUILLOCHE_LIGHT "}"
	    "@media(prefers-color-scheme:dark){:root{--key:%s;--key-hover:%s;"
	    "--key-ink:" DARK_INK ";--guilloche:%s" GUILLOCHE_DARK "}}",
	    p->accent, p->accent, p->accent, p->accent_dark, p->accent_dark,
	    p->accent_dark);
}

/* Where people begin: on a slip that a master hands over it is all they have.
 * As mails call it, if they do. */
static void
write_portal(const struct config *c, char text[URL_MAX])
{
	char authority[CONFIG_AUTHORITY_SIZE];

	text[0] = '\0';
	if (c->service.url != NULL) {
		snprintf(text, URL_MAX, "%s", c->service.url);
	} else if (c->portal.host != NULL) {
		config_authority(&c->portal, authority);
		snprintf(text, URL_MAX, "https://%s/", authority);
	}
}

static const char *
or_empty(const char *text)
{
	return text != NULL ? text : "";
}

/* JSON is a value of that language, too. */
static bool
make_script(struct brand *b, const struct config *c, struct fault *why)
{
	char style[STYLE_MAX], portal[URL_MAX];
	struct buf value;

	write_style(&c->portal, style);
	write_portal(c, portal);
	buf_init(&value, SCRIPT_MAX);
	json_open(&value, NULL, '{');
	json_text(&value, "name", or_empty(c->service.name));
	json_text(&value, "contact", or_empty(c->service.contact));
	json_text(&value, "portal", portal);
	json_flag(&value, "logo", c->portal.logo != NULL);
	json_flag(&value, "members", c->member.host != NULL);
	json_text(&value, "style", style);
	json_close(&value, '}');
	buf_text(&b->script, "export default ");
	buf_add(&b->script, value.at, value.used);
	buf_text(&b->script, ";\n");
	b->script.failed |= !buf_ok(&value);
	buf_free(&value);
	if (!buf_ok(&b->script))
		return fault_set(why, "the names of service do not fit a page");
	put_file(
	    b, 0, "/brand.js", "text/javascript; charset=utf-8", &b->script);
	return true;
}

/* ------------------------------------------------------------------- logo */

static bool
read_logo(struct brand *b, const char *path, struct fault *why)
{
	char bytes[LOGO_MAX + 1];
	FILE *file = fopen(path, "r");
	size_t len;

	if (file == NULL)
		return fault_set(why, "%s: %s", path, strerror(errno));
	len = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	if (!logo_check(bytes, len, why))
		return fault_set(why, "%s: %s", path, why->text);
	buf_add(&b->logo, bytes, len);
	if (!buf_ok(&b->logo))
		return fault_set(why, "%s: there is no memory for it", path);
	put_file(b, 1, "/brand.svg", "image/svg+xml", &b->logo);
	return true;
}

bool
brand_make(struct brand *b, const struct config *c, struct fault *why)
{
	*b = (struct brand){ 0 };
	buf_init(&b->script, SCRIPT_MAX);
	buf_init(&b->logo, LOGO_MAX);
	return make_script(b, c, why) &&
	       (c->portal.logo == NULL || read_logo(b, c->portal.logo, why));
}

void
brand_free(struct brand *b)
{
	buf_free(&b->script);
	buf_free(&b->logo);
}

const struct file *
brand_find(const struct brand *b, const char *path)
{
	for (int i = 0; i < BRAND_FILES; i++)
		if (b->files[i].path != NULL &&
		    strcmp(b->files[i].path, path) == 0)
			return &b->files[i];
	return NULL;
}
