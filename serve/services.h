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
	bool issuer_socket; /* is given the one that fronts connect to */
	bool reloads;	    /* SIGHUP reads its files again */
	bool drains;	    /* has est.drain_s more to end */
	/* Until SIGTERM. The exit status. */
	int (*run)(const struct config *, int issuer_socket, stage_fn *tell);
};

#define SERVICES 4
extern const struct service services[SERVICES];

/* libpq's conninfo of its role. */
const char *service_database(const struct service *, const struct config *);

#endif
