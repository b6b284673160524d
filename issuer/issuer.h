/*
 * issuer - the process that holds the CA key and the only right to write the
 * ledger. It takes a batch of questions, asks the facts itself, decides,
 * builds each to-be-signed certificate, and then *reserves* (committed),
 * *signs* and *records* (committed) before it answers (I-1, I-2, I-3).
 * While one batch commits the next one fills.
 */
#ifndef ISSUER_ISSUER_H
#define ISSUER_ISSUER_H

#include "base/stage.h"
#include "config/config.h"

/*
 * Its listener is the socket that fronts connect to, made by the parent so
 * that it outlives an issuer. It has started when the key has been read and
 * fits (F-78), and serves when the ledger answers.
 */
int issuer_run(const struct config *, const struct stage_given *);

#endif
