#include "serve/services.h"

#include "audit/sealer.h"
#include "auth/auth.h"
#include "base/log.h"
#include "base/secret.h"
#include "serve/front.h"
#include "issuer/issuer.h"
#include "mailer/courier.h"

/* A secret file that cannot be read: one line, and the exit status. */
static int
refuse(const char *path, const char *reason)
{
	struct fault why;

	fault_set(&why, "%s: %s", path, reason);
	log_say(LOG_LINE_ERROR, "start", why.text);
	return 1;
}

static int
run_courier(const struct config *c, int socket, stage_fn *tell)
{
	const struct config_mail *mail = &c->mail;
	struct courier_options o = { .conninfo = c->database.courier,
		.relay = mail->relay,
		.starttls = mail->starttls,
		.ca = mail->ca,
		.user = mail->user,
		.from = mail->from,
		.service = c->service.name,
		.domain = mail->domain,
		.templates = mail->templates,
		.connections = mail->connections,
		.give_up_h = mail->give_up_h,
		.retry_first_s = mail->retry_first_s,
		.retry_last_s = mail->retry_last_s,
		.profiles = c->profiles,
		.profile_count = c->profiles_count };
	char password[256];
	struct fault why;

	(void)socket;
	if (!secret_read_key(c->code_key, &o.code_key, &why))
		return refuse(c->code_key, why.text);
	if (mail->password != NULL) {
		if (!secret_read_text(
			mail->password, password, sizeof(password), &why))
			return refuse(mail->password, why.text);
		o.password = password;
	}
	return courier_run(&o, tell);
}

static int
run_sealer(const struct config *c, int socket, stage_fn *tell)
{
	struct sealer_options o = { .conninfo = c->database.sealer,
		.head = c->audit.head };
	struct fault why;
	int status;

	(void)socket;
	if (!secret_read_key(c->audit_key, &o.key, &why))
		return refuse(c->audit_key, why.text);
	status = sealer_run(&o, tell);
	secret_wipe(&o.key, sizeof(o.key));
	return status;
}

static int
run_issuer(const struct config *c, int socket, stage_fn *tell)
{
	return issuer_run(c, socket, tell);
}

static int
run_auth(const struct config *c, int socket, stage_fn *tell)
{
	return auth_run(c, socket, tell);
}

static int
run_front(const struct config *c, int socket, stage_fn *tell)
{
	(void)socket;
	return front_run(c, tell);
}

#define DATABASE(role) .database = offsetof(struct config, database.role)

const struct service services[SERVICES] = {
	/* The first and last one, so that what the others do is sealed. */
	{ .name = "sealer", DATABASE(sealer), .run = run_sealer },
	{ .name = "issuer",
	    DATABASE(issuer),
	    .socket = "issuer.sock",
	    .run = run_issuer },
	{ .name = "auth",
	    DATABASE(auth),
	    .socket = "auth.sock",
	    .run = run_auth },
	{ .name = "courier",
	    DATABASE(courier),
	    .reloads = true,
	    .run = run_courier },
	{ .name = "front",
	    DATABASE(front),
	    .reloads = true,
	    .drains = true,
	    .run = run_front },
};

const char *
service_database(const struct service *s, const struct config *config)
{
	return *(
	    char *const *)(const void *)((const char *)config + s->database);
}
