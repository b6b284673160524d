/*
 * reply - the bytes of an answer (est-conformance 2.1 to 2.3, 4.3).
 */
#ifndef EST_REPLY_H
#define EST_REPLY_H

#include "base/log.h"
#include "est/flow.h"

/* Sends the flow's outcome; the request pointer is dead after it. */
void reply_send(const struct flow *);

int reply_status(enum fail);
enum log_level reply_level(enum fail);
/* A word for the log: "authentication", "window". */
const char *reply_word(enum fail);

#endif
