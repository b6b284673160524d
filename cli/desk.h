/*
 * desk - who hashes and judges passwords for the command line: auth, where it
 * runs for this user (auth/desk_ask.h), so that he need read no pepper and no
 * hash; else the command itself, which then reads the pepper.
 *
 * Fails: with both reasons said: why auth does not, and why the pepper cannot
 *        be read here, and by whom it can be.
 */
#ifndef CLI_DESK_H
#define CLI_DESK_H

#include <stdbool.h>

#include "config/config.h"

struct desk;
struct event_base;
struct ipc_client;

/* Finds out who does it. NULL: nobody can, and it has been said. */
struct desk *desk_open(const struct config *);
void desk_close(struct desk *); /* NULL is fine */

/* NULL: it is done here, and the pepper has been read. */
struct ipc_client *desk_auth(const struct desk *);
/* The loop on which auth answers. */
struct event_base *desk_base(const struct desk *);
/*
 * auth has not answered (DESK_NOBODY). True: it has gone, or hears somebody
 * else, and it is done here from now on. False: it stands still, or nobody can;
 * it has been said.
 */
bool desk_alone(struct desk *);

#endif
