#include "db/conninfo.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"

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
	return true;
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
