/*
 * ticket - TLS session tickets whose keys all instances share (EST-012).
 *
 * Keys are derived from one secret file and the number of the current period;
 * a ticket is good in its own period and the next. So keys change by
 * themselves, an instance that starts knows them, and nothing is passed
 * around. Replacing the file and reloading ends all tickets. Without a file
 * there are no tickets: each instance would make its own.
 */
#ifndef HTTP_TICKET_H
#define HTTP_TICKET_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"

/*
 * Reads the secret file (NULL: no tickets). What is derived is freed with the
 * SSL_CTX. False and a reason.
 */
bool ticket_open(
    SSL_CTX *, const char *key_file, unsigned life_s, struct fault *why);

#endif
