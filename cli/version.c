/*
 * koshin version
 */
#include <event2/event.h>
#include <jansson.h>
#include <libpq-fe.h>
#include <openssl/crypto.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/listing.h"
#include "db/migrate.h"

static const char *const columns[] = { "koshin", "schema", "openssl",
	"libevent", "libpq", NULL };

static enum command_exit
run_version(const struct command_line *line)
{
	struct listing *l = listing_new(columns);
	char libpq[32];
	int version = PQlibVersion();

	snprintf(
	    libpq, sizeof(libpq), "%d.%d", version / 10000, version % 10000);
	listing_text(l, KOSHIN_VERSION);
	listing_number(l, migrate_known());
	listing_text(l, OpenSSL_version(OPENSSL_VERSION_STRING));
	listing_text(l, event_get_version());
	listing_text(l, libpq);
	listing_print_one(l, command_given(line, "--json"));
	listing_free(l);
	return COMMAND_DONE;
}

const struct command version_command = { "", "version", NULL,
	"shows the versions of the program and its libraries",
	(const struct command_option[]){ COMMAND_JSON, COMMAND_END },
	run_version };
