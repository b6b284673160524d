#include "portal/portal.h"

#include "portal/api.h"
#include "portal/elsewhere.h"
#include "portal/feed.h"
#include "portal/reports.h"
#include "portal/static.h"
#include "portal/visit.h"

#include <string.h>
#include <strings.h>

const char *
portal_authority(struct arena *arena, const struct config_site *site)
{
	char text[CONFIG_AUTHORITY_SIZE];

	config_authority(site, text);
	return arena_printf(arena, "%s", text);
}

/* Where the pages of the listener are; NULL: they are those of everybody. */
static const char *
folder_of(const struct portal *p)
{
	if (p->operators)
		return STATIC_OF_OPERATORS;
	return p->members ? STATIC_OF_MEMBERS : NULL;
}

static const struct endpoint *
find(struct flow *f)
{
	bool members = portal_of(f)->members;
	bool operators = portal_of(f)->operators;
	const struct endpoint *found = api_find(flow_path(f), portal_of(f));

	if (found == NULL && !operators)
		found = elsewhere_find(flow_path(f), members);
	if (found == NULL && !members)
		found = feed_find(flow_path(f));
	if (found == NULL && strcmp(flow_path(f), REPORTS_PATH) == 0)
		found = &reports_endpoint;
	if (found != NULL)
		return found;
	f->found = brand_find(&portal_of(f)->shared->brand, flow_path(f));
	if (f->found == NULL)
		f->found = static_find(flow_path(f), folder_of(portal_of(f)));
	return f->found != NULL ? &static_endpoint : NULL;
}

/* NULL: the engine has refused it before there was one. */
static const struct visit *
visit(const struct flow *f)
{
	return api_has(f->endpoint) ? f->state : NULL;
}

const struct problem_more *
portal_more(const struct flow *f)
{
	return visit(f) != NULL ? &visit(f)->more : NULL;
}

static const struct flow_field fields[] = {
	{ "Strict-Transport-Security", "max-age=31536000" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ NULL, NULL },
};

static const struct door door = { .find = find,
	.tell = problem_tell,
	.tell_unread = problem_tell_unread,
	.unread_type = PROBLEM_TYPE,
	.fields = fields };
static const struct door local_door = { .find = find,
	.tell = problem_tell,
	.tell_unread = problem_tell_unread,
	.unread_type = PROBLEM_TYPE,
	.fields = fields + 1 };

/* RFC 6761 6.3 */
static bool
is_local(const char *host)
{
	static const char local[] = "localhost";
	size_t len = host != NULL ? strlen(host) : 0;
	size_t end = sizeof(local) - 1;

	return len >= end && strcasecmp(host + len - end, local) == 0 &&
	       (len == end || host[len - end - 1] == '.');
}

const struct door *
portal_door(const struct config_site *site)
{
	return is_local(site->host) ? &local_door : &door;
}
