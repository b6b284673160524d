#include "portal/elsewhere.h"

#include "portal/guard.h"
#include "portal/portal.h"
#include "portal/problem.h"

#include <string.h>

static const struct flow_refusal elsewhere = {
	.status = 303, .level = LOG_LINE_INFO, .word = "elsewhere"
};

static enum flow_next
go(struct flow *f, const struct config_site *site, const char *path)
{
	if (site->host == NULL)
		return problem_refuse(f, PROBLEM_NOT_FOUND);
	f->told.name = "Location";
	f->told.value = arena_printf(
	    f->arena, "https://%s%s", portal_authority(f->arena, site), path);
	return flow_refuse(f, &elsewhere, NULL);
}

static enum flow_next
go_to_members(struct flow *f)
{
	return go(f, &portal_of(f)->shared->config->member, "/");
}

static enum flow_next
go_to_issue(struct flow *f)
{
	return go(f, &portal_of(f)->shared->config->portal, "/issue");
}

static enum flow_next
go_to_first(struct flow *f)
{
	return go(f, &portal_of(f)->shared->config->portal, "/first");
}

static const struct flow_step to_members[] = {
	{ "check host", NULL, guard_host },
	{ "go", NULL, go_to_members },
	{ NULL },
};

static const struct flow_step to_issue[] = {
	{ "check host", NULL, guard_host },
	{ "go", NULL, go_to_issue },
	{ NULL },
};

static const struct flow_step to_first[] = {
	{ "check host", NULL, guard_host },
	{ "go", NULL, go_to_first },
	{ NULL },
};

static const struct endpoint login = {
	.name = "page", .methods = "GET, HEAD", .steps = to_members
};

static const struct endpoint issue = {
	.name = "page", .methods = "GET, HEAD", .steps = to_issue
};

static const struct endpoint first = {
	.name = "page", .methods = "GET, HEAD", .steps = to_first
};

const struct endpoint *
elsewhere_find(const char *path, bool members)
{
	if (!members)
		return strcmp(path, "/login") == 0 ? &login : NULL;
	if (strcmp(path, "/first") == 0)
		return &first;
	return strcmp(path, "/issue") == 0 ? &issue : NULL;
}
