/*
 * conninfo - how a PostgreSQL server is named: judged before anybody
 * connects.
 */
#ifndef DB_CONNINFO_H
#define DB_CONNINFO_H

#include <stddef.h>

/*
 * NULL when libpq understands it and there is no password in it; otherwise
 * what is wrong, in `why`, to be put behind the name of the setting.
 * A password belongs into a file (passfile=), where `ps` and backups of the
 * configuration do not show it.
 */
const char *conninfo_check(const char *conninfo, char *why, size_t why_size);

#endif
