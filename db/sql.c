/*
 * The assembler reads the files, so that SQL is SQL and not a C string. Paths
 * are seen from the top folder, where make runs.
 */
#include "db/sql.h"

#define FILE_OF(name) ".incbin \"db/sql/" name ".sql\"\n"
#define EMBED(name, files)                                                     \
	__asm__(".pushsection .rodata\n"                                       \
		".global sql_" name "\n"                                       \
		".type sql_" name ", @object\n"                                \
		"sql_" name ":\n" files ".byte 0\n"                            \
		".size sql_" name ", . - sql_" name "\n"                       \
		".popsection\n")
#define OF_HOLDER(name) EMBED(name, FILE_OF("holder") FILE_OF(name))

OF_HOLDER("by_user");
OF_HOLDER("by_certificate");
OF_HOLDER("facts");
