/*
 * work - what each process does that is `koshin` itself. One that is another
 * program has its work there (serve/courier_main.c).
 */
#ifndef SERVE_WORK_H
#define SERVE_WORK_H

#include "serve/entry.h"
#include "serve/services.h"

/* NULL: it is another program. */
entry_work *work_of(const struct service *);

#endif
