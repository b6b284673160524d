#include "config/config_url.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define HOST_MAX 253
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

static bool
label_ok(const char *label, size_t len)
{
	return len > 0 && len <= 63 && label[0] != '-' &&
	       label[len - 1] != '-' &&
	       strspn(label, LETTERS DIGITS "-_") >= len;
}

bool
config_url_host(const char *text)
{
	unsigned char binary[16];

	if (inet_pton(AF_INET6, text, binary) == 1)
		return true;
	if (strlen(text) > HOST_MAX)
		return false;
	for (;;) {
		size_t len = strcspn(text, ".");

		if (!label_ok(text, len))
			return false;
		if (text[len] == '\0')
			return true;
		text += len + 1;
	}
}

/* A name does not end so, an address does (RFC 3696 2). */
static bool
is_number(const char *dot)
{
	return dot != NULL && dot[1 + strspn(dot + 1, DIGITS)] == '\0';
}

bool
config_url_helo(const char *text)
{
	unsigned char binary[16];
	char address[INET6_ADDRSTRLEN];
	size_t len = strlen(text);
	bool v6;

	if (text[0] != '[')
		return strchr(text, ':') == NULL && config_url_host(text) &&
		       !is_number(strrchr(text, '.'));
	v6 = strncmp(text + 1, "IPv6:", 5) == 0;
	text += v6 ? 6 : 1;
	len -= v6 ? 6 : 1;
	if (len == 0 || len > sizeof(address) || text[len - 1] != ']')
		return false;
	memcpy(address, text, len - 1);
	address[len - 1] = '\0';
	return inet_pton(v6 ? AF_INET6 : AF_INET, address, binary) == 1;
}

/* An empty port is none; otherwise 1 to 65535. */
static bool
port_ok(const char *text, size_t len)
{
	unsigned value = 0;

	if (len == 0 || len > 5 || strspn(text, DIGITS) < len)
		return false;
	for (size_t i = 0; i < len; i++)
		value = value * 10 + (unsigned)(text[i] - '0');
	return value >= 1 && value <= 65535;
}

/* host, host:port or [address]:port. */
static bool
authority_ok(const char *text, size_t len)
{
	char host[HOST_MAX + 1];
	const char *end = text + len;
	const char *name = text;
	const char *after;

	if (len > 0 && *text == '[') {
		name++;
		after = memchr(name, ']', len - 1);
		if (after == NULL)
			return false;
	} else {
		after = memchr(text, ':', len);
		if (after == NULL)
			after = end;
	}
	if ((size_t)(after - name) >= sizeof(host))
		return false;
	snprintf(host, sizeof(host), "%.*s", (int)(after - name), name);
	if (!config_url_host(host))
		return false;
	if (name != text)
		after++;
	return after == end ||
	       (*after == ':' && port_ok(after + 1, (size_t)(end - after - 1)));
}

/* What may stand in a URI by RFC 3986 2. */
static bool
characters_ok(const char *url)
{
	return url[strspn(url, LETTERS DIGITS "-._~:/?#[]@!$&'()*+,;=%")] ==
	       '\0';
}

const char *
config_url_http(const char *url)
{
	static const char right[] = "must be like http://pki.example.jp/ca.crl";
	const char *host = url + 7;

	/* Plain HTTP: whoever checks a certificate cannot check another for
	 * it first (RFC 5280 8). */
	if (strncmp(url, "http://", 7) != 0)
		return right;
	return characters_ok(url) && authority_ok(host, strcspn(host, "/?#"))
		   ? NULL
		   : right;
}

const char *
config_url_file(const char *http_url)
{
	const char *path = strchr(http_url + 7, '/');
	const char *name = path != NULL ? strrchr(path, '/') + 1 : "";
	size_t len = strlen(name);

	return len > 0 && len <= 64 && name[0] != '.' && name[len - 1] != '.' &&
		       name[strspn(name, LETTERS DIGITS "-_.")] == '\0'
		   ? name
		   : "";
}

const char *
config_url_https(const char *url)
{
	const char *host = url + 8;

	return strncmp(url, "https://", 8) == 0 && characters_ok(url) &&
		       authority_ok(host, strcspn(host, "/?#"))
		   ? NULL
		   : "must be like https://portal.example.jp/";
}

const char *
config_url_smtp(const char *url)
{
	const char *host;

	if (strchr(url, '@') != NULL)
		return "has a user in it; must be smtp://host:port, with "
		       "mail.user and mail.password for who logs in";
	if (strncmp(url, "smtp://", 7) == 0)
		host = url + 7;
	else if (strncmp(url, "smtps://", 8) == 0)
		host = url + 8;
	else
		return "must be smtp://host:port or smtps://host:port";
	return authority_ok(host, strlen(host))
		   ? NULL
		   : "must be smtp://host:port or smtps://host:port";
}
