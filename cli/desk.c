#include "cli/desk.h"

#include <errno.h>
#include <event2/event.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/desk_ask.h"
#include "base/loop.h"
#include "base/password.h"
#include "base/xalloc.h"
#include "cli/command.h"

struct desk {
	const struct config *config;
	struct event_base *base;
	struct ipc_client *auth; /* NULL: we have the pepper */
	char socket[4096];
};

/* -------------------------------------------------------------- the pepper */

#define NAME_SIZE 64

static void
name_of(uid_t uid, char name[NAME_SIZE])
{
	const struct passwd *user = getpwuid(uid);

	if (user != NULL)
		snprintf(name, NAME_SIZE, "%s", user->pw_name);
	else
		snprintf(name, NAME_SIZE, "user %u", (unsigned)uid);
}

/* Of a file that we may not even see. */
static uid_t
owner_of(const char *path)
{
	struct stat at;

	return stat(path, &at) == 0 ? at.st_uid : 0;
}

/* Why auth does not do it for us. */
static const char *
absence(const struct desk *d)
{
	const struct config_service *s = &d->config->service;

	if (geteuid() != s->operator_uid)
		return "it hears `service.operator` alone";
	if (d->auth != NULL)
		return "it has ended";
	return access(d->socket, W_OK) != 0 ? strerror(errno)
					    : "nobody answers there";
}

/* Where all processes are one user's, auth has no desk. */
static bool
say_missing(const struct desk *d, const char *why)
{
	const struct config *c = d->config;
	char owner[NAME_SIZE], operator_[NAME_SIZE];

	name_of(owner_of(c->auth.pepper), owner);
	name_of(c->service.operator_uid, operator_);
	if (c->service.users == NULL)
		return command_say(
		    "auth.pepper: %s; run this as `%s`, who may read it", why,
		    owner);
	return command_say(
	    "password: auth does not look at it: %s: %s; nor can the pepper be "
	    "read here: %s. Start the service and run this as `%s` "
	    "(service.operator), or run it as `%s`, who may read that file",
	    d->socket, absence(d), why, operator_, owner);
}

static bool
do_it_here(struct desk *d)
{
	const struct config *c = d->config;
	struct fault why;
	bool read;

	password_open(&(struct password_cost){
	    c->policy.argon2_memory_kib, c->policy.argon2_passes });
	read =
	    password_read_pepper(c->auth.pepper, c->auth.pepper_before, &why) ||
	    say_missing(d, why.text);
	ipc_client_close(d->auth);
	d->auth = NULL;
	return read;
}

/* ------------------------------------------------------------------ public */

/* It would hear nobody else, and its socket is there only where it runs. */
static bool
reach_auth(struct desk *d)
{
	if (geteuid() != d->config->service.operator_uid)
		return false;
	d->auth = desk_connect(d->base, d->socket);
	if (d->auth != NULL && ipc_client_up(d->auth))
		return true;
	ipc_client_close(d->auth);
	d->auth = NULL;
	return false;
}

struct desk *
desk_open(const struct config *c)
{
	struct desk *d = xcalloc(1, sizeof(*d));

	d->config = c;
	d->base = loop_new();
	snprintf(
	    d->socket, sizeof(d->socket), "%s/%s", c->service.run, DESK_SOCKET);
	if (reach_auth(d) || do_it_here(d))
		return d;
	desk_close(d);
	return NULL;
}

void
desk_close(struct desk *d)
{
	if (d == NULL)
		return;
	ipc_client_close(d->auth);
	event_base_free(d->base);
	free(d);
}

struct ipc_client *
desk_auth(const struct desk *d)
{
	return d->auth;
}

struct event_base *
desk_base(const struct desk *d)
{
	return d->base;
}

bool
desk_alone(struct desk *d)
{
	if (d->auth == NULL)
		return true;
	if (ipc_client_up(d->auth))
		return command_say(
		    "password: auth does not answer at %s, though it runs; "
		    "nothing was changed. Try again; if it stays so, restart "
		    "the service",
		    d->socket);
	return do_it_here(d);
}
