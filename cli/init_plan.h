/*
 * init_plan - what `koshin init` is to make, from its options.
 */
#ifndef CLI_INIT_PLAN_H
#define CLI_INIT_PLAN_H

#include <limits.h>
#include <stdbool.h>

#include "cli/session.h"
#include "config/config_show.h"

#define INIT_PLAN_SAID_MAX 64
#define INIT_PLAN_NAMES_MAX 16

struct init_plan {
	const struct command_line *line;
	char folder[PATH_MAX]; /* absolute */
	bool yaml_kept;	       /* koshin.yaml is there already */
	bool own_ca;	       /* --ca-certificate and its company */
	const char *name;
	const char *server_names[INIT_PLAN_NAMES_MAX];
	size_t server_name_count;
	/* for koshin.yaml, ended by key NULL */
	struct config_said said[INIT_PLAN_SAID_MAX + 1];
	size_t said_count;
	char set_key[INIT_PLAN_SAID_MAX / 2][64]; /* of --set KEY=VALUE */
	char text[28][1024]; /* values that had to be put together */
	size_t text_count;
};

/*
 * Judges the options together and makes the folder. False, and why it cannot
 * be has been said; session->misused where that is the fault of the options.
 */
bool init_plan_make(struct init_plan *, struct session *);

#endif
