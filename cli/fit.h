/*
 * fit - whether a service can start with what its configuration names, as
 * far as the configuration alone cannot tell.
 */
#ifndef CLI_FIT_H
#define CLI_FIT_H

#include <stdbool.h>

#include "config/config.h"

/*
 * Both say what is wrong.
 *
 * The CA's certificates, its key only with `key`, and no profile that
 * outlives them.
 */
bool fit_ca(const struct config *, bool key);
/* The texts of all mails. */
bool fit_mails(const struct config *);

#endif
