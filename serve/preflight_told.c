#include "serve/preflight_told.h"

void
preflight_wrong(void *arg, const char *line)
{
	struct preflight *t = arg;

	t->good = false;
	t->fn(t->arg, PREFLIGHT_WRONG, line);
}

void
preflight_warn(struct preflight *t, const char *line)
{
	t->fn(t->arg, PREFLIGHT_WARNING, line);
}
