/*
 * static - the endpoint of the files that are built in (portal/files.h).
 */
#ifndef PORTAL_STATIC_H
#define PORTAL_STATIC_H

#include "http/flow.h"
#include "portal/files.h"

extern const struct endpoint static_endpoint;

/*
 * NULL: there is no file at that path. Pages in pages/member/ are those of the
 * listener of members, and stand there without that; what pages refer to, and
 * what is shown where there is none, is at both.
 */
const struct file *static_find(const char *path, bool members);

/* Fields that go with a page, an error page as well. */
void static_page_fields(struct flow *);

#endif
