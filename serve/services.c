#include "serve/services.h"

#include "audit/sealer.h"
#include "auth/auth.h"
#include "base/locked.h"
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
run_courier(const struct config *c, const struct stage_given *given)
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
	struct secret_key *key;
	char *password = NULL;
	struct fault why;
	int status;

	key = secret_keep_key(c->code_key, &why);
	if (key == NULL)
		return refuse(c->code_key, why.text);
	if (mail->password != NULL) {
		password = secret_keep_text(mail->password, &why);
		if (password == NULL)
			return refuse(mail->password, why.text);
	}
	o.code_key = key;
	o.password = password;
	status = courier_run(&o, given->tell);
	locked_free(password);
	locked_free(key);
	return status;
}

static int
run_sealer(const struct config *c, const struct stage_given *given)
{
	struct sealer_options o = { .conninfo = c->database.sealer,
		.head = c->audit.head };
	struct secret_key *key;
	struct fault why;
	int status;

	key = secret_keep_key(c->audit_key, &why);
	if (key == NULL)
		return refuse(c->audit_key, why.text);
	o.key = key;
	status = sealer_run(&o, given->tell);
	locked_free(key);
	return status;
}

#define AT(field) offsetof(struct config, field)

const struct service services[SERVICES] = {
	/* The first and last one, so that what the others do is sealed. */
	{ .name = "sealer",
	    .database = AT(database.sealer),
	    .secrets = { AT(audit_key) },
	    .writes = AT(audit.head),
	    .run = run_sealer },
	{ .name = "issuer",
	    .database = AT(database.issuer),
	    .secrets = { AT(ca.key), AT(ca.key_password) },
	    .reads = { AT(ca.certificate), AT(ca.chain), AT(tls.certificate) },
	    .grants = true,
	    .asked_by = "front",
	    .run = issuer_run },
	{ .name = "auth",
	    .database = AT(database.auth),
	    .secrets = { AT(code_key), AT(auth.pepper), AT(auth.pepper_before),
		AT(redis.password) },
	    .counts = true,
	    .grants = true,
	    .asked_by = "front",
	    .serves_desk = true,
	    .run = auth_run },
	{ .name = "courier",
	    .database = AT(database.courier),
	    .secrets = { AT(code_key), AT(mail.password) },
	    .reads = { AT(mail.templates) },
	    .rereads = AT(mail.ca),
	    .mails = true,
	    .reloads = true,
	    .run = run_courier },
	{ .name = "front",
	    .database = AT(database.front),
	    .secrets = { AT(tls.key), AT(tls.ticket_key) },
	    .reads = { AT(ca.certificate), AT(ca.chain) },
	    .rereads = AT(tls.certificate),
	    .listens = true,
	    .renews = true,
	    .drains = true,
	    .run = front_run },
};

const char *
service_setting(const struct config *config, size_t offset)
{
	return *(char *const *)(const void *)((const char *)config + offset);
}
