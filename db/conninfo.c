#include "db/conninfo.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/secret.h"

#define ANSWERS_S "2" /* to whether anybody is there */

/* What libpq takes for this keyword; NULL: it has a default of its own. */
static const char *
value_of(const PQconninfoOption *options, const char *keyword)
{
	for (const PQconninfoOption *o = options; o->keyword != NULL; o++)
		if (strcmp(o->keyword, keyword) == 0)
			return o->val != NULL	   ? o->val
			       : o->envvar != NULL ? getenv(o->envvar)
						   : NULL;
	return NULL;
}

static bool
is_set(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/* What stands behind the next comma; NULL: nothing. */
static const char *
next_of(const char *list)
{
	const char *comma = strchr(list, ',');

	return comma != NULL ? comma + 1 : NULL;
}

/* The one of these hosts that is not this machine; NULL: none. */
static const char *
elsewhere(const char *hosts, char host[256])
{
	for (const char *at = hosts; at != NULL; at = next_of(at)) {
		snprintf(host, 256, "%.*s", (int)strcspn(at, ","), at);
		if (host[0] != '\0' && host[0] != '/' && host[0] != '@' &&
		    !address_is_loopback(host))
			return host;
	}
	return NULL;
}

/* An empty one in the list: there the host counts. */
static bool
has_gaps(const char *list)
{
	for (const char *at = list; at != NULL; at = next_of(at))
		if (at[0] == ',' || at[0] == '\0')
			return true;
	return !is_set(list);
}

/* Where there is a hostaddr, a host is only a name (libpq 34.1.2). */
static bool
judge_way(const PQconninfoOption *options, struct fault *why)
{
	const char *addresses = value_of(options, "hostaddr");
	const char *mode = value_of(options, "sslmode");
	char room[256];
	const char *host = elsewhere(addresses, room);

	if (host == NULL && has_gaps(addresses))
		host = elsewhere(value_of(options, "host"), room);
	if (host == NULL || (is_set(mode) && strcmp(mode, "verify-full") == 0))
		return true;
	return fault_set(why,
	    "goes over the network to %s with sslmode=%s; must have "
	    "sslmode=verify-full and sslrootcert=FILE, or name a Unix socket "
	    "or an address of this machine as 127.0.0.1",
	    host, is_set(mode) ? mode : "prefer");
}

static bool
judge(const PQconninfoOption *options, struct fault *why)
{
	for (const PQconninfoOption *o = options; o->keyword != NULL; o++) {
		bool secret = strcmp(o->keyword, "password") == 0 ||
			      strcmp(o->keyword, "sslpassword") == 0;

		if (!secret || o->val == NULL)
			continue;
		secret_wipe(o->val, strlen(o->val));
		return fault_set(why,
		    "has a password in it; put it into a file of mode 0600 "
		    "and name that with passfile=");
	}
	return judge_way(options, why);
}

bool
conninfo_check_begun(PGconn *conn, struct fault *why)
{
	PQconninfoOption *options = PQconninfo(conn);
	bool good = options != NULL && judge_way(options, why);

	if (options == NULL)
		fault_set(why, "out of memory");
	PQconninfoFree(options);
	return good;
}

bool
conninfo_check(const char *conninfo, struct fault *why)
{
	char *error = NULL;
	PQconninfoOption *options = PQconninfoParse(conninfo, &error);
	bool good;

	if (options == NULL) {
		if (error != NULL)
			error[strcspn(error, "\n")] = '\0';
		fault_set(why,
		    "is not a PostgreSQL connection: %s; must be like "
		    "`host=/run/postgresql dbname=koshin user=koshin_front`",
		    error != NULL ? error : "out of memory");
		PQfreemem(error);
		return false;
	}
	good = judge(options, why);
	PQconninfoFree(options);
	return good;
}

static bool
is_of_server(const char *keyword)
{
	static const char *const all[] = { "host", "hostaddr", "port", "dbname",
		"sslmode", "sslrootcert", "target_session_attrs" };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (strcmp(all[i], keyword) == 0)
			return true;
	return false;
}

/* keyword='value', with \ before ' and \ (libpq 34.1.1.1). */
static void
put(FILE *out, const char *keyword, const char *value)
{
	fprintf(out, "%s=", keyword);
	if (value[strcspn(value, " '\\")] == '\0' && value[0] != '\0') {
		fprintf(out, "%s ", value);
		return;
	}
	fputc('\'', out);
	for (; *value != '\0'; value++) {
		if (*value == '\'' || *value == '\\')
			fputc('\\', out);
		fputc(*value, out);
	}
	fputs("' ", out);
}

bool
conninfo_as(const char *conninfo, const char *user, char *out, size_t size)
{
	PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
	FILE *file = fmemopen(out, size, "w");
	bool fits;

	for (PQconninfoOption *o = options;
	     file != NULL && o != NULL && o->keyword != NULL; o++)
		if (o->val != NULL && is_of_server(o->keyword))
			put(file, o->keyword, o->val);
	fits = file != NULL && options != NULL &&
	       fprintf(file, "user=%s", user) > 0 && fflush(file) == 0 &&
	       (size_t)ftell(file) < size - 1;
	if (file != NULL)
		fclose(file);
	PQconninfoFree(options);
	return fits;
}

/* ------------------------------------------------------------------- needs */

#define PORT "5432"
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* A path or an abstract name is a Unix socket, and so is none. */
static bool
all_local(const char *hosts)
{
	const char *host;

	if (!is_set(hosts))
		return true;
	for (host = hosts; host != NULL; host = next_of(host))
		if (host[0] != '/' && host[0] != '@')
			return false;
	return true;
}

static void
take_ports(const char *list, struct conninfo_needs *n)
{
	const char *at = is_set(list) ? list : PORT;

	for (size_t i = 0; at != NULL && i < CONNINFO_PORTS_MAX; i++) {
		bool said = at[0] != ',' && at[0] != '\0';

		n->ports[i] = (unsigned)strtoul(said ? at : PORT, NULL, 10);
		at = next_of(at);
	}
}

/* What libpq looks for by itself. */
static void
tell_home(void (*file)(void *arg, const char *path), void *arg)
{
	static const char *const names[] = { ".pgpass", ".postgresql",
		".pg_service.conf" };
	const char *home = getenv("HOME");
	char path[4096];

	for (size_t i = 0; home != NULL && i < COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", home, names[i]);
		file(arg, path);
	}
}

struct conninfo_needs
conninfo_needs(
    const char *conninfo, void (*file)(void *arg, const char *path), void *arg)
{
	static const char *const files[] = { "passfile", "sslcert", "sslkey",
		"sslrootcert", "sslcrl", "sslcrldir" };
	PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
	struct conninfo_needs n = { .network = true };

	tell_home(file, arg);
	if (options == NULL)
		return n;
	for (size_t i = 0; i < COUNT(files); i++)
		if (is_set(value_of(options, files[i])))
			file(arg, value_of(options, files[i]));
	if (!is_set(value_of(options, "service"))) {
		n.network = is_set(value_of(options, "hostaddr")) ||
			    !all_local(value_of(options, "host"));
		take_ports(value_of(options, "port"), &n);
	}
	PQconninfoFree(options);
	return n;
}

bool
conninfo_answers(const char *conninfo, struct fault *why)
{
	static const char *const keys[] = { "dbname", "connect_timeout", NULL };
	const char *values[] = { conninfo, ANSWERS_S, NULL };

	switch (PQpingParams(keys, values, 1)) {
	case PQPING_OK:
		return true;
	case PQPING_REJECT:
		return fault_set(why, "PostgreSQL is starting or stopping");
	default:
		return fault_set(why, "no PostgreSQL answers there");
	}
}
