/*
 * certificate_file - the certificates of a PEM file.
 */
#ifndef PKI_CERTIFICATE_FILE_H
#define PKI_CERTIFICATE_FILE_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "base/must.h"

/*
 * Reads all, at most `room` and at least one, in their order; each is the
 * caller's by X509_free(), `*count` of them also on failure. Anything that is
 * begun and not well-formed is an error. False, and a reason that begins with
 * the file.
 */
MUST_CHECK bool certificate_file_read(const char *file, X509 **list,
    size_t room, size_t *count, struct fault *why);

#endif
