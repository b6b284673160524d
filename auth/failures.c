#include "auth/failures.h"

#include "base/log.h"

#define SLOT_US ((int64_t)FAILURES_LOOK_S * 1000000)

/* Empties the slots that have become old since it was last here. */
static void
go_to(struct failures *f, int64_t now_us)
{
	int64_t slot = now_us / SLOT_US;

	for (int64_t i = 0; f->slot < slot && i < FAILURES_SLOTS; i++)
		f->in[++f->slot % FAILURES_SLOTS] = 0;
	f->slot = slot;
}

static unsigned
in_a_minute(const struct failures *f)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < FAILURES_SLOTS; i++)
		sum += f->in[i];
	return sum;
}

static void
tell(const struct failures *f, enum log_level level)
{
	struct log_line l;

	log_begin(&l, level, "failures");
	log_text(&l, "rate", f->high ? "high" : "usual");
	log_number(&l, "minute", in_a_minute(f));
	log_number(&l, "usual", f->usual);
	log_number(&l, "total", (int64_t)f->total);
	log_end(&l);
}

void
failures_count(struct failures *f, int64_t now_us)
{
	go_to(f, now_us);
	f->in[f->slot % FAILURES_SLOTS]++;
	f->total++;
	if (f->high || in_a_minute(f) <= f->usual)
		return;
	f->high = true;
	tell(f, LOG_LINE_WARN);
}

void
failures_look(struct failures *f, int64_t now_us)
{
	go_to(f, now_us);
	if (!f->high || in_a_minute(f) > f->usual / 2)
		return;
	f->high = false;
	tell(f, LOG_LINE_NOTICE);
}
