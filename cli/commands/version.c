/*
 * koshin version
 */
#include <event2/event.h>
#include <jansson.h>
#include <libpq-fe.h>
#include <openssl/crypto.h>
#include <stdio.h>

#include "cli/commands/commands.h"
#include "cli/table.h"
#include "db/migrate.h"

static const char *const columns[] = { "koshin", "schema", "openssl",
	"libevent", "libpq", NULL };

static enum command_exit
run_version(const struct command_line *line)
{
	struct table *l = table_new(columns);
	char libpq[32];
	int version = PQlibVersion();

	snprintf(
	    libpq, sizeof(libpq), "%d.%d", version / 10000, version % 10000);
	table_text(l, KOSHIN_VERSION);
	table_number(l, migrate_known());
	table_text(l, OpenSSL_version(OPENSSL_VERSION_STRING));
	table_text(l, event_get_version());
	table_text(l, libpq);
	table_print_one(l, command_given(line, "--json"));
	table_free(l);
	return COMMAND_DONE;
}

const struct command version_command = { "", "version", NULL,
	"shows the versions of the program and its libraries",
	(const struct command_option[]){ COMMAND_JSON, COMMAND_END },
	run_version };
