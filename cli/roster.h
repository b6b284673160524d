/*
 * roster - the users of a CSV file, wholly judged before anything is done
 * with one of them. The first row names the columns, in any order: user_id,
 * name and email must be there; contract, role and locale may.
 */
#ifndef CLI_ROSTER_H
#define CLI_ROSTER_H

#include <stddef.h>

#include "cli/desk.h"
#include "cli/person.h"

#define ROSTER_ROWS_MAX 10000

struct roster {
	struct person *people; /* ready */
	unsigned *lines;       /* of each, in the file */
	size_t count;
};

/*
 * Reads a file, `-` for standard input. False, and every fault has been said
 * with its line and column. Free it in both cases.
 */
bool roster_read(struct roster *, const struct desk *, const char *path);
void roster_free(struct roster *);

#endif
