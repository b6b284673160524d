#include "portal/guard.h"

#include "portal/portal.h"
#include "portal/problem.h"

#include <string.h>
#include <strings.h>

#define LABEL "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"

static bool
is_port(const char *text)
{
	return text[0] == '\0' ||
	       (text[0] == ':' && text[1] != '\0' &&
		   text[1 + strspn(text + 1, "0123456789")] == '\0');
}

static bool
is_ours(const char *host, const char *ours)
{
	size_t len = strlen(ours);

	return strncasecmp(host, ours, len) == 0 && is_port(host + len);
}

/* At the member area with any one label before it, too: a browser chooses a
 * certificate anew under a name that it has not seen. */
static bool
is_site(const struct portal *portal, const char *host)
{
	const char *ours = portal->site->host;
	size_t label = strspn(host, LABEL);

	return is_ours(host, ours) ||
	       (portal->members && label > 0 && host[label] == '.' &&
		   is_ours(host + label + 1, ours));
}

/* What was proved by a connection was proved under the name of that. */
static bool
is_connected(const struct flow *f, const char *host)
{
	const char *name = flow_server_name(f);

	return name == NULL || is_ours(host, name);
}

enum flow_next
guard_host(struct flow *f)
{
	const char *host = flow_header(f, "Host");

	return host != NULL && is_site(portal_of(f), host) &&
		       is_connected(f, host)
		   ? FLOW_NEXT
		   : problem_refuse(f, PROBLEM_HOST);
}

/* Ours is what the request was sent to. */
static bool
is_origin(const char *origin, const char *host)
{
	static const char scheme[] = "https://";
	size_t len = sizeof(scheme) - 1;

	return origin != NULL && strncmp(origin, scheme, len) == 0 &&
	       strcasecmp(origin + len, host) == 0;
}

static bool
from_our_page(const struct flow *f)
{
	const char *site, *origin;

	if (!flow_header_once(f, "Sec-Fetch-Site", &site) ||
	    !flow_header_once(f, "Origin", &origin))
		return false;
	if (site != NULL)
		return strcmp(site, "same-origin") == 0;
	return is_origin(origin, flow_header(f, "Host"));
}

/* `labels`: any one before the name is the site's, too. */
static bool
is_of_site(struct flow *f, const char *origin, const struct config_site *site,
    bool labels)
{
	static const char scheme[] = "https://";
	const char *ours = portal_authority(f->arena, site), *host;
	size_t label;

	if (ours == NULL || strncmp(origin, scheme, sizeof(scheme) - 1) != 0)
		return false;
	host = origin + sizeof(scheme) - 1;
	label = strspn(host, LABEL);
	return strcasecmp(host, ours) == 0 ||
	       (labels && label > 0 && host[label] == '.' &&
		   strcasecmp(host + label + 1, ours) == 0);
}

enum flow_next
guard_sites(struct flow *f)
{
	const struct config *config = portal_of(f)->shared->config;
	const char *origin;

	if (!flow_header_once(f, "Origin", &origin) || origin == NULL ||
	    !(is_of_site(f, origin, &config->portal, false) ||
		is_of_site(f, origin, &config->member, true)))
		return problem_refuse(f, PROBLEM_FOREIGN);
	flow_field(f, "Access-Control-Allow-Origin", origin);
	flow_field(f, "Access-Control-Allow-Credentials", "true");
	flow_field(f, "Vary", "Origin");
	return FLOW_NEXT;
}

static bool
is_json(const struct flow *f)
{
	static const char json[] = "application/json";
	const char *type;

	return flow_header_once(f, "Content-Type", &type) && type != NULL &&
	       strncasecmp(type, json, sizeof(json) - 1) == 0 &&
	       strchr("; \t", type[sizeof(json) - 1]) != NULL;
}

enum flow_next
guard_origin(struct flow *f)
{
	return from_our_page(f) ? FLOW_NEXT
				: problem_refuse(f, PROBLEM_FOREIGN);
}

enum flow_next
guard_page(struct flow *f)
{
	if (guard_origin(f) != FLOW_NEXT)
		return FLOW_FAIL;
	return is_json(f) ? FLOW_NEXT : problem_refuse(f, PROBLEM_MEDIA_TYPE);
}
