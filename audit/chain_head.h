/*
 * chain_head - the file that remembers how far the audit chain goes, so that
 * a tail which is cut off the database is missed. One line:
 *
 *	position=1234 mac=0123... at=2026-11-20T09:00:00Z
 *
 * Nothing in it is secret.
 */
#ifndef AUDIT_CHAIN_HEAD_H
#define AUDIT_CHAIN_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/fault.h"
#include "policy/chain.h"

enum chain_head_rc {
	CHAIN_HEAD_READ,
	CHAIN_HEAD_NONE, /* no such file */
	CHAIN_HEAD_BAD,	 /* it is there and cannot be used */
};

/*
 * The folder of the file, made if it is not there (0700; not those above it).
 * False, and `why`: nothing could be written.
 */
bool chain_head_folder(const char *path, struct fault *why);
/* `why` goes on where the file's name ends. */
enum chain_head_rc chain_head_read(
    const char *path, struct chain_head *, struct fault *why);
/* Whole or not at all: written beside it, synced, renamed. */
bool chain_head_write(
    const char *path, const struct chain_head *, time_t at, struct fault *why);

#endif
