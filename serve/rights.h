/*
 * rights - whose rights a process of the service has. A parent that was
 * started as root stays root, since it opens for its children what they may
 * not; each child goes on as a user of its own, `service.users`-NAME. Started
 * as anybody else, all are what they are.
 */
#ifndef SERVE_RIGHTS_H
#define SERVE_RIGHTS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/fault.h"
#include "config/config.h"

/* Whose the process of that name is. False where there is no such user. */
bool rights_uid(const struct config_service *, const char *process, uid_t *,
    struct fault *why);
/* For good: of a child, before it is executed. False and the reason. */
bool rights_drop(
    const struct config_service *, const char *process, struct fault *why);
/* Is each a user of its own? */
bool rights_apart(const struct config_service *);

/*
 * Makes a folder for that process alone to write in, unless there is something
 * of that name. `mode` is 0700, or 0755 where everybody may read.
 */
bool rights_make_folder(const struct config_service *, const char *process,
    const char *path, mode_t mode, struct fault *why);
/*
 * Makes a folder that stays ours, and that all processes find their way
 * through. One that is there already has to be like it.
 */
bool rights_make_common(
    const struct config_service *, const char *path, struct fault *why);

/*
 * No core with secrets in it, and nobody of the same user reads our memory.
 * execve() and a change of rights forget it.
 */
void rights_close_memory(void);

#endif
