/*
 * services - the processes of `koshin serve`, in one table: what each needs,
 * and what it does. The parent starts them in this order and ends them in the
 * other one; what is checked at the start and by `koshin check-config` is
 * checked for each row.
 *
 * A new process is a row here, a setting `database.NAME` in
 * config/config_settings.c, and a role koshin_NAME in db/schema/.
 */
#ifndef SERVE_SERVICES_H
#define SERVE_SERVICES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/stage.h"
#include "config/config.h"

struct service {
	const char *name;   /* in log and process list */
	size_t database;    /* in struct config: its conninfo */
	const char *socket; /* in service.run, on which it is asked, or NULL */
	bool reloads;	    /* SIGHUP reads its files again */
	bool drains;	    /* has est.drain_s more to end */
	/* Until SIGTERM. The exit status. */
	int (*run)(const struct config *, int socket, stage_fn *tell);
};

#define SERVICES 5
extern const struct service services[SERVICES];

/* libpq's conninfo of its role. */
const char *service_database(const struct service *, const struct config *);

#endif
