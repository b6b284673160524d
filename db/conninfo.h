/*
 * conninfo - how a PostgreSQL server is named: judged before anybody
 * connects.
 */
#ifndef DB_CONNINFO_H
#define DB_CONNINFO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"

/*
 * Whether libpq understands it and there is no password in it; `why` is to be
 * put behind the name of the setting.
 * A password belongs into a file (passfile=), where `ps` and backups of the
 * configuration do not show it.
 */
bool conninfo_check(const char *conninfo, struct fault *why);

/*
 * The same server and database for another user: what only the first user
 * has (a service name, a passfile, a client certificate) is left out. False
 * if it does not fit `size`, or libpq does not understand it.
 */
bool conninfo_as(
    const char *conninfo, const char *user, char *out, size_t size);

#endif
