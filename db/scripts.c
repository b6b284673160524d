/*
 * The assembler reads the files, so that a Lua script is a Lua script and not
 * a C string. Paths are seen from the top folder, where make runs.
 */
#include "db/scripts.h"

#define FILE_OF(name) ".incbin \"db/scripts/" name ".lua\"\n"
#define EMBED(name, files)                                                     \
	__asm__(".pushsection .rodata\n"                                       \
		".global scripts_" name "\n"                                   \
		".type scripts_" name ", @object\n"                            \
		"scripts_" name ":\n" files ".byte 0\n"                        \
		".size scripts_" name ", . - scripts_" name "\n"               \
		".popsection\n")
#define ALONE(name) EMBED(name, FILE_OF(name))
#define OF_ACCOUNT(name) EMBED(name, FILE_OF("account") FILE_OF(name))

ALONE("probe");
ALONE("address");
OF_ACCOUNT("begin");
OF_ACCOUNT("settle");
OF_ACCOUNT("new_code");
OF_ACCOUNT("mailed");
OF_ACCOUNT("spend");
OF_ACCOUNT("succeed");
OF_ACCOUNT("lift");
OF_ACCOUNT("drop_code");
