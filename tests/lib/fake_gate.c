#include "tests/lib/fake_gate.h"

#include "base/clock.h"
#include "http/gate.h"
#include "http/writer.h"

#include <assert.h>
#include <event2/buffer.h>
#include <evhtp.h>
#include <stdio.h>
#include <string.h>

struct fake_gate fake_gate;

void
fake_gate_reset(void)
{
	memset(&fake_gate, 0, sizeof(fake_gate));
}

void
gate_reply(evhtp_request_t *r, const struct gate_reply *reply)
{
	struct evbuffer *b = writer_reply(
	    reply, clock_now(), r->method == htp_method_HEAD, reply->close);
	size_t len;

	fake_gate.replies++;
	if (b == NULL) /* no memory: the connection ends */
		return;
	len = evbuffer_get_length(b);
	assert(len < sizeof(fake_gate.bytes));
	fake_gate.status = reply->status;
	evbuffer_remove(b, fake_gate.bytes, len);
	fake_gate.bytes[len] = '\0';
	fake_gate.body = strstr(fake_gate.bytes, "\r\n\r\n") + 4;
	evbuffer_free(b);
}

void
gate_turn_away(const evhtp_request_t *r, enum turnaway why)
{
	(void)r;
	(void)why;
	fake_gate.turned_away++;
}

bool
gate_peer(const evhtp_request_t *r, char *address, size_t size)
{
	(void)r;
	snprintf(address, size, "192.0.2.1");
	return true;
}

const char *
fake_gate_field(const char *name)
{
	static char value[512];
	char wanted[64];
	const char *at, *end;

	snprintf(wanted, sizeof(wanted), "\r\n%s: ", name);
	at = strstr(fake_gate.bytes, wanted);
	if (at == NULL || at >= fake_gate.body)
		return NULL;
	at += strlen(wanted);
	end = strstr(at, "\r\n");
	snprintf(value, sizeof(value), "%.*s", (int)(end - at), at);
	return value;
}
