#include "bench/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEME "https://"
#define WELL_KNOWN "/.well-known/est"
#define LABEL_CHARACTERS                                                       \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

static bool
wrong(const char *what, const char *value)
{
	fprintf(stderr, "estbench: %s: %s\n", what, value);
	return false;
}

static char *
copy(const char *text, size_t len)
{
	char *s = strndup(text, len);

	if (s == NULL)
		abort();
	return s;
}

/* Blanks and control characters would end up in the request line. */
static bool
printable(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return true;
}

/* `at` is "host", "host:port", "[v6]" or "[v6]:port", `len` long. */
static bool
read_authority(struct options *o, const char *at, size_t len)
{
	const char *host = at, *port = "443", *end = at + len, *stop;
	size_t port_len = strlen(port);

	if (len > 0 && *at == '[') {
		host = at + 1;
		stop = memchr(host, ']', len - 1);
		if (stop == NULL)
			return false;
		at = stop + 1;
	} else {
		stop = memchr(at, ':', len);
		if (stop == NULL)
			stop = end;
		at = stop;
	}
	if (at < end && *at != ':')
		return false;
	if (at < end) {
		port = at + 1;
		port_len = (size_t)(end - port);
	}
	o->host = copy(host, (size_t)(stop - host));
	o->port = copy(port, port_len);
	return *o->host != '\0' &&
	       strcspn(o->host, "@?#[]") == strlen(o->host) && port_len > 0 &&
	       port_len <= 5 && strspn(o->port, "0123456789") == port_len;
}

bool
target_read(struct options *o, const char *does)
{
	const char *at, *slash, *prefix = WELL_KNOWN;
	size_t len;

	if (o->url == NULL)
		return wrong("missing", "--url");
	if (!printable(o->url) || strpbrk(o->url, "?#") != NULL)
		return wrong("not a URL of a server", o->url);
	if (strncmp(o->url, SCHEME, strlen(SCHEME)) != 0)
		return wrong("the URL must begin with " SCHEME, o->url);
	if (o->label != NULL &&
	    (*o->label == '\0' ||
		strspn(o->label, LABEL_CHARACTERS) != strlen(o->label)))
		return wrong("not a label", o->label);
	at = o->url + strlen(SCHEME);
	slash = at + strcspn(at, "/");
	if (!read_authority(o, at, (size_t)(slash - at)))
		return wrong("not a URL of a server", o->url);
	if (does != NULL && strcmp(does, TARGET_ITSELF) == 0) {
		if (o->label != NULL)
			return wrong("what the URL names has no label", o->url);
		o->path = copy(slash, strlen(slash));
		return *o->path == '/' || wrong("missing its path", o->url);
	}
	if (slash[0] == '/' && slash[1] != '\0')
		prefix = slash;
	len = strlen(prefix);
	while (len > 0 && prefix[len - 1] == '/')
		len--;
	if (asprintf(&o->path, "%.*s%s%s/%s", (int)len, prefix,
		o->label != NULL ? "/" : "", o->label != NULL ? o->label : "",
		does != NULL ? does : "") < 0)
		abort();
	return true;
}
