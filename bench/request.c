#include "bench/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A body is posted. */
static void
make_get(struct request *r, const struct options *o, const char *host)
{
	const char *body = o->body != NULL ? o->body : "";
	char length[48] = "";
	int len;

	if (o->body != NULL)
		snprintf(length, sizeof(length), "Content-Length: %zu\r\n",
		    strlen(body));
	len = asprintf(&r->bytes,
	    "%s %s HTTP/1.1\r\n"
	    "Host: %s:%s\r\n"
	    "User-Agent: estbench\r\n"
	    "Accept: */*\r\n"
	    "%s%s\r\n%s",
	    o->body != NULL ? "POST" : "GET", o->path, host, o->port, length,
	    o->fields != NULL ? o->fields : "", body);

	if (len < 0)
		abort();
	r->len = (size_t)len;
}

/* RFC 8951 has no Content-Transfer-Encoding; some servers insist on it. */
static void
make_post(struct request *r, const struct options *o, const char *host,
    const char *authorization, const char *body)
{
	int len = asprintf(&r->bytes,
	    "POST %s HTTP/1.1\r\n"
	    "Host: %s:%s\r\n"
	    "User-Agent: estbench\r\n"
	    "Accept: */*\r\n"
	    "%s%s%s"
	    "Content-Type: application/pkcs10\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "Content-Length: %zu\r\n"
	    "\r\n%s",
	    o->path, host, o->port,
	    authorization != NULL ? "Authorization: " : "",
	    authorization != NULL ? authorization : "",
	    authorization != NULL ? "\r\n" : "", strlen(body), body);

	if (len < 0)
		abort();
	r->len = (size_t)len;
}

void
request_make(struct request *r, const struct options *o,
    const struct identities *all, struct csrs *csrs, size_t id, size_t number)
{
	const char *authorization = NULL;
	size_t owner = id;
	char host[300], *body;
	bool v6 = strchr(o->host, ':') != NULL;

	request_free(r);
	snprintf(host, sizeof(host), "%s%s%s", v6 ? "[" : "", o->host,
	    v6 ? "]" : "");
	if (csrs == NULL) {
		make_get(r, o, host);
		return;
	}
	if (o->mode == OPTIONS_ENROLL) {
		owner = number % all->user_count;
		authorization = all->users[owner].authorization;
	}
	body = csrs_take(csrs, owner);
	make_post(r, o, host, authorization, body);
	free(body);
}

void
request_free(struct request *r)
{
	if (r->bytes != NULL)
		OPENSSL_cleanse(r->bytes, r->len);
	free(r->bytes);
	*r = (struct request){ NULL, 0 };
}
