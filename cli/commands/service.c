/*
 * koshin serve, check-config, profile show - what the configuration says, and
 * whether the service can start with it (X-08..X-11).
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/commands/commands.h"
#include "config/config_show.h"
#include "pki/sample.h"
#include "serve/parent.h"
#include "serve/preflight.h"

bool
serve(struct session *d)
{
	return parent_run(d->config) == 0;
}

static void
say_line(void *arg, enum preflight_line kind, const char *line)
{
	(void)arg;
	command_say("%s%s", kind == PREFLIGHT_WARNING ? "warning: " : "", line);
}

bool
check_config(struct session *d)
{
	bool good = preflight(d->config, say_line, NULL, NULL);

	if (command_given(d->line, "--show"))
		config_show(d->config, stdout);
	else if (good)
		printf("%s: good\n", d->config->path);
	return good;
}

static bool
show_sample(
    const struct config *c, const struct ca *ca, const struct profile *p)
{
	struct sample sample;
	struct fault why;
	bool good;

	if (!sample_make(ca, &c->ca, p, NULL, clock_now(), &sample, &why))
		return command_say("profile %s: %s", p->name, why.text);
	good = sample_print(&sample, stdout);
	sample_free(&sample);
	return good;
}

bool
profile_show(struct session *d)
{
	const struct config *c = d->config;
	const char *name = d->line->word;
	bool sample = command_given(d->line, "--sample");
	struct ca *ca = sample ? commands_ca(d) : NULL;
	bool found = name == NULL, good = !sample || ca != NULL;

	for (unsigned i = 0; i < c->profiles_count && good; i++) {
		if (name != NULL && strcmp(name, c->profiles[i].name) != 0)
			continue;
		config_show_profile(&c->profiles[i], stdout);
		good = !sample || show_sample(c, ca, &c->profiles[i]);
		found = true;
	}
	ca_free(ca);
	if (good && !found)
		command_say("unknown profile `%.64s`", name);
	return good && found;
}
