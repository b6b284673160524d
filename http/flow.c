#include "http/flow.h"

#include "http/gate.h"

#include <assert.h>
#include <event2/buffer.h>
#include <evhtp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum flow_next
flow_refuse(
    struct flow *f, const struct flow_refusal *refusal, const char *text)
{
	f->refusal = refusal;
	f->text = text;
	return FLOW_FAIL;
}

bool
flow_is(const struct flow *f, const char *method)
{
	return strcmp(htparser_get_methodstr_m(f->request->method), method) ==
	       0;
}

const char *
flow_path(const struct flow *f)
{
	const char *path = f->request->uri->path->full;

	return path == NULL ? "" : path;
}

const char *
flow_header(const struct flow *f, const char *name)
{
	return evhtp_header_find(f->request->headers_in, name);
}

bool
flow_header_once(const struct flow *f, const char *name, const char **value)
{
	evhtp_kv_t *kv;

	*value = NULL;
	TAILQ_FOREACH (kv, f->request->headers_in, next) {
		if (strcasecmp(kv->key, name) != 0)
			continue;
		if (*value != NULL)
			return false;
		*value = kv->val;
	}
	return true;
}

unsigned char *
flow_body(const struct flow *f, size_t *len)
{
	*len = evbuffer_get_length(f->request->buffer_in);
	return evbuffer_pullup(f->request->buffer_in, -1);
}

void
flow_peer(const struct flow *f, char address[FLOW_PEER_SIZE])
{
	if (!gate_peer(f->request, address, FLOW_PEER_SIZE))
		snprintf(address, FLOW_PEER_SIZE, "unknown");
}

void
flow_turn_away(const struct flow *f, enum turnaway why)
{
	gate_turn_away(f->request, why);
}

SSL *
flow_tls(const struct flow *f)
{
	return f->request->conn->ssl;
}

const char *
flow_server_name(const struct flow *f)
{
	SSL *ssl = flow_tls(f);

	return ssl == NULL ? NULL
			   : SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
}

void
flow_answer(struct flow *f, const char *type, const void *body, size_t len)
{
	f->type = type;
	f->body = body;
	f->body_len = len;
}

void
flow_field(struct flow *f, const char *name, const char *value)
{
	assert(f->fields_count < FLOW_FIELDS_MAX);
	f->fields[f->fields_count++] = (struct flow_field){ name, value };
}
