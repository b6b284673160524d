/*
 * sandbox - what a process may ask the kernel for, from a moment on and for
 * good: files and folders that were named (Landlock), a list of calls and
 * families of sockets (seccomp).
 *
 *	struct sandbox box;
 *	sandbox_begin(&box, SANDBOX_LOCAL);
 *	sandbox_read(&box, "/usr/share/zoneinfo");
 *	sandbox_enter(&box, teller, &why);
 *
 * A file that was not named cannot be opened (EACCES); of one that was, it is
 * the file that is remembered, not the name. A call that is not on the list
 * ends the process with SIGSYS, and it tells which on `teller` as it dies.
 */
#ifndef SERVE_SANDBOX_H
#define SERVE_SANDBOX_H

#include <stdbool.h>

#include "base/fault.h"

enum sandbox_network {
	SANDBOX_LOCAL,	/* Unix sockets, and what it was given */
	SANDBOX_PORTS,	/* TCP to the ports that are named */
	SANDBOX_CLIENT, /* anywhere */
};

struct sandbox {
	int abi;   /* of the kernel's Landlock; 0: it has none */
	int rules; /* -1: none */
	enum sandbox_network network;
	bool writes; /* has a folder to write in */
};

/* Whether this kernel can do all that; the reason goes on where a setting's
 * name ends. */
bool sandbox_possible(struct fault *why);

void sandbox_begin(struct sandbox *, enum sandbox_network);
/* A file, or a folder with all that is in it. What is not there is not
 * needed. */
void sandbox_read(struct sandbox *, const char *path);
/* A folder in which files are made, changed and renamed; no file is run then,
 * so that none of these is: no library can be loaded any more. */
void sandbox_write(struct sandbox *, const char *folder);
/* A TCP port of others; where the kernel cannot tell ports, all are open. */
void sandbox_port(struct sandbox *, unsigned port);
/*
 * Of the calling thread and those it makes. False, and the first thing that
 * could not be had; the others are in force. Call it once.
 */
bool sandbox_enter(struct sandbox *, int teller, struct fault *why);

/* What a process tells that dies of a call. */
#define SANDBOX_CALL_MARK 0xff
struct sandbox_call {
	unsigned char mark;
	unsigned char low, high; /* of its number */
};
/* `execve`; a word for what has no name here. */
void sandbox_call_name(const struct sandbox_call *, char *out, unsigned size);

#endif
