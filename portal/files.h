/*
 * files - what stands in portal/pages/, and the description of the API
 * (portal/openapi.yaml), built into the program. portal/pack
 * makes the table when the program is built; nothing of it changes.
 */
#ifndef PORTAL_FILES_H
#define PORTAL_FILES_H

#include <stdbool.h>
#include <stddef.h>

struct file_bytes {
	const unsigned char *at;
	size_t len;
};

struct file {
	const char *path; /* of a request, exactly */
	const char *type;
	const char *etag; /* with its quotes: a digest of the content */
	bool page;	  /* HTML */
	bool lasting;	  /* its path changes with its content */
	struct file_bytes plain, gzip;
};

extern const struct file files[];
extern const size_t files_count;

#endif
