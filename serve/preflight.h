/*
 * preflight - whether the service can start with what its configuration
 * names: files, CA, TLS, texts of mails, stores. One list for `koshin serve`
 * and `koshin check-config`.
 */
#ifndef SERVE_PREFLIGHT_H
#define SERVE_PREFLIGHT_H

#include <stdbool.h>

#include "config/config.h"

/*
 * A process of its own looks, with the rights of the service's user and the
 * secrets that we may open, and is gone before anything starts: what it has
 * read is nobody's. False when something is wrong; each fault has then been
 * told to `told`, one line each, in that process; so has what is no
 * hindrance and should not stay as it is.
 */
enum preflight_line {
	PREFLIGHT_WRONG,
	PREFLIGHT_WARNING
};
typedef void preflight_fn(
    void *arg, enum preflight_line kind, const char *line);
/*
 * `wait` is asked where a store takes no connection, `why` names it: true to
 * look again, false to go on and tell it as a fault. Our process calls it.
 * NULL: nobody waits.
 */
typedef bool preflight_wait_fn(void *arg, const char *why);
bool preflight(const struct config *, preflight_fn *told,
    preflight_wait_fn *wait, void *arg);

#endif
