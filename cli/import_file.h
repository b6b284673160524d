/*
 * import_file - the users of a CSV file, wholly judged before anything is done
 * with one of them. The first row names the columns, in any order: user_id,
 * name and email must be there; contract, role and locale may.
 */
#ifndef CLI_IMPORT_FILE_H
#define CLI_IMPORT_FILE_H

#include <stddef.h>

#include "cli/session.h"
#include "cli/person.h"

#define IMPORT_FILE_ROWS_MAX 10000

struct import_file {
	struct person *people; /* ready */
	unsigned *lines;       /* of each, in the file */
	size_t count;
};

/*
 * Reads a file, `-` for standard input. False, and every fault has been said
 * with its line and column. Free it in both cases.
 */
bool import_file_read(
    struct import_file *, const struct session *, const char *path);
void import_file_free(struct import_file *);

#endif
