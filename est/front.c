#include "est/front.h"

#include "base/xalloc.h"
#include "est/cacerts.h"
#include "est/csrattrs.h"
#include "est/text.h"

#include <stdlib.h>

const char *
front_prepare(struct front_shared *shared)
{
	const struct config *config = shared->config;
	const char *why = cacerts_make(shared->ca, &shared->cacerts);
	unsigned i;

	shared->csrattrs =
	    xcalloc(config->profiles_count, sizeof(*shared->csrattrs));
	if (why == NULL && !reserved_keys_collect(&shared->own, shared->ca,
			       config->tls.certificate))
		why = "the certificate of tls.certificate cannot be read";
	for (i = 0; why == NULL && i < config->profiles_count; i++)
		why = csrattrs_make(&config->profiles[i], &shared->csrattrs[i]);
	return why;
}

void
front_release(struct front_shared *shared)
{
	unsigned i;

	text_free(&shared->cacerts);
	for (i = 0; i < shared->config->profiles_count; i++)
		text_free(&shared->csrattrs[i]);
	free(shared->csrattrs);
	shared->csrattrs = NULL;
	secret_wipe(&shared->code_key, sizeof(shared->code_key));
}
