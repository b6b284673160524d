/*
 * folder - the folder that a file lies in, for who replaces files: a new one is
 * written beside the old one and takes its name, and that is durable when the
 * folder is.
 */
#ifndef BASE_FOLDER_H
#define BASE_FOLDER_H

#include <limits.h>
#include <stdbool.h>

#include "base/must.h"

/* With its slash; "." where there is none. */
void folder_of(const char *path, char folder[PATH_MAX]);
/* The names in it are durable. False, and errno. */
MUST_CHECK bool folder_sync(const char *path);

#endif
