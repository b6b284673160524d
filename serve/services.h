/*
 * services - the processes of `koshin serve`, in one table: what each needs,
 * and what it does. The parent opens that, starts them in this order and ends
 * them in the other one; what is checked at the start and by `koshin
 * check-config` is checked for each row.
 *
 * A new process is a row here, what it does in serve/work.c or in a program of
 * its own, a setting `database.NAME` in
 * config/config_settings.c, and a role koshin_NAME in db/schema/.
 */
#ifndef SERVE_SERVICES_H
#define SERVE_SERVICES_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

#define SERVICE_SECRETS_MAX 6
#define SERVICE_READS_MAX 4
#define SERVICE_THREADS_MAX 64 /* of the front, each with its listeners */
/* Each has some for EST, and behind them some for people, by two names. */
#define SERVICE_LISTENERS_MAX (SERVICE_THREADS_MAX * CONFIG_ADDRESSES_MAX * 4)
#define SERVICE_REREADS_MAX 4

struct service {
	const char *name; /* in log and process list */
	/* In struct config: its conninfo, 0 of one that has none, and the names
	 * of the secret files that it may read, 0 behind the last. */
	size_t database;
	size_t secrets[SERVICE_SECRETS_MAX];
	/*
	 * The same for what it opens by its name (serve/reach.h), and nothing
	 * else can be: files and folders, files that may be replaced while
	 * it runs, one that it replaces itself, a folder that it publishes in.
	 */
	size_t reads[SERVICE_READS_MAX];
	size_t rereads[SERVICE_REREADS_MAX];
	size_t writes;
	size_t publishes;
	bool counts;   /* in Redis */
	bool sessions; /* it keeps those of people there, for the portal */
	bool mails;    /* through the relay */
	bool grants;   /* has the key of grants (policy/grant.h) */
	/* On the socket service.run/NAME.sock, by that process alone. */
	const char *asked_by;
	/* On service.run/desk.sock, by the operator's command line
	 * (auth/desk_ask.h): its second listener, if there is one. */
	bool serves_desk;
	bool listens; /* on the ports of the doors, with each thread */
	bool reloads; /* SIGHUP reads its texts again */
	bool renews;  /* SIGHUP reads its secrets again, given anew */
	bool drains;  /* has est.drain_s more to end */
	bool signs;   /* has the key of the CA */
	bool yields;  /* has a session of its own (auth/yield.h) */
	/* Runs where the portal is open and has keys made, by keymaker/,
	 * and else not at all. */
	bool makes_keys;
	/* Beside `koshin`, with libraries that nobody else shall have in his
	 * memory (T8); NULL: it is `koshin`. */
	const char *program;
};

#define SERVICES 6
extern const struct service services[SERVICES];

/* Whether there is such a process, by this configuration. */
bool service_runs(const struct config *, const struct service *);

/* What stands in the configuration at `database` or one of `secrets`. */
const char *service_setting(const struct config *, size_t offset);

#endif
