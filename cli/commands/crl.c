/*
 * koshin crl publish - a new list of revoked certificates now. koshin crl list,
 * show: those that were published.
 */
#include "cli/commands/commands.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/listing.h"

#define WAIT_S 60 /* issuers look every few seconds */

/* -1: it has been said. 0: none yet. */
static int64_t
newest(struct database *db)
{
	if (!database_ask(db,
		"SELECT coalesce(max(number), 0) FROM koshin.crl"
		" WHERE published_at IS NOT NULL",
		NULL))
		return -1;
	return database_count(db);
}

bool
crl_publish(struct session *d)
{
	struct database *db = d->database;
	int64_t before, number = 0;

	if (d->config->crl.folder == NULL)
		return command_say("crl.folder is not set in %s: no list of "
				   "revoked certificates is published",
		    d->config->path);
	if (!DATABASE_ASK(db, "SELECT koshin.wish_crl($1)", d->remark))
		return false;
	before = database_count(db);
	for (int i = 0; i < WAIT_S && number <= before; i++) {
		sleep(1);
		number = newest(db);
		if (number < 0)
			return false;
	}
	if (number <= before)
		return command_say("no list was published within %d s; is the "
				   "service running? Its log says crl-failed "
				   "and why",
		    WAIT_S);
	command_say("list %" PRId64 " is published", number);
	return true;
}
