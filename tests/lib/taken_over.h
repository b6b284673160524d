/*
 * taken_over - a process of the service that has been taken over: it has what
 * its row in serve/services.c reaches, and tries for more.
 *
 * It is the test itself, executed once more: serve/child.c names it after a
 * row, and its main() asks taken_over() before anything else.
 */
#ifndef TESTS_LIB_TAKEN_OVER_H
#define TESTS_LIB_TAKEN_OVER_H

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#define WORKED 0 /* the attack has */
#define REFUSED 1
#define NO_ATTACK 2

/* Files of all rows in a new folder: its name is written over `folder`, as
 * mkdtemp() does. Both: 0, or what failed. */
int taken_over_make(char *folder);
int taken_over_end(const char *folder);

/*
 * Is the process `koshin-ROW/ATTACK`, or ROW+ATTACK with its database
 * elsewhere, with the files in `folder`; tries that attack. The exit status.
 */
int taken_over(const char *argv0, const char *folder);

/* A socket that has no file, and so no mode: as the X server's has been. */
socklen_t taken_over_abstract(struct sockaddr_un *name, pid_t owner);

#endif
