/*
 * issuer - the process that holds the CA key and the only right to write the
 * ledger. It takes a batch of questions, asks the facts itself, decides,
 * builds each to-be-signed certificate, and then *reserves* (committed),
 * *signs* and *records* (committed) before it answers (I-1, I-2, I-3).
 * While one batch commits the next one fills.
 */
#ifndef ISSUER_ISSUER_H
#define ISSUER_ISSUER_H

#include "config/config.h"

/*
 * Runs until SIGTERM. `listener` is the socket that fronts connect to, made
 * by the parent so that it outlives an issuer. `ready` is called when the key
 * has been read and fits (F-78). Returns the exit status.
 */
int issuer_run(const struct config *, int listener, void (*ready)(void));

#endif
