#include "cli/fit.h"

#include <stdio.h>

#include "base/clock.h"
#include "cli/command.h"
#include "cli/escape.h"
#include "pki/ca.h"
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

bool
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

bool
fit_mails(const struct config *c)
{
	struct template_set *set =
	    template_load(c->mail.templates, on_fault, NULL);
	bool fit = set != NULL;

	template_free(set);
	return fit;
}
