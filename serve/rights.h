/*
 * rights - whose rights a process of the service has. A parent that was
 * started as root stays root, since it opens for its children what they may
 * not; each child goes on as `service.user`. Started as anybody else, all are
 * what they are.
 */
#ifndef SERVE_RIGHTS_H
#define SERVE_RIGHTS_H

#include <stdbool.h>

#include "base/fault.h"
#include "config/config.h"

/* For good: of a child, before it is executed. False and the reason. */
bool rights_drop(const struct config_service *, struct fault *why);

/*
 * For a while: what the parent makes in folders of that user is made with the
 * user's rights, so that nothing which lies there in wait misleads root. Pass
 * rights_take_back(), also after a failure.
 */
bool rights_lend(const struct config_service *, struct fault *why);
void rights_take_back(void);

/*
 * Makes a folder of mode 0700 for that user, unless there is something of
 * that name.
 */
bool rights_make_folder(
    const struct config_service *, const char *path, struct fault *why);

/*
 * No core with secrets in it, and nobody of the same user reads our memory.
 * execve() and a change of rights forget it.
 */
void rights_close_memory(void);

#endif
