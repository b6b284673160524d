/*
 * entry - where a process of `koshin serve` begins, executed by its parent
 * (serve/child.h) under the name `koshin-NAME`.
 */
#ifndef SERVE_ENTRY_H
#define SERVE_ENTRY_H

#include "base/stage.h"
#include "serve/services.h"

/* Until it is told to end; the exit status. */
typedef int entry_work(const struct config *, const struct stage_given *);

/* NULL: argv[0] is that of a program a person has called. */
const struct service *entry_service(const char *argv0);

/*
 * Runs it with the configuration that the parent has checked, whatever is in
 * the file by now; `path` is where that was read, `asker` a number: who may
 * ask it. The exit status.
 */
int entry_run(const struct service *s, entry_work *work, const char *path,
    const char *asker);

/* A secret file that cannot be used: one line, and the exit status. */
int entry_refuse(const char *path, const char *reason);

/* After SIGHUP: from now on the secrets are those that the parent has sent. */
void entry_reload(void);

#endif
