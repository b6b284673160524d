#include "bench/json.h"
#include "bench/report.h"

#include <stdio.h>

/* KiB that one of `count` connections takes, `is` compared with `was`. */
static double
growth(long was, long is, long count)
{
	return count > 0 ? (double)(is - was) / (double)count : 0;
}

static void
print_memory(const char *when, const struct procs *p)
{
	struct proc sum = procs_total(p);

	printf("%-14s", when);
	if (sum.uss_kib >= 0)
		printf(" uss %ld KiB ", sum.uss_kib);
	if (sum.pss_kib >= 0)
		printf(" pss %ld KiB ", sum.pss_kib);
	printf(" rss %ld KiB\n", sum.rss_kib);
}

static void
print_server(const struct idle *idle)
{
	struct proc was = procs_total(&idle->before);
	struct proc is = procs_total(&idle->held);

	print_memory("before", &idle->before);
	print_memory("all open", &idle->open);
	print_memory("held", &idle->held);
	print_memory("all closed", &idle->after);
	for (size_t i = 0; i < idle->held.count; i++) {
		const struct proc *p = &idle->held.list[i];
		const struct proc *b = procs_find(&idle->before, p->pid);

		printf("server %-7ld %-15s", (long)p->pid, p->name);
		if (p->gone)
			printf("  gone\n");
		else
			printf("  rss growth %.2f KiB per connection\n",
			    growth(b != NULL ? b->rss_kib : 0, p->rss_kib,
				idle->opened));
	}
	printf("server total                  rss growth %.2f KiB per "
	       "connection",
	    growth(was.rss_kib, is.rss_kib, idle->opened));
	if (was.uss_kib >= 0 && is.uss_kib >= 0)
		printf("  uss growth %.2f KiB",
		    growth(was.uss_kib, is.uss_kib, idle->opened));
	if (was.pss_kib >= 0 && is.pss_kib >= 0)
		printf("  pss growth %.2f KiB",
		    growth(was.pss_kib, is.pss_kib, idle->opened));
	printf("\n               cpu %.1f ms while all were held\n",
	    (double)(is.cpu_ns - procs_total(&idle->open).cpu_ns) / 1e6);
}

static void
print_idle(const struct options *o, const struct idle *idle)
{
	printf("estbench idle %s\n", o->url);
	printf("               %s, %d connections, warm-up %ld\n", idle->tls,
	    o->connections, o->warmup);
	if (idle->stopped)
		printf("INTERRUPTED\n");
	printf("opened         %ld in %.3f s, held %.1f s\n", idle->opened,
	    idle->open_s, idle->held_s);
	printf("errors         %ld not opened, %ld dropped by the server\n",
	    idle->failed, idle->dropped);
	if (o->pid_count > 0)
		print_server(idle);
}

static void
json_stage(struct json *j, const char *name, const struct procs *p)
{
	struct proc sum = procs_total(p);

	json_open(j, name, '{');
	json_int(j, "rss_kib", sum.rss_kib);
	if (sum.uss_kib >= 0)
		json_int(j, "uss_kib", sum.uss_kib);
	if (sum.pss_kib >= 0)
		json_int(j, "pss_kib", sum.pss_kib);
	json_real(j, "cpu_ms", (double)sum.cpu_ns / 1e6);
	json_close(j, '}');
}

static void
json_server(struct json *j, const struct idle *idle)
{
	struct proc was = procs_total(&idle->before);
	struct proc is = procs_total(&idle->held);

	json_open(j, "server", '{');
	json_stage(j, "before", &idle->before);
	json_stage(j, "open", &idle->open);
	json_stage(j, "held", &idle->held);
	json_stage(j, "after", &idle->after);
	json_real(j, "rss_growth_kib_per_connection",
	    growth(was.rss_kib, is.rss_kib, idle->opened));
	if (was.uss_kib >= 0 && is.uss_kib >= 0)
		json_real(j, "uss_growth_kib_per_connection",
		    growth(was.uss_kib, is.uss_kib, idle->opened));
	if (was.pss_kib >= 0 && is.pss_kib >= 0)
		json_real(j, "pss_growth_kib_per_connection",
		    growth(was.pss_kib, is.pss_kib, idle->opened));
	json_open(j, "processes", '[');
	for (size_t i = 0; i < idle->held.count; i++) {
		const struct proc *p = &idle->held.list[i];
		const struct proc *b = procs_find(&idle->before, p->pid);

		json_open(j, NULL, '{');
		json_int(j, "pid", p->pid);
		json_text(j, "name", p->name);
		json_bool(j, "gone", p->gone);
		json_int(j, "rss_before_kib", b != NULL ? b->rss_kib : 0);
		json_int(j, "rss_held_kib", p->rss_kib);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
}

static void
json_idle(const struct options *o, const struct idle *idle)
{
	struct json j = { .out = stdout };

	json_open(&j, NULL, '{');
	json_text(&j, "mode", options_mode_name(o->mode));
	json_text(&j, "url", o->url);
	json_text(&j, "tls", idle->tls);
	json_int(&j, "connections", o->connections);
	json_int(&j, "warmup", o->warmup);
	json_bool(&j, "interrupted", idle->stopped);
	json_int(&j, "opened", idle->opened);
	json_int(&j, "failed", idle->failed);
	json_int(&j, "dropped", idle->dropped);
	json_real(&j, "open_s", idle->open_s);
	json_real(&j, "held_s", idle->held_s);
	if (o->pid_count > 0)
		json_server(&j, idle);
	json_close(&j, '}');
}

void
report_idle(const struct options *o, const struct idle *idle)
{
	if (o->json)
		json_idle(o, idle);
	else
		print_idle(o, idle);
}
