/*
 * secret - keys that live in files, and what is made with them.
 *
 * A secret is read from a file of its own, never from the command line, the
 * environment or the configuration itself. The file must be a regular file
 * that nobody but its owner can read (mode 0600 or 0400), owned by the user
 * that runs the program or by root. The name may be a symbolic link to one.
 *
 * Who may not open such a file can be given it, open: then it is read from
 * that descriptor, and its name is not looked at.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/fault.h"
#include "base/must.h"

#define SECRET_KEY_SIZE 32
#define SECRET_TEXT_SIZE 256 /* of a password, with NUL */

struct secret_key {
	unsigned char bytes[SECRET_KEY_SIZE];
};

/* For reading, by whoever may; -errno if it cannot be opened. */
int secret_open(const char *path);
/*
 * From now on `path` is read from `fd`, which stays the caller's, or is what
 * could not be opened (-errno). The text of `path` must live on.
 */
void secret_give(const char *path, int fd);
/* The file `path` may belong to that user, too, beside root and us: the one
 * secret that somebody reads who is neither. The last call holds. */
void secret_lend(const char *path, uid_t owner);

/*
 * Reads a whole secret file into `out` (at most `room` bytes). On failure
 * false, `out` is wiped, and `why` goes on where the file's name ends: `is
 * readable by others (mode 0644); make it 0600`.
 */
MUST_CHECK bool secret_read(
    const char *path, void *out, size_t room, size_t *len, struct fault *why);
/* The same for a text such as a password: one line, its newline removed. */
MUST_CHECK bool secret_read_text(
    const char *path, char *out, size_t room, struct fault *why);
/* A key file: 64 hexadecimal digits and a newline. */
MUST_CHECK bool secret_read_key(
    const char *path, struct secret_key *, struct fault *why);
/* The same, in memory of base/locked.h, for whoever keeps it; give it back by
 * locked_free(). NULL and `why`. */
MUST_CHECK struct secret_key *secret_keep_key(
    const char *path, struct fault *why);
MUST_CHECK char *secret_keep_text(const char *path, struct fault *why);
/* Makes such a file (O_EXCL, 0600, synced). False and `why` if it exists. */
MUST_CHECK bool secret_make_key(const char *path, struct fault *why);
/* One that has no name and no disk, to be given to others, who cannot change
 * it. -1 when out of memory or descriptors. */
MUST_CHECK int secret_new_key(void);

void secret_random(void *out, size_t len); /* CSPRNG; never fails */
/* Each value below `bound` equally likely (rejection sampling). */
unsigned secret_random_below(unsigned bound);
void secret_wipe(void *bytes, size_t len);
MUST_CHECK bool secret_equal(
    const void *a, const void *b, size_t len); /* constant time */

#endif
