#include "est/est.h"

#include "base/xalloc.h"
#include "est/cacerts.h"
#include "est/csrattrs.h"
#include "est/enroll.h"
#include "est/route.h"
#include "est/text.h"

#include <stdlib.h>
#include <string.h>

static const struct endpoint *const endpoints[OPERATION_ANSWERED] = {
	[OPERATION_CACERTS] = &cacerts_endpoint,
	[OPERATION_CSRATTRS] = &csrattrs_endpoint,
	[OPERATION_SIMPLEENROLL] = &simpleenroll_endpoint,
	[OPERATION_SIMPLEREENROLL] = &simplereenroll_endpoint,
};

static const struct endpoint *
find(struct flow *f)
{
	struct route route;

	if (route_find(est_of(f)->shared->config, flow_path(f), &route) !=
	    ROUTE_FOUND)
		return NULL;
	f->found = route.profile;
	return endpoints[route.operation];
}

/* RFC 7030 4.5.2, EST-213: csrattrs says no without a word. */
static const struct flow_refusal *
unknown(const struct flow *f)
{
	static const enum refusal refusal_of[] = {
		[ROUTE_FOUND] = REFUSAL_INTERNAL,
		[ROUTE_NO_PATH] = REFUSAL_NO_PATH,
		[ROUTE_NO_OPERATION] = REFUSAL_NO_OPERATION,
		[ROUTE_NOT_OFFERED] = REFUSAL_NOT_OFFERED,
		[ROUTE_NO_LABEL] = REFUSAL_NO_LABEL,
	};
	const struct config *config = est_of(f)->shared->config;
	struct route route;

	if (strstr(flow_path(f), "csrattrs") != NULL)
		return &refusals[REFUSAL_NO_CSRATTRS];
	return &refusals[refusal_of[route_find(config, flow_path(f), &route)]];
}

static void
log_profile(const struct flow *f, struct log_line *l)
{
	log_text(l, "profile", est_profile(f)->name);
}

const struct door est_door = {
	.find = find, .unknown = unknown, .log = log_profile
};

const char *
est_prepare(struct est_shared *shared)
{
	const struct config *config = shared->config;
	const char *why = cacerts_make(shared->ca, &shared->cacerts);

	shared->csrattrs =
	    xcalloc(config->profiles_count, sizeof(*shared->csrattrs));
	if (why == NULL && !reserved_keys_collect(&shared->own, shared->ca,
			       config->tls.certificate))
		why = "the certificate of tls.certificate cannot be read";
	for (unsigned i = 0; why == NULL && i < config->profiles_count; i++)
		why = csrattrs_make(&config->profiles[i], &shared->csrattrs[i]);
	return why;
}

void
est_release(struct est_shared *shared)
{
	text_free(&shared->cacerts);
	for (unsigned i = 0; i < shared->config->profiles_count; i++)
		text_free(&shared->csrattrs[i]);
	free(shared->csrattrs);
	shared->csrattrs = NULL;
}
