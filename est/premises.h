/*
 * premises - what `koshin serve` needs to have before it starts a process:
 * the run folder and its lock, the issuer's socket, a free port, stores that
 * are fit for us. Refuses with one line that says what to do.
 */
#ifndef EST_PREMISES_H
#define EST_PREMISES_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

struct premises {
	int lock;	   /* held as long as we live */
	int issuer_socket; /* listens; the issuer inherits it */
	char socket_path[108];
};

bool premises_open(
    const struct config *, struct premises *, char *why, size_t why_size);
/* For processes that are not the issuer. */
void premises_close_issuer(struct premises *);
void premises_close(struct premises *);

#endif
