/*
 * It reads tags, as far as it needs to be sure of what a browser reads there:
 * a name, attributes in quotes, an end. Whatever is written otherwise is
 * refused, and can be saved anew by the program that has drawn it.
 */
#include "policy/logo.h"

#include "policy/utf8.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define NAME_MAX_SHOWN 40

static const char *const elements[] = { "svg", "g", "defs", "symbol", "use",
	"title", "desc", "path", "rect", "circle", "ellipse", "line",
	"polyline", "polygon", "text", "tspan", "linearGradient",
	"radialGradient", "stop", "clipPath", "mask", "style", NULL };

/* Nowhere, whatever stands around: other ways to say what is looked for. */
static const struct {
	const char *text, *why;
} nowhere[] = {
	{ "@import", "has @import; nothing may come from elsewhere" },
	{ "javascript:", "has a link that runs; take it out" },
	{ "image-set(", "has image-set(); nothing may come from elsewhere" },
	{ "&#", "has `&#`; write characters as they are" },
	{ "\\", "has a backslash; write characters as they are" },
	{ NULL, NULL },
};

struct reader {
	const char *at, *end;
	struct fault *why;
	bool root; /* <svg> has come */
};

static bool
is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
begins(const struct reader *r, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(r->end - r->at) >= len && memcmp(r->at, word, len) == 0;
}

static bool
equals(const char *at, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(at, word, len) == 0;
}

static void
skip_white(struct reader *r)
{
	while (r->at < r->end && is_white(*r->at))
		r->at++;
}

/* Behind the next `word`. */
static bool
skip_past(struct reader *r, const char *word)
{
	const char *found =
	    memmem(r->at, (size_t)(r->end - r->at), word, strlen(word));

	if (found == NULL)
		return fault_set(r->why, "is cut off");
	r->at = found + strlen(word);
	return true;
}

static size_t
take_name(struct reader *r, const char **name)
{
	*name = r->at;
	while (r->at < r->end && (isalnum((unsigned char)*r->at) ||
				     strchr(":_-.", *r->at) != NULL))
		r->at++;
	return (size_t)(r->at - *name);
}

static bool
refuse_name(const struct reader *r, const char *what, const char *name,
    size_t len, const char *advice)
{
	return fault_set(r->why, "has the %s `%.*s`; %s", what,
	    (int)(len < NAME_MAX_SHOWN ? len : NAME_MAX_SHOWN), name, advice);
}

/* `url(` refers to a part of the same picture, or is not there. */
static bool
check_urls(const struct reader *r, const char *at, const char *end)
{
	static const char url[] = "url(";

	for (; at < end; at++) {
		if ((size_t)(end - at) < sizeof(url) - 1 ||
		    strncasecmp(at, url, sizeof(url) - 1) != 0)
			continue;
		at += sizeof(url) - 1;
		while (at < end && (is_white(*at) || *at == '"' || *at == '\''))
			at++;
		if (at == end || *at != '#')
			return fault_set(r->why,
			    "has url() of something outside; only `#name` may "
			    "stand there");
	}
	return true;
}

/* With any prefix: which one is the namespace of links, the picture says. */
static bool
is_link(const char *name, size_t len)
{
	static const char href[] = "href";
	size_t end = sizeof(href) - 1;

	return len >= end && equals(name + len - end, end, href) &&
	       (len == end || name[len - end - 1] == ':');
}

static bool
check_attribute(const struct reader *r, const char *name, size_t name_len,
    const char *value, size_t len)
{
	if (name_len > 2 && strncasecmp(name, "on", 2) == 0)
		return refuse_name(r, "attribute", name, name_len,
		    "a logo runs nothing: take it out");
	if (is_link(name, name_len) && (len == 0 || value[0] != '#'))
		return refuse_name(r, "attribute", name, name_len,
		    "it may only be `#name`, of a part of the same picture");
	if (equals(name, name_len, "src") || equals(name, name_len, "xml:base"))
		return refuse_name(r, "attribute", name, name_len,
		    "nothing may come from elsewhere");
	return check_urls(r, value, value + len);
}

static bool
read_attribute(struct reader *r, bool *names_svg)
{
	static const char svg[] = "http://www.w3.org/2000/svg";
	const char *name, *value;
	size_t len = take_name(r, &name), value_len;
	char quote;

	skip_white(r);
	if (len == 0 || !begins(r, "="))
		return fault_set(r->why, "has a tag that is malformed");
	r->at++;
	skip_white(r);
	if (!begins(r, "\"") && !begins(r, "'"))
		return fault_set(
		    r->why, "has an attribute whose value is not in quotes");
	quote = *r->at++;
	value = r->at;
	while (r->at < r->end && *r->at != quote && *r->at != '<')
		r->at++;
	if (r->at == r->end || *r->at != quote)
		return fault_set(r->why, "has an attribute that does not end");
	value_len = (size_t)(r->at++ - value);
	if (equals(name, len, "xmlns"))
		*names_svg = equals(value, value_len, svg);
	return check_attribute(r, name, len, value, value_len);
}

static bool
check_element(struct reader *r, const char *name, size_t len)
{
	for (size_t i = 0; elements[i] != NULL; i++)
		if (equals(name, len, elements[i]))
			return true;
	return refuse_name(r, "element", name, len,
	    "a logo is shapes, text and gradients alone: save it as plain "
	    "SVG");
}

/* Behind `<`. */
static bool
read_tag(struct reader *r)
{
	const char *name;
	bool names_svg = false;
	size_t len = take_name(r, &name);

	if (!check_element(r, name, len))
		return false;
	for (;;) {
		skip_white(r);
		if (begins(r, ">") || begins(r, "/>"))
			break;
		if (!read_attribute(r, &names_svg))
			return false;
	}
	if (!r->root && (!equals(name, len, "svg") || !names_svg))
		return fault_set(r->why,
		    "does not begin with <svg "
		    "xmlns=\"http://www.w3.org/2000/svg\">");
	r->root = true;
	return skip_past(r, ">");
}

/* What stands between tags: of a style sheet, too. */
static bool
read_text(struct reader *r)
{
	const char *from = r->at;

	while (r->at < r->end && *r->at != '<')
		r->at++;
	return check_urls(r, from, r->at);
}

static bool
read_all(struct reader *r)
{
	skip_white(r);
	if (begins(r, "<?xml ") && !skip_past(r, "?>"))
		return false;
	while (r->at < r->end) {
		bool good;

		if (*r->at != '<')
			good = read_text(r);
		else if (begins(r, "<!--"))
			good = skip_past(r, "-->");
		else if (begins(r, "<!") || begins(r, "<?"))
			good = fault_set(r->why,
			    "has a DOCTYPE, CDATA or instruction; take it out");
		else if (begins(r, "</"))
			good = skip_past(r, ">");
		else
			good = (r->at++, read_tag(r));
		if (!good)
			return false;
	}
	return r->root || fault_set(r->why, "has no <svg>");
}

static bool
check_text(const char *svg, size_t len, struct fault *why)
{
	size_t at = 0;

	while (at < len) {
		char c = svg[at];

		if (utf8_next(svg, len, &at) == UTF8_BAD ||
		    ((unsigned char)c < ' ' && !is_white(c)))
			return fault_set(why, "is no text in UTF-8");
	}
	for (size_t i = 0; nowhere[i].text != NULL; i++)
		for (at = 0; at + strlen(nowhere[i].text) <= len; at++)
			if (strncasecmp(svg + at, nowhere[i].text,
				strlen(nowhere[i].text)) == 0)
				return fault_set(why, "%s", nowhere[i].why);
	return true;
}

bool
logo_check(const char *svg, size_t len, struct fault *why)
{
	struct reader r = { .at = svg, .end = svg + len, .why = why };

	if (len > LOGO_MAX)
		return fault_set(
		    why, "is larger than %d bytes; draw it simpler", LOGO_MAX);
	return check_text(svg, len, why) && read_all(&r);
}
