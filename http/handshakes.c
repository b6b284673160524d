#include "http/handshakes.h"

#include "base/log.h"
#include "base/loop.h"

#include <openssl/err.h>
#include <string.h>

void
handshakes_begin(struct handshakes *h, struct event_base *base,
    unsigned every_s, uint64_t *count)
{
	*h = (struct handshakes){
		.base = base, .every_s = every_s, .count = count
	};
}

static void
tell(struct handshakes_reason *r)
{
	char address[ADDRESS_TEXT_SIZE];
	bool known = address_text(&r->last, address, sizeof(address));
	struct log_line line;

	log_begin(&line, LOG_LINE_NOTICE, "handshake-failed");
	log_text(&line, "reason", r->text);
	log_number(&line, "count", r->untold);
	log_text(&line, "ip", known ? address : NULL);
	log_end(&line);
	r->untold = 0;
}

static void on_minute(void *arg);

static void
wait(struct handshakes *h)
{
	h->soon = loop_after(h->base, (int64_t)h->every_s * 1000, on_minute, h);
}

/* After a minute without any the next one is the first again. */
static void
on_minute(void *arg)
{
	struct handshakes *h = arg;
	bool quiet = true;

	h->soon = NULL;
	for (unsigned i = 0; i < h->reasons_count; i++)
		if (h->reasons[i].untold > 0) {
			quiet = false;
			tell(&h->reasons[i]);
		}
	if (quiet)
		h->reasons_count = 0;
	else
		wait(h);
}

/* NULL: it is a new one, and there is no room for more. */
static struct handshakes_reason *
find(struct handshakes *h, const char *reason)
{
	for (unsigned i = 0; i < h->reasons_count; i++)
		if (strcmp(h->reasons[i].text, reason) == 0)
			return &h->reasons[i];
	return NULL;
}

void
handshakes_failed(
    struct handshakes *h, const char *reason, const struct address *client)
{
	struct handshakes_reason *r = find(h, reason);
	bool first = r == NULL && h->reasons_count < HANDSHAKES_REASONS;

	if (first) {
		r = &h->reasons[h->reasons_count++];
		*r = (struct handshakes_reason){ .text = reason };
	} else if (r == NULL) {
		r = &h->reasons[HANDSHAKES_REASONS - 1];
	}
	(*h->count)++;
	r->untold++;
	r->last = *client;
	if (first)
		tell(r);
	if (h->soon == NULL)
		wait(h);
}

void
handshakes_end(struct handshakes *h)
{
	if (h->soon == NULL)
		return;
	loop_cancel(h->soon);
	for (unsigned i = 0; i < h->reasons_count; i++)
		if (h->reasons[i].untold > 0)
			tell(&h->reasons[i]);
}

const char *
handshakes_reason(unsigned long error)
{
	const char *reason = NULL;

	if (!ERR_SYSTEM_ERROR(error))
		reason = ERR_reason_error_string(error);
	return reason != NULL ? reason : "closed by the client";
}
