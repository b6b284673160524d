#include "serve/services.h"

#define AT(field) offsetof(struct config, field)

const struct service services[SERVICES] = {
	/* The first and last one, so that what the others do is sealed. */
	{ .name = "sealer",
	    .database = AT(database.sealer),
	    .secrets = { AT(audit_key) },
	    .writes = AT(audit.head) },
	{ .name = "issuer",
	    .database = AT(database.issuer),
	    .secrets = { AT(ca.key), AT(ca.key_password) },
	    .reads = { AT(ca.certificate), AT(ca.chain), AT(tls.certificate) },
	    .publishes = AT(crl.folder),
	    .signs = true,
	    .grants = true,
	    .asked_by = "front" },
	{ .name = "auth",
	    .database = AT(database.auth),
	    .secrets = { AT(code_key), AT(auth.pepper), AT(auth.pepper_before),
		AT(redis.password) },
	    .counts = true,
	    .grants = true,
	    .asked_by = "front",
	    .serves_desk = true,
	    .yields = true },
	{ .name = "courier",
	    .database = AT(database.courier),
	    .secrets = { AT(code_key), AT(mail.password) },
	    .reads = { AT(mail.templates) },
	    .rereads = { AT(mail.ca) },
	    .mails = true,
	    .reloads = true,
	    .program = "koshin-courier" },
	{ .name = "keymaker", .asked_by = "front", .makes_keys = true },
	{ .name = "front",
	    .database = AT(database.front),
	    .secrets = { AT(tls.key), AT(tls.ticket_key), AT(portal.key),
		AT(member.key), AT(operator_.key), AT(redis.front_password) },
	    .reads = { AT(ca.certificate), AT(ca.chain), AT(portal.logo) },
	    .rereads = { AT(tls.certificate), AT(portal.certificate),
		AT(member.certificate), AT(operator_.certificate) },
	    .sessions = true,
	    .listens = true,
	    .renews = true,
	    .drains = true },
};

bool
service_runs(const struct config *config, const struct service *s)
{
	return !s->makes_keys ||
	       (config->portal.host != NULL && config->portal.server_keys);
}

const char *
service_setting(const struct config *config, size_t offset)
{
	return *(char *const *)(const void *)((const char *)config + offset);
}
