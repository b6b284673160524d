/*
 * static - the endpoint of the files that are built in (portal/files.h).
 */
#ifndef PORTAL_STATIC_H
#define PORTAL_STATIC_H

#include "http/flow.h"
#include "portal/files.h"

extern const struct endpoint static_endpoint;

#define STATIC_OF_MEMBERS "/member"
#define STATIC_OF_OPERATORS "/operator"

/*
 * NULL: there is no file at that path. Pages in one of these folders are those
 * of its listener, and stand there without it; NULL is the listener of
 * everybody. What pages refer to, and what is shown where there is none, is at
 * all of them.
 */
const struct file *static_find(const char *path, const char *folder);

/* Fields that go with a page, an error page as well. */
void static_page_fields(struct flow *);

#endif
