/*
 * embed - files whose text is built into the program. The assembler reads
 * them, so that SQL is SQL and Lua is Lua, without quoting or generated
 * source; what declares `extern const char NAME[]` has it, ended by NUL.
 *
 * Paths are seen from the top folder, where make runs. The Makefile names the
 * files as well: the compiler does not see them.
 */
#ifndef BASE_EMBED_H
#define BASE_EMBED_H

#define EMBED_FILE(path) ".incbin \"" path "\"\n"
/* `files`: one EMBED_FILE behind the other. */
#define EMBED(name, files)                                                     \
	__asm__(".pushsection .rodata\n"                                       \
		".global " name "\n"                                           \
		".type " name ", @object\n" name ":\n" files ".byte 0\n"       \
		".size " name ", . - " name "\n"                               \
		".popsection\n")

#endif
