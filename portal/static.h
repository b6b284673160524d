/*
 * static - the endpoint of the files that are built in (portal/files.h).
 */
#ifndef PORTAL_STATIC_H
#define PORTAL_STATIC_H

#include "http/flow.h"
#include "portal/files.h"

extern const struct endpoint static_endpoint;

/* NULL: there is no file at that path. */
const struct file *static_find(const char *path);

/* Fields that go with a page, an error page as well. */
void static_page_fields(struct flow *);

#endif
