/*
 * koshin ca - the certificates of the CA, from the configured files.
 */
#include <stdio.h>

#include "cli/commands/commands.h"
#include "cli/table.h"
#include "pki/ca.h"
#include "pki/ca_text.h"

static const char *const columns[] = { "subject", "serial", "not_before",
	"not_after", "fingerprint", NULL };

struct ca *
commands_ca(const struct session *d)
{
	struct fault why;
	struct ca *ca = ca_open(&d->config->ca, &why);

	if (ca == NULL)
		command_say("%s", why.text);
	return ca;
}

bool
ca_show(struct session *d)
{
	struct ca *ca = commands_ca(d);
	struct table *l;
	struct ca_text text;

	if (ca == NULL)
		return false;
	l = table_new(columns);
	for (size_t i = 0; i < ca_text_count(ca); i++) {
		ca_text_of(ca, i, &text);
		table_text(l, text.subject);
		table_text(l, text.serial);
		table_time(l, text.not_before);
		table_time(l, text.not_after);
		table_text(l, text.fingerprint);
	}
	table_print(l, command_given(d->line, "--json"));
	ca_free(ca);
	return true;
}

bool
ca_export(struct session *d)
{
	struct ca *ca = commands_ca(d);
	size_t count = ca != NULL ? ca_text_count(ca) : 0;
	bool good = ca != NULL;

	for (size_t i = 0; i < count; i++)
		if (i == count - 1 || !command_given(d->line, "--root"))
			good &= ca_text_pem(ca, i, stdout);
	ca_free(ca);
	return good;
}
