/*
 * koshin check-config, profile show - what the configuration says, and
 * whether the service can start with it (X-08..X-11).
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/desk.h"
#include "cli/escape.h"
#include "est/ca.h"
#include "est/config_show.h"
#include "mailer/template.h"
#include "policy/validity.h"

static void
on_fault(void *arg, const char *line)
{
	(void)arg;
	escape_put(stderr, line);
	fputc('\n', stderr);
}

/* a certificate issued today must not outlive the CA. */
static bool
profiles_fit(const struct config *c, const struct ca *ca)
{
	struct validity v;
	bool fit = true;

	for (unsigned i = 0; i < c->profiles_count; i++) {
		const struct profile *p = &c->profiles[i];

		if (validity_of(clock_now(), p->validity_days, &v) &&
		    v.not_after <= ca->not_after)
			continue;
		command_say("%s: profile %s: validity: is longer than the CA "
			    "has to live; renew the CA or shorten it",
		    c->path, p->name);
		fit = false;
	}
	return fit;
}

static bool
ca_fits(const struct config *c)
{
	char why[512];
	struct ca *ca = ca_open(&c->ca, why, sizeof(why));
	bool fits = ca != NULL && ca_open_key(ca, &c->ca, why, sizeof(why));

	if (!fits)
		command_say("%s", why);
	else
		fits = profiles_fit(c, ca);
	ca_free(ca);
	return fits;
}

static bool
mails_fit(const struct config *c)
{
	struct template_set *set =
	    template_load(c->mail.templates, on_fault, NULL);
	bool fit = set != NULL;

	template_free(set);
	return fit;
}

static enum command_exit
run_check(const struct command_line *line)
{
	struct config *c = desk_config(line, true);
	bool good;

	if (c == NULL)
		return COMMAND_FAILED;
	good = ca_fits(c);
	good &= mails_fit(c);
	if (command_given(line, "--show"))
		config_show(c, stdout);
	else if (good)
		printf("%s: good\n", c->path);
	config_free(c);
	return good ? COMMAND_DONE : COMMAND_FAILED;
}

const struct command check_config_command = { "", "check-config", NULL,
	"checks the configuration and every file it names",
	(const struct command_option[]){
	    { "--show", NULL, "print all values in force", false, false },
	    COMMAND_CONFIG, COMMAND_END },
	run_check };

static enum command_exit
run_profile(const struct command_line *line)
{
	struct config *c = desk_config(line, false);
	const char *name = line->word;
	const struct profile *p;

	if (c == NULL)
		return COMMAND_FAILED;
	p = name != NULL ? config_profile(c, name, strlen(name)) : NULL;
	if (name != NULL && p == NULL)
		command_say("there is no profile `%.64s`", name);
	for (unsigned i = 0; i < c->profiles_count; i++)
		if (name == NULL || p == &c->profiles[i])
			config_show_profile(&c->profiles[i], stdout);
	config_free(c);
	return name == NULL || p != NULL ? COMMAND_DONE : COMMAND_FAILED;
}

const struct command profile_show = { "profile", "show", "[NAME]",
	"shows one profile, or all; the first is the default",
	(const struct command_option[]){ COMMAND_CONFIG, COMMAND_END },
	run_profile };
