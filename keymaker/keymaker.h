/*
 * keymaker - the process that makes keys, and files of them, for people whose
 * browsers may make none. It has no secret of ours, no store, no file and no
 * network: a socket that the front alone may ask (keymaker/ask.h).
 *
 * A key that was given away is forgotten at once. Some are made ahead, while
 * nobody asks, and are nobody's until then.
 *
 * Bounds: KEYMAKER_OPEN_MAX questions at once, of which one asker has half at
 *         most; KEYMAKER_THREADS threads, which come behind all others; as
 *         many as KEYMAKER_AHEAD keys made ahead.
 */
#ifndef KEYMAKER_KEYMAKER_H
#define KEYMAKER_KEYMAKER_H

#include "base/stage.h"
#include "config/config.h"

#define KEYMAKER_OPEN_MAX 32
#define KEYMAKER_THREADS 2
#define KEYMAKER_AHEAD 8

/* Until SIGTERM; the exit status. */
int keymaker_run(const struct config *, const struct stage_given *);

#endif
