/*
 * koshin-courier - the courier of `koshin serve`: the only program that has
 * libcurl and what that brings. `--version` says of which build it is.
 */
#include <stdio.h>
#include <string.h>

#include "base/locked.h"
#include "base/secret.h"
#include "mailer/courier.h"
#include "serve/entry.h"
#include "serve/services.h"

#define KEEP "https://%s/keep#"
#define KEEP_SIZE (sizeof(KEEP) + CONFIG_AUTHORITY_SIZE)

/* The page of the portal where an address is kept (portal/keep.h). */
static void
write_keep(char out[KEEP_SIZE], const struct config_site *portal)
{
	char authority[CONFIG_AUTHORITY_SIZE];

	config_authority(portal, authority);
	snprintf(out, KEEP_SIZE, KEEP, authority);
}

static int
run_courier(const struct config *c, const struct stage_given *given)
{
	const struct config_mail *mail = &c->mail;
	struct courier_options o = { .conninfo = c->database.courier,
		.relay = mail->relay,
		.helo = mail->helo,
		.starttls = mail->starttls,
		.ca = mail->ca,
		.user = mail->user,
		.from = mail->from,
		.service = c->service.name,
		.contact = c->service.contact,
		.url = c->service.url,
		.domain = mail->domain,
		.templates = mail->templates,
		.connections = mail->connections,
		.give_up_h = mail->give_up_h,
		.retry_first_s = mail->retry_first_s,
		.retry_last_s = mail->retry_last_s,
		.keep_days = mail->keep_days,
		.installed = c->member.host != NULL,
		.profiles = c->profiles,
		.profile_count = c->profiles_count };
	char keep[KEEP_SIZE];
	struct secret_key *key;
	char *password = NULL;
	struct fault why;
	int status;

	key = secret_keep_key(c->code_key, &why);
	if (key == NULL)
		return entry_refuse(c->code_key, why.text);
	if (mail->password != NULL) {
		password = secret_keep_text(mail->password, &why);
		if (password == NULL)
			return entry_refuse(mail->password, why.text);
	}
	if (c->portal.host != NULL) {
		write_keep(keep, &c->portal);
		o.keep = keep;
	}
	o.code_key = key;
	o.password = password;
	status = courier_run(&o, given->tell);
	locked_free(password);
	locked_free(key);
	return status;
}

int
main(int argc, char **argv)
{
	const struct service *service = entry_service(argv[0]);

	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts(KOSHIN_VERSION) < 0;
	if (service == NULL) {
		fputs("koshin-courier: is started by `koshin serve`\n", stderr);
		return 1;
	}
	return entry_run(service, run_courier, argv[1], argv[2]);
}
