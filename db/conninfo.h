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
 * Whether libpq understands it, there is no password in it, and nobody on the
 * way can read or be the server (T11): it is a Unix socket or a loopback
 * address, or TLS with sslmode=verify-full. `why` is to be put behind the name
 * of the setting.
 * A password belongs into a file (passfile=), where `ps` and backups of the
 * configuration do not show it.
 */
bool conninfo_check(const char *conninfo, struct fault *why);

/*
 * The same for what a connection was really begun with, by a service file too.
 * What libpq does by the environment conninfo_check() has seen.
 */
struct pg_conn;
bool conninfo_check_begun(struct pg_conn *, struct fault *why);

/*
 * The same server and database for another user: what only the first user
 * has (a service name, a passfile, a client certificate) is left out. False
 * if it does not fit `size`, or libpq does not understand it.
 */
bool conninfo_as(
    const char *conninfo, const char *user, char *out, size_t size);

/*
 * Whether a server takes connections there: what it thinks of ours is another
 * question. Waits 2 s at most for one that is silent. `why` as above.
 */
bool conninfo_answers(const char *conninfo, struct fault *why);

/* What a connection needs from its machine. */
#define CONNINFO_PORTS_MAX 8
struct conninfo_needs {
	bool network; /* not a Unix socket, or nobody can tell */
	/* TCP ports on it, 0 behind the last; none: nobody can tell. */
	unsigned ports[CONNINFO_PORTS_MAX + 1];
};
/*
 * Calls `file` for each file and folder that libpq may read. Its environment
 * counts; a service file (service=) may say anything.
 */
struct conninfo_needs conninfo_needs(
    const char *conninfo, void (*file)(void *arg, const char *path), void *arg);

#endif
