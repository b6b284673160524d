/*
 * The text of each file is taken in by the assembler, so that the SQL stays
 * SQL: no quoting, no generated source. A new file is a new line in the list,
 * at its end; its number is its place.
 */
#include "db/schema.h"

#define SCHEMA_LIST(FILE)                                                      \
	FILE(0001, roles)                                                      \
	FILE(0002, accounts)                                                   \
	FILE(0003, audit)                                                      \
	FILE(0004, ledger)                                                     \
	FILE(0005, mail)                                                       \
	FILE(0006, front)                                                      \
	FILE(0007, issuer)                                                     \
	FILE(0008, courier)                                                    \
	FILE(0009, operator)                                                   \
	FILE(0010, reasons)                                                    \
	FILE(0011, people)                                                     \
	FILE(0012, notices)                                                    \
	FILE(0013, audit)                                                      \
	FILE(0014, registration)

#define EMBED(number, word)                                                    \
	__asm__(".pushsection .rodata\n"                                       \
		"schema_" #number ":\n"                                        \
		".incbin \"db/schema/" #number "_" #word ".sql\"\n"            \
		".byte 0\n"                                                    \
		".popsection\n");                                              \
	extern const char schema_##number[];
SCHEMA_LIST(EMBED)

#define ENTRY(number, word) { #number "_" #word, schema_##number },
const struct schema_file schema_files[] = { SCHEMA_LIST(ENTRY) };
const size_t schema_count = sizeof schema_files / sizeof *schema_files;
