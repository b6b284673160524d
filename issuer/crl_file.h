/*
 * crl_file - one list of revoked certificates, from its first entry to the file
 * that everybody reads.
 *
 *	f = crl_file_new(path, &why);
 *	crl_file_add(f, &entry);		for each
 *	crl_file_publish(f, ca, &head, &done, &why);
 *	crl_file_free(f);
 *
 * The file is whole or not there: it is written beside the one before, synced,
 * and takes its name. The entries lie in a file without a name meanwhile, which
 * nobody else can write to; it is signed there. So a million of them take no
 * memory that the system could not have back.
 *
 * Waits: for the disk. Not for a thread that others wait for.
 */
#ifndef ISSUER_CRL_FILE_H
#define ISSUER_CRL_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"
#include "base/fault.h"
#include "base/must.h"
#include "pki/ca.h"
#include "pki/crl.h"

struct crl_file;

/* Nothing is written yet that lasts. NULL, and why, with the file's name. */
MUST_CHECK struct crl_file *crl_file_new(const char *path, struct fault *why);
void crl_file_free(struct crl_file *); /* NULL is fine */

/* What goes wrong is told by crl_file_publish(). */
void crl_file_add(struct crl_file *, const struct crl_entry *);

struct crl_file_done {
	size_t entries, bytes;
	struct digest digest; /* of the whole file */
};
/*
 * Signs and publishes. False, and why: the list before lies there still. It is
 * so, too, where that one has a higher number: somebody else was here.
 */
MUST_CHECK bool crl_file_publish(struct crl_file *, const struct ca *,
    const struct crl_head *, struct crl_file_done *, struct fault *why);

/* What lies there says so of itself; all zeros: nothing lies there, or no list.
 * The signature is not looked at. */
struct crl_head crl_file_read(const char *path);
/* Removes what was begun beside it and not finished, by who was killed. */
void crl_file_tidy(const char *path);

#endif
