#include "serve/work.h"

#include "audit/sealer.h"
#include "auth/auth.h"
#include "base/locked.h"
#include "base/secret.h"
#include "issuer/issuer.h"
#include "keymaker/keymaker.h"
#include "serve/front.h"

#include <string.h>

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
		return entry_refuse(c->audit_key, why.text);
	o.key = key;
	status = sealer_run(&o, given->tell);
	locked_free(key);
	return status;
}

entry_work *
work_of(const struct service *s)
{
	static const struct {
		const char *name;
		entry_work *work;
	} all[] = { { "sealer", run_sealer }, { "issuer", issuer_run },
		{ "auth", auth_run }, { "keymaker", keymaker_run },
		{ "front", front_run } };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i].name, s->name) == 0)
			return all[i].work;
	return NULL;
}
