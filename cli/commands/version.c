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

bool
version(struct session *d)
{
	struct table *l = table_new(columns);
	char libpq[32];
	int number = PQlibVersion();

	snprintf(libpq, sizeof(libpq), "%d.%d", number / 10000, number % 10000);
	table_text(l, KOSHIN_VERSION);
	table_number(l, migrate_known());
	table_text(l, OpenSSL_version(OPENSSL_VERSION_STRING));
	table_text(l, event_get_version());
	table_text(l, libpq);
	table_print_one(l, command_given(d->line, "--json"));
	return true;
}
