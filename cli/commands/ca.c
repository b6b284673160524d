/*
 * koshin ca - the certificates of the CA, from the configured files.
 */
#include <stdio.h>

#include "cli/commands/commands.h"
#include "cli/session.h"
#include "cli/table.h"
#include "pki/ca.h"
#include "pki/ca_text.h"

static const char *const columns[] = { "subject", "serial", "not_before",
	"not_after", "fingerprint", NULL };

/* Opens both; works on the certificates from the issuing CA up. */
static enum command_exit
with_ca(const struct command_line *line,
    enum command_exit (*work)(const struct command_line *, const struct ca *))
{
	struct config *config = session_config(line, false);
	struct ca *ca = NULL;
	enum command_exit status = COMMAND_FAILED;
	struct fault why;

	if (config == NULL)
		return COMMAND_FAILED;
	ca = ca_open(&config->ca, &why);
	if (ca == NULL)
		command_say("%s", why.text);
	else
		status = work(line, ca);
	ca_free(ca);
	config_free(config);
	return status;
}

static enum command_exit
show(const struct command_line *line, const struct ca *ca)
{
	struct table *l = table_new(columns);
	struct ca_text text;

	for (size_t i = 0; i < ca_text_count(ca); i++) {
		ca_text_of(ca, i, &text);
		table_text(l, text.subject);
		table_text(l, text.serial);
		table_time(l, text.not_before);
		table_time(l, text.not_after);
		table_text(l, text.fingerprint);
	}
	table_print(l, command_given(line, "--json"));
	table_free(l);
	return COMMAND_DONE;
}

static enum command_exit
run_show(const struct command_line *line)
{
	return with_ca(line, show);
}

const struct command ca_show = { "ca", "show", NULL,
	"shows the CA's certificates, the issuing one first",
	(const struct command_option[]){
	    COMMAND_JSON, COMMAND_CONFIG, COMMAND_END },
	run_show };

static enum command_exit
put_pem(const struct command_line *line, const struct ca *ca)
{
	size_t last = ca_text_count(ca) - 1;
	size_t i = command_given(line, "--root") ? last : 0;
	bool good = true;

	for (; i <= last; i++)
		good &= ca_text_pem(ca, i, stdout);
	return good ? COMMAND_DONE : COMMAND_FAILED;
}

static enum command_exit
run_export(const struct command_line *line)
{
	return with_ca(line, put_pem);
}

const struct command ca_export = { "ca", "export", NULL,
	"writes the CA's certificates to standard output, as PEM",
	(const struct command_option[]){
	    { "--root", NULL, "the root alone", false, false }, COMMAND_CONFIG,
	    COMMAND_END },
	run_export };
