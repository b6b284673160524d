#include "bench/tally.h"

#include <math.h>
#include <stdlib.h>

static const char *const names[TALLY_COUNT] = {
	[TALLY_CONNECT] = "connect",
	[TALLY_TLS] = "tls",
	[TALLY_LOST] = "dropped",
	[TALLY_LATE] = "deadline",
	[TALLY_GARBLED] = "http",
	[TALLY_BODY] = "body",
};

const char *
tally_trouble_name(enum tally_trouble t)
{
	return names[t];
}

void
tally_latency(struct tally *t, uint64_t ns)
{
	uint64_t us = ns / 1000;

	if (t->us_count == t->us_cap) {
		size_t cap = t->us_cap == 0 ? 4096 : t->us_cap * 2;
		uint32_t *more = realloc(t->us, cap * sizeof(*more));

		if (more == NULL)
			abort();
		t->us = more;
		t->us_cap = cap;
	}
	t->us[t->us_count++] = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

long
tally_errors(const struct tally *t)
{
	long n = t->wrong_status;

	for (size_t i = 0; i < TALLY_COUNT; i++)
		n += t->trouble[i];
	return n;
}

long
tally_finished(const struct tally *t)
{
	return t->good + tally_errors(t);
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void
tally_sort(struct tally *t)
{
	if (t->us_count > 0)
		qsort(t->us, t->us_count, sizeof(*t->us), compare);
}

double
tally_percentile_ms(const struct tally *t, double part)
{
	size_t rank;

	if (t->us_count == 0)
		return 0;
	rank = (size_t)ceil(part * (double)t->us_count);
	if (rank == 0)
		rank = 1;
	return t->us[rank - 1] / 1000.0;
}

void
tally_free(struct tally *t)
{
	free(t->us);
	*t = (struct tally){ 0 };
}
