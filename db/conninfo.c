#include "db/conninfo.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"

static void
judge(PQconninfoOption *options, char *why, size_t why_size)
{
	for (PQconninfoOption *o = options; o->keyword != NULL; o++) {
		bool secret = strcmp(o->keyword, "password") == 0 ||
			      strcmp(o->keyword, "sslpassword") == 0;

		if (!secret || o->val == NULL)
			continue;
		secret_wipe(o->val, strlen(o->val));
		snprintf(why, why_size,
		    "has a password in it; put it into a "
		    "file of mode 0600 and name that with "
		    "passfile=");
	}
}

const char *
conninfo_check(const char *conninfo, char *why, size_t why_size)
{
	char *error = NULL;
	PQconninfoOption *options = PQconninfoParse(conninfo, &error);

	why[0] = '\0';
	if (options == NULL) {
		if (error != NULL)
			error[strcspn(error, "\n")] = '\0';
		snprintf(why, why_size,
		    "is not a PostgreSQL connection: %s; must be like "
		    "`host=/run/postgresql dbname=koshin user=koshin_front`",
		    error != NULL ? error : "out of memory");
		PQfreemem(error);
		return why;
	}
	judge(options, why, why_size);
	PQconninfoFree(options);
	return why[0] != '\0' ? why : NULL;
}
