#include "bench/options.h"
#include "bench/fields.h"
#include "bench/pairs.h"
#include "bench/target.h"

#include <openssl/ssl.h>

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_MAX 100000
#define REQUESTS_MAX 100000000L
#define RATE_MAX 1000000L
#define RUN_MAX_S 86400.0
#define DEADLINE_DEFAULT_S 10.0
#define HOLD_DEFAULT_S 5.0
#define FLOOR_DEFAULT 500

static const struct {
	const char *name; /* on the command line */
	const char *does; /* EST operation, NULL: none */
} modes[] = {
	[OPTIONS_REENROLL_NEW] = { "reenroll-new", "simplereenroll" },
	[OPTIONS_REENROLL_KEPT] = { "reenroll-kept", "simplereenroll" },
	[OPTIONS_ENROLL] = { "enroll", "simpleenroll" },
	[OPTIONS_CACERTS_NEW] = { "cacerts-new", "cacerts" },
	[OPTIONS_CACERTS_KEPT] = { "cacerts-kept", "cacerts" },
	[OPTIONS_GET_KEPT] = { "get-kept", TARGET_ITSELF },
	[OPTIONS_IDLE] = { "idle", NULL },
	[OPTIONS_FLOOR] = { "floor", NULL },
};

enum opt {
	OPT_URL = 256,
	OPT_LABEL,
	OPT_NEW,
	OPT_CONNECTIONS,
	OPT_REQUESTS,
	OPT_SECONDS,
	OPT_RATE,
	OPT_WARMUP,
	OPT_CSRS,
	OPT_DEADLINE,
	OPT_TLS,
	OPT_GROUPS,
	OPT_CACERT,
	OPT_INSECURE,
	OPT_RESUME,
	OPT_CERT,
	OPT_KEY,
	OPT_IDENTITIES,
	OPT_USER,
	OPT_USERPASS_FILE,
	OPT_FIELDS_FILE,
	OPT_BODY_FILE,
	OPT_KEY_TYPE,
	OPT_EXPECT,
	OPT_PID,
	OPT_PID_TREE,
	OPT_JSON,
	OPT_THREADS,
	OPT_HELP
};

static const struct option longs[] = {
	{ "url", required_argument, NULL, OPT_URL },
	{ "label", required_argument, NULL, OPT_LABEL },
	{ "new", no_argument, NULL, OPT_NEW },
	{ "connections", required_argument, NULL, OPT_CONNECTIONS },
	{ "requests", required_argument, NULL, OPT_REQUESTS },
	{ "seconds", required_argument, NULL, OPT_SECONDS },
	{ "rate", required_argument, NULL, OPT_RATE },
	{ "warmup", required_argument, NULL, OPT_WARMUP },
	{ "csrs", required_argument, NULL, OPT_CSRS },
	{ "deadline", required_argument, NULL, OPT_DEADLINE },
	{ "tls", required_argument, NULL, OPT_TLS },
	{ "groups", required_argument, NULL, OPT_GROUPS },
	{ "cacert", required_argument, NULL, OPT_CACERT },
	{ "insecure", no_argument, NULL, OPT_INSECURE },
	{ "resume", no_argument, NULL, OPT_RESUME },
	{ "cert", required_argument, NULL, OPT_CERT },
	{ "key", required_argument, NULL, OPT_KEY },
	{ "identities", required_argument, NULL, OPT_IDENTITIES },
	{ "user", required_argument, NULL, OPT_USER },
	{ "userpass-file", required_argument, NULL, OPT_USERPASS_FILE },
	{ "fields-file", required_argument, NULL, OPT_FIELDS_FILE },
	{ "body-file", required_argument, NULL, OPT_BODY_FILE },
	{ "key-type", required_argument, NULL, OPT_KEY_TYPE },
	{ "expect", required_argument, NULL, OPT_EXPECT },
	{ "pid", required_argument, NULL, OPT_PID },
	{ "pid-tree", no_argument, NULL, OPT_PID_TREE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "threads", required_argument, NULL, OPT_THREADS },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

const char *
options_mode_name(enum options_mode m)
{
	return modes[m].name;
}

bool
options_enrolls(const struct options *o)
{
	return o->mode == OPTIONS_REENROLL_NEW ||
	       o->mode == OPTIONS_REENROLL_KEPT || o->mode == OPTIONS_ENROLL;
}

bool
options_certificates(const struct options *o)
{
	return o->mode != OPTIONS_GET_KEPT;
}

static bool
wrong(const char *what, const char *value)
{
	fprintf(stderr, "estbench: %s%s%s (see estbench --help)\n", what,
	    value != NULL ? ": " : "", value != NULL ? value : "");
	return false;
}

/* Out of memory at the start of a measurement: nothing to rescue. */
static char *
copy(const char *text, size_t len)
{
	char *s = strndup(text, len);

	if (s == NULL)
		abort();
	return s;
}

static void
replace(char **s, const char *text)
{
	free(*s);
	*s = copy(text, strlen(text));
}

/* A decimal from min to max, and nothing else in the text. */
static bool
number(const char *name, const char *text, long min, long max, long *out)
{
	char *end = NULL;

	errno = 0;
	*out = strtol(text, &end, 10);
	if (errno == 0 && end != text && *end == '\0' && *out >= min &&
	    *out <= max)
		return true;
	fprintf(stderr, "estbench: --%s takes %ld to %ld, not \"%s\"\n", name,
	    min, max, text);
	return false;
}

static bool
duration(const char *name, const char *text, double *out)
{
	char *end = NULL;

	*out = strtod(text, &end);
	if (end != text && *end == '\0' && isfinite(*out) && *out > 0 &&
	    *out <= RUN_MAX_S)
		return true;
	fprintf(stderr, "estbench: --%s takes seconds up to %.0f, not \"%s\"\n",
	    name, RUN_MAX_S, text);
	return false;
}

static bool
add_pid(struct options *o, const char *text)
{
	pid_t *more;
	long pid = 0;

	if (!number("pid", text, 1, INT_MAX, &pid))
		return false;
	more = realloc(o->pids, (o->pid_count + 1) * sizeof(*more));
	if (more == NULL)
		abort();
	o->pids = more;
	o->pids[o->pid_count++] = (pid_t)pid;
	return true;
}

static bool
read_tls(struct options *o, const char *text)
{
	if (strcmp(text, "1.2") == 0)
		o->tls = TLS1_2_VERSION;
	else if (strcmp(text, "1.3") == 0)
		o->tls = TLS1_3_VERSION;
	else
		return wrong("--tls takes 1.2 or 1.3, not", text);
	return true;
}

static bool
read_key_type(struct options *o, const char *text)
{
	if (strcmp(text, "ec") == 0)
		o->key_type = OPTIONS_KEY_EC;
	else if (strcmp(text, "rsa") == 0)
		o->key_type = OPTIONS_KEY_RSA;
	else if (strcmp(text, "ed25519") == 0)
		o->key_type = OPTIONS_KEY_ED25519;
	else
		return wrong("--key-type takes ec, rsa or ed25519, not", text);
	return true;
}

static bool
take_number(struct options *o, int opt, const char *text)
{
	long n = 0;
	bool ok;

	switch (opt) {
	case OPT_CONNECTIONS:
		ok = number("connections", text, 1, CONNECTIONS_MAX, &n);
		o->connections = (int)n;
		return ok;
	case OPT_REQUESTS:
		return number("requests", text, 1, REQUESTS_MAX, &o->requests);
	case OPT_RATE:
		return number("rate", text, 1, RATE_MAX, &o->rate);
	case OPT_WARMUP:
		return number("warmup", text, 0, REQUESTS_MAX, &o->warmup);
	case OPT_CSRS:
		return number("csrs", text, 1, REQUESTS_MAX, &o->csrs);
	case OPT_EXPECT:
		ok = number("expect", text, 200, 599, &n);
		o->expect = (int)n;
		return ok;
	default: /* OPT_THREADS */
		return number("threads", text, 1, 1, &n);
	}
}

static bool
take_file(struct options *o, int opt, const char *text)
{
	switch (opt) {
	case OPT_CACERT:
		replace(&o->cacert, text);
		return true;
	case OPT_CERT:
		return pairs_add_cert(o, text);
	case OPT_KEY:
		return pairs_add_key(o, text);
	case OPT_IDENTITIES:
		return pairs_add_directory(o, text);
	case OPT_USERPASS_FILE:
		replace(&o->userpass_file, text);
		return true;
	case OPT_FIELDS_FILE:
		return fields_read(text, &o->fields);
	case OPT_BODY_FILE:
		return fields_read_body(text, &o->body);
	default: /* OPT_USER */
		return wrong("passwords are not taken from the command line, "
			     "use --userpass-file FILE",
		    NULL);
	}
}

static bool
take(struct options *o, int opt, const char *text)
{
	switch (opt) {
	case OPT_URL:
		replace(&o->url, text);
		return true;
	case OPT_LABEL:
		replace(&o->label, text);
		return true;
	case OPT_NEW:
		return o->fresh = true;
	case OPT_SECONDS:
		return duration("seconds", text, &o->run_s);
	case OPT_DEADLINE:
		return duration("deadline", text, &o->deadline_s);
	case OPT_TLS:
		return read_tls(o, text);
	case OPT_GROUPS:
		replace(&o->groups, text);
		return true;
	case OPT_INSECURE:
		return o->insecure = true;
	case OPT_RESUME:
		return o->resume = true;
	case OPT_KEY_TYPE:
		return read_key_type(o, text);
	case OPT_PID:
		return add_pid(o, text);
	case OPT_PID_TREE:
		return o->pid_tree = true;
	case OPT_JSON:
		return o->json = true;
	case OPT_CACERT:
	case OPT_CERT:
	case OPT_KEY:
	case OPT_IDENTITIES:
	case OPT_USER:
	case OPT_USERPASS_FILE:
	case OPT_FIELDS_FILE:
	case OPT_BODY_FILE:
		return take_file(o, opt, text);
	default:
		return take_number(o, opt, text);
	}
}

static bool
read_mode(struct options *o, const char *text)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(text, modes[i].name) != 0)
			continue;
		o->mode = (enum options_mode)i;
		if (o->mode == OPTIONS_REENROLL_NEW ||
		    o->mode == OPTIONS_CACERTS_NEW)
			o->fresh = true;
		return true;
	}
	return wrong("no such mode", text);
}

/* What one option cannot see: do they fit together? */
static bool
settle(struct options *o)
{
	bool reenroll = options_enrolls(o) && o->mode != OPTIONS_ENROLL;

	if (o->mode == OPTIONS_FLOOR) {
		o->requests = o->requests > 0 ? o->requests : FLOOR_DEFAULT;
		return o->url == NULL || wrong("floor asks no server", NULL);
	}
	if (!target_read(o, modes[o->mode].does) || !pairs_complete(o))
		return false;
	if (o->cacert == NULL && !o->insecure)
		return wrong("say --cacert FILE or --insecure", NULL);
	if (o->cacert != NULL && o->insecure)
		return wrong(
		    "--cacert and --insecure exclude each other", NULL);
	if (reenroll && o->pair_count == 0)
		return wrong("this mode needs --cert and --key, or "
			     "--identities",
		    NULL);
	if (o->mode == OPTIONS_ENROLL && o->userpass_file == NULL)
		return wrong("this mode needs --userpass-file", NULL);
	if (o->mode != OPTIONS_ENROLL && o->userpass_file != NULL)
		return wrong("--userpass-file is for the mode enroll", NULL);
	if (o->mode != OPTIONS_GET_KEPT &&
	    (o->fields != NULL || o->body != NULL))
		return wrong("--fields-file and --body-file are for the mode "
			     "get-kept",
		    NULL);
	if (o->mode == OPTIONS_IDLE && o->requests > 0)
		return wrong(
		    "idle sends no requests, it takes --seconds", NULL);
	if (o->mode == OPTIONS_IDLE && o->run_s <= 0)
		o->run_s = HOLD_DEFAULT_S;
	if (o->requests == 0 && o->run_s <= 0)
		return wrong("say --requests N or --seconds S", NULL);
	if (o->requests > 0 && o->run_s > 0)
		return wrong(
		    "--requests and --seconds exclude each other", NULL);
	if (o->warmup < 0)
		o->warmup = o->mode == OPTIONS_IDLE ? 1 : o->connections;
	if (o->mode == OPTIONS_ENROLL && o->key_type == OPTIONS_KEY_OWN)
		o->key_type = OPTIONS_KEY_EC;
	return true;
}

enum options_rc
options_parse(struct options *o, int argc, char **argv)
{
	int opt;

	*o = (struct options){ .connections = 8,
		.warmup = -1,
		.deadline_s = DEADLINE_DEFAULT_S,
		.expect = 200 };
	while ((opt = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (opt == OPT_HELP || opt == 'h')
			return OPTIONS_HELP;
		if (opt == '?') {
			wrong("wrong usage", NULL);
			return OPTIONS_WRONG;
		}
		if (!take(o, opt, optarg))
			return OPTIONS_WRONG;
	}
	if (argc - optind != 1) {
		wrong("say one MODE", argc > optind ? argv[optind + 1] : NULL);
		return OPTIONS_WRONG;
	}
	if (!read_mode(o, argv[optind]) || !settle(o))
		return OPTIONS_WRONG;
	return OPTIONS_OK;
}

void
options_free(struct options *o)
{
	free(o->url);
	free(o->host);
	free(o->port);
	free(o->path);
	free(o->fields);
	free(o->body);
	free(o->label);
	free(o->groups);
	free(o->cacert);
	free(o->userpass_file);
	pairs_free(o);
	free(o->pids);
	*o = (struct options){ 0 };
}
