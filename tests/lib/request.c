#include "tests/lib/request.h"

#include "base/b64.h"

#include <assert.h>
#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct all {
	evhtp_request_t request; /* first */
	evhtp_connection_t conn;
	evhtp_uri_t uri;
	evhtp_path_t path;
};

evhtp_request_t *
request_new(htp_method method, char *path)
{
	struct all *all = calloc(1, sizeof(*all));

	assert(all != NULL);
	all->request.method = method;
	all->request.conn = &all->conn;
	all->request.uri = &all->uri;
	all->uri.path = &all->path;
	all->path.full = path;
	all->request.headers_in = evhtp_headers_new();
	all->request.buffer_in = evbuffer_new();
	return &all->request;
}

void
request_field(evhtp_request_t *r, const char *name, const char *value)
{
	evhtp_headers_add_header(
	    r->headers_in, evhtp_header_new(name, value, 1, 1));
}

void
request_basic(evhtp_request_t *r, const char *user_and_secret)
{
	char value[4096] = "Basic ";
	size_t len = strlen(user_and_secret);

	assert(b64_encoded_size(len, B64_LINES_NONE) + 7 < sizeof(value));
	len = b64_encode(value + 6, user_and_secret, len, B64_LINES_NONE);
	value[6 + len] = '\0';
	request_field(r, "Authorization", value);
}

void
request_body(evhtp_request_t *r, const void *body, size_t len)
{
	evbuffer_add(r->buffer_in, body, len);
}

void
request_free(evhtp_request_t *r)
{
	evhtp_headers_free(r->headers_in);
	evbuffer_free(r->buffer_in);
	free(r);
}
