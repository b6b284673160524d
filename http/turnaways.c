#include "http/turnaways.h"

#include "base/log.h"
#include "base/loop.h"

#include <string.h>

static const char *const words[TURNAWAYS] = {
	[TURNAWAY_FULL] = "full",
	[TURNAWAY_ADDRESS] = "address",
	[TURNAWAY_RATE] = "rate",
	[TURNAWAY_PROXY] = "proxy",
	[TURNAWAY_IDLE] = "idle",
	[TURNAWAY_MEMORY] = "memory",
	[TURNAWAY_CERTIFICATE] = "certificate",
};

void
turnaways_begin(struct turnaways *t, struct event_base *base, unsigned every_s,
    uint64_t count[TURNAWAYS])
{
	*t = (struct turnaways){
		.base = base, .every_s = every_s, .count = count
	};
}

static void
tell(void *arg)
{
	struct turnaways *t = arg;
	struct log_line line;

	t->soon = NULL;
	log_begin(&line, LOG_LINE_WARN, "turned-away");
	for (unsigned i = 0; i < TURNAWAYS; i++)
		if (t->count[i] > t->told[i])
			log_number(&line, words[i],
			    (int64_t)(t->count[i] - t->told[i]));
	log_end(&line);
	memcpy(t->told, t->count, sizeof(t->told));
}

void
turnaways_add(struct turnaways *t, enum turnaway why)
{
	t->count[why]++;
	if (t->soon == NULL)
		t->soon =
		    loop_after(t->base, (int64_t)t->every_s * 1000, tell, t);
}

void
turnaways_end(struct turnaways *t)
{
	if (t->soon == NULL)
		return;
	loop_cancel(t->soon);
	tell(t);
}
