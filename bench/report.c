#include "bench/report.h"
#include "bench/json.h"

#include <stdio.h>

/* What one process used between two readings. */
struct use {
	const struct proc *was; /* NULL: it was not there */
	const struct proc *is;
	double cpu_ms;
};

static double
per(double what, long count)
{
	return count > 0 ? what / (double)count : 0;
}

/* A process that is gone shows nothing rather than a negative figure. */
static struct use
use_of(const struct procs *before, const struct proc *is)
{
	struct use u = { .was = procs_find(before, is->pid), .is = is };

	if (is->gone || (u.was != NULL && u.was->gone))
		return u;
	u.cpu_ms = (double)is->cpu_ns / 1e6;
	if (u.was != NULL)
		u.cpu_ms -= (double)u.was->cpu_ns / 1e6;
	return u;
}

static struct use
use_of_all(const struct procs *before, const struct procs *after)
{
	struct use sum = { 0 };

	for (size_t i = 0; i < after->count; i++)
		sum.cpu_ms += use_of(before, &after->list[i]).cpu_ms;
	return sum;
}

static void
print_errors(const struct tally *t, int expect)
{
	printf("errors         %ld", tally_errors(t));
	for (int i = 0; i < TALLY_STATUS_MAX; i++)
		if (t->by_status[i] > 0 && i != expect)
			printf("  status %d: %ld", i, t->by_status[i]);
	for (int i = 0; i < TALLY_COUNT; i++)
		if (t->trouble[i] > 0)
			printf("  %s: %ld",
			    tally_trouble_name((enum tally_trouble)i),
			    t->trouble[i]);
	printf("\n");
}

static void
print_memory(const struct proc *was, const struct proc *is)
{
	if (was->uss_kib >= 0 && is->uss_kib >= 0)
		printf("  uss %ld -> %ld KiB", was->uss_kib, is->uss_kib);
	if (was->pss_kib >= 0 && is->pss_kib >= 0)
		printf("  pss %ld -> %ld KiB", was->pss_kib, is->pss_kib);
	printf("  rss %ld -> %ld KiB\n", was->rss_kib, is->rss_kib);
}

static void
print_procs(const struct report *r, long finished)
{
	static const struct proc none = { 0 };
	struct use all = use_of_all(r->before, r->after);
	struct proc was = procs_total(r->before), is = procs_total(r->after);

	for (size_t i = 0; i < r->after->count; i++) {
		struct use u = use_of(r->before, &r->after->list[i]);

		printf("server %-7ld %-15s", (long)u.is->pid, u.is->name);
		if (u.is->gone) {
			printf("  gone\n");
			continue;
		}
		printf("  cpu %.4f ms/request", per(u.cpu_ms, finished));
		print_memory(u.was != NULL ? u.was : &none, u.is);
	}
	printf("server total                  cpu %.4f ms/request",
	    per(all.cpu_ms, finished));
	print_memory(&was, &is);
	printf("               cpu %.1f ms in all, %.0f %% of one core\n",
	    all.cpu_ms,
	    r->tally->elapsed_s > 0 ? all.cpu_ms / 10 / r->tally->elapsed_s
				    : 0);
}

static void
print_load(const struct report *r)
{
	const struct options *o = r->o;
	const struct tally *t = r->tally;
	long finished = tally_finished(t);

	printf("estbench %s %s (%s)\n", options_mode_name(o->mode), o->url,
	    o->path);
	printf("               %s, %d connections, %s, warm-up %ld\n", r->tls,
	    o->connections, o->fresh ? "new for each request" : "kept",
	    o->warmup);
	if (r->stopped)
		printf("INTERRUPTED    %ld requests were under way\n", t->cut);
	if (r->hopeless)
		printf("GIVEN UP       too many failures in a row\n");
	printf("requests       %ld in %.3f s, %.1f per second as expected\n",
	    finished, t->elapsed_s,
	    t->elapsed_s > 0 ? (double)t->good / t->elapsed_s : 0);
	printf("as expected    %ld (status %d)\n", t->good, o->expect);
	print_errors(t, o->expect);
	if (r->warmup_errors > 0)
		printf("warm-up        %ld errors\n", r->warmup_errors);
	printf("handshakes     %ld full, %ld resumed; %ld reconnects\n",
	    t->full, t->resumed, t->reconnects);
	if (options_enrolls(o))
		printf("CSRs           %zu made ahead, %zu during the run\n",
		    r->csrs_made, r->csrs_late);
	printf("latency        p50 %.3f  p99 %.3f  p99.9 %.3f  max %.3f ms\n",
	    tally_percentile_ms(t, 0.5), tally_percentile_ms(t, 0.99),
	    tally_percentile_ms(t, 0.999), tally_percentile_ms(t, 1));
	printf("client         cpu %.4f ms/request, %.0f %% of one core\n",
	    per(t->client_cpu_s * 1e3, finished),
	    t->elapsed_s > 0 ? 100 * t->client_cpu_s / t->elapsed_s : 0);
	if (o->pid_count > 0)
		print_procs(r, finished);
}

static void
json_memory(struct json *j, const struct proc *was, const struct proc *is)
{
	if (was != NULL)
		json_int(j, "rss_before_kib", was->rss_kib);
	json_int(j, "rss_after_kib", is->rss_kib);
	if (was != NULL && was->uss_kib >= 0)
		json_int(j, "uss_before_kib", was->uss_kib);
	if (is->uss_kib >= 0)
		json_int(j, "uss_after_kib", is->uss_kib);
	if (was != NULL && was->pss_kib >= 0)
		json_int(j, "pss_before_kib", was->pss_kib);
	if (is->pss_kib >= 0)
		json_int(j, "pss_after_kib", is->pss_kib);
}

static void
json_use(struct json *j, const struct use *u, long finished)
{
	json_real(j, "cpu_ms", u->cpu_ms);
	json_real(j, "cpu_ms_per_request", per(u->cpu_ms, finished));
}

static void
json_server(struct json *j, const struct report *r, long finished)
{
	struct use all = use_of_all(r->before, r->after);
	struct proc was = procs_total(r->before), is = procs_total(r->after);

	json_open(j, "server", '{');
	json_use(j, &all, finished);
	json_memory(j, &was, &is);
	json_open(j, "processes", '[');
	for (size_t i = 0; i < r->after->count; i++) {
		struct use u = use_of(r->before, &r->after->list[i]);

		json_open(j, NULL, '{');
		json_int(j, "pid", u.is->pid);
		json_text(j, "name", u.is->name);
		json_bool(j, "gone", u.is->gone);
		json_use(j, &u, finished);
		json_memory(j, u.was, u.is);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
}

static void
json_counts(struct json *j, const struct tally *t)
{
	json_int(j, "requests", tally_finished(t));
	json_int(j, "as_expected", t->good);
	json_int(j, "errors", tally_errors(t));
	json_open(j, "by_status", '{');
	for (int i = 0; i < TALLY_STATUS_MAX; i++) {
		char name[16];

		snprintf(name, sizeof(name), "%d", i);
		if (t->by_status[i] > 0)
			json_int(j, name, t->by_status[i]);
	}
	json_close(j, '}');
	json_open(j, "troubles", '{');
	for (int i = 0; i < TALLY_COUNT; i++)
		json_int(j, tally_trouble_name((enum tally_trouble)i),
		    t->trouble[i]);
	json_close(j, '}');
	json_int(j, "cut", t->cut);
	json_int(j, "handshakes_full", t->full);
	json_int(j, "handshakes_resumed", t->resumed);
	json_int(j, "reconnects", t->reconnects);
}

static void
json_load(const struct report *r)
{
	const struct options *o = r->o;
	const struct tally *t = r->tally;
	struct json j = { .out = stdout };

	json_open(&j, NULL, '{');
	json_text(&j, "mode", options_mode_name(o->mode));
	json_text(&j, "url", o->url);
	json_text(&j, "path", o->path);
	json_text(&j, "tls", r->tls);
	json_int(&j, "connections", o->connections);
	json_bool(&j, "new_connections", o->fresh);
	json_int(&j, "warmup", o->warmup);
	json_int(&j, "warmup_errors", r->warmup_errors);
	json_bool(&j, "interrupted", r->stopped);
	json_bool(&j, "given_up", r->hopeless);
	json_counts(&j, t);
	json_int(&j, "csrs_ahead", (long)r->csrs_made);
	json_int(&j, "csrs_late", (long)r->csrs_late);
	json_real(&j, "elapsed_s", t->elapsed_s);
	json_real(&j, "per_second",
	    t->elapsed_s > 0 ? (double)t->good / t->elapsed_s : 0);
	json_open(&j, "latency_ms", '{');
	json_real(&j, "p50", tally_percentile_ms(t, 0.5));
	json_real(&j, "p99", tally_percentile_ms(t, 0.99));
	json_real(&j, "p99_9", tally_percentile_ms(t, 0.999));
	json_real(&j, "max", tally_percentile_ms(t, 1));
	json_close(&j, '}');
	json_real(&j, "client_cpu_ms_per_request",
	    per(t->client_cpu_s * 1e3, tally_finished(t)));
	if (o->pid_count > 0)
		json_server(&j, r, tally_finished(t));
	json_close(&j, '}');
}

void
report_load(const struct report *r)
{
	tally_sort(r->tally);
	if (r->o->json)
		json_load(r);
	else
		print_load(r);
}
