/*
 * koshin serve, check-config, profile show - what the configuration says, and
 * whether the service can start with it (X-08..X-11). `serve` does not touch
 * the CA key: only the issuer reads it.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/commands/commands.h"
#include "config/config_show.h"
#include "mailer/template.h"
#include "pki/ca.h"
#include "policy/validity.h"
#include "serve/parent.h"
#include "serve/preflight.h"

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

/* The CA's certificates, its key only with `key`. False: it has been
 * said. */
static bool
fit_ca(const struct config *c, bool key)
{
	struct fault why;
	struct ca *ca = ca_open(&c->ca, &why);
	bool fits = ca != NULL && (!key || ca_open_key(ca, &c->ca, &why));

	if (!fits)
		command_say("%s", why.text);
	else
		fits = profiles_fit(c, ca);
	ca_free(ca);
	return fits;
}

/* The texts of all mails. */
static bool
fit_mails(const struct config *c)
{
	struct template_set *set =
	    template_load(c->mail.templates, command_say_line, NULL);
	bool fit = set != NULL;

	template_free(set);
	return fit;
}

enum command_exit
serve(struct session *d)
{
	return fit_ca(d->config, false) && fit_mails(d->config) &&
		       parent_run(d->config) == 0
		   ? COMMAND_DONE
		   : COMMAND_FAILED;
}

/* The stores last: it goes on as the user of the service. */
enum command_exit
check_config(struct session *d)
{
	struct config *c = d->config;
	struct fault why;
	bool good = fit_ca(c, true);

	good &= fit_mails(c);
	if (!preflight_stores(c, &why)) {
		command_say("%s", why.text);
		good = false;
	}
	if (command_given(d->line, "--show"))
		config_show(c, stdout);
	else if (good)
		printf("%s: good\n", c->path);
	return good ? COMMAND_DONE : COMMAND_FAILED;
}

enum command_exit
profile_show(struct session *d)
{
	const struct config *c = d->config;
	const char *name = d->line->word;
	bool found = name == NULL;

	for (unsigned i = 0; i < c->profiles_count; i++) {
		if (name != NULL && strcmp(name, c->profiles[i].name) != 0)
			continue;
		config_show_profile(&c->profiles[i], stdout);
		found = true;
	}
	if (!found)
		command_say("there is no profile `%.64s`", name);
	return found ? COMMAND_DONE : COMMAND_FAILED;
}
