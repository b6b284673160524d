/*
 * reach - what a process of the service can get at: of its row in
 * serve/services.c and of the configuration is made what the kernel enforces
 * (serve/sandbox.h).
 */
#ifndef SERVE_REACH_H
#define SERVE_REACH_H

#include "serve/sandbox.h"
#include "serve/services.h"

/* Ready to be entered. */
void reach_open(
    const struct service *, const struct config *, struct sandbox *);

#endif
