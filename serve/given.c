#include "serve/given.h"

#include "base/log.h"
#include "base/secret.h"
#include "http/gate.h"
#include "serve/front.h"
#include "serve/program.h"
#include "serve/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

/* The children of a parent that was killed hold its lock while they die. */
#define LOCK_TRIES 150
#define LOCK_STEP_US 20000

#define DESK "desk" /* the socket of DESK_SOCKET (auth/desk_ask.h) */

/* --------------------------------------------------------------- folders */

/* Those that a process writes in are made, too: it may not make one. */
static bool
make_folders(const struct config *c, struct fault *why)
{
	char folder[4096];
	const char *slash = strrchr(c->audit.head, '/');

	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - c->audit.head),
	    c->audit.head);
	return (folder[0] == '\0' || rights_make_folder(&c->service, "sealer",
					 folder, 0700, why)) &&
	       (c->crl.folder == NULL ||
		   rights_make_folder(
		       &c->service, "issuer", c->crl.folder, 0755, why)) &&
	       rights_make_common(&c->service, c->service.run, why);
}

static bool
take_lock(int fd)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		usleep(LOCK_STEP_US);
	}
	return false;
}

/* SO_REUSEPORT lets a second server take the port; the lock does not. Before
 * it is ours, nothing in the folder is. */
static bool
lock_folder(struct given *g, struct fault *why)
{
	int *lock = &g->base.fds[CHILD_FD_LOCK];
	char path[4096];

	snprintf(path, sizeof(path), "%s/lock", g->config->service.run);
	*lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*lock < 0)
		return fault_set(
		    why, "%s: cannot be made: %s", path, strerror(errno));
	g->locked = take_lock(*lock);
	return g->locked ||
	       fault_set(why,
		   "%s: another koshin runs here; stop it, or give this one "
		   "its own service.run",
		   path);
}

/* ------------------------------------------------------------- listeners */

static bool
socket_name(const struct given *g, const char *of, struct sockaddr_un *name)
{
	int n = snprintf(name->sun_path, sizeof(name->sun_path), "%s/%s.sock",
	    g->config->service.run, of);

	return n >= 0 && (size_t)n < sizeof(name->sun_path);
}

/* Its file is that of who may connect: nobody else can (T8). */
static bool
open_socket(struct given *g, size_t which, const char *of, uid_t asker,
    struct fault *why)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd;

	if (!socket_name(g, of, &name))
		return fault_set(why,
		    "service.run: %s is too long for a socket; take a shorter "
		    "path",
		    g->config->service.run);
	unlink(name.sun_path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	g->listeners[which].fds[g->listeners[which].count++] = fd;
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) != 0 ||
	    chmod(name.sun_path, 0600) != 0 ||
	    (asker != geteuid() &&
		lchown(name.sun_path, asker, (gid_t)-1) != 0) ||
	    listen(fd, BACKLOG) != 0)
		return fault_set(why, "%s: cannot listen: %s", name.sun_path,
		    strerror(errno));
	return true;
}

static bool
open_sockets_of(struct given *g, size_t which, struct fault *why)
{
	const struct config_service *c = &g->config->service;
	const struct service *s = &services[which];
	uid_t asker;

	return rights_uid(c, s->asked_by, &asker, why) &&
	       open_socket(g, which, s->name, asker, why) &&
	       (!s->serves_desk || !rights_apart(c) ||
		   c->operator_uid == asker ||
		   open_socket(g, which, DESK, c->operator_uid, why));
}

/*
 * One for the command line only where its user is told from the front's by
 * whose a connection is (T8): else it reads the pepper itself.
 */
static bool
open_sockets(struct given *g, struct fault *why)
{
	for (size_t i = 0; i < SERVICES; i++)
		if (services[i].asked_by != NULL &&
		    service_runs(g->config, &services[i]) &&
		    !open_sockets_of(g, i, why))
			return false;
	return true;
}

/* This machine has no IPv6, or has it switched off. */
static bool
is_without_ipv6(const char *address)
{
	return errno == EAFNOSUPPORT ||
	       (errno == EADDRNOTAVAIL && strcmp(address, "::1") == 0);
}

/* Where one of the doors is. */
struct door_place {
	char **addresses;
	unsigned count;
	unsigned port;
};

/* Nobody else listens there. Without IPv6 another address will do (C-45). */
static bool
try_port(const struct door_place *at, unsigned which, bool *missing,
    struct fault *why)
{
	const char *address = at->addresses[which];
	int fd = gate_bind(address, at->port, true, why);

	*missing = fd < 0 && at->count > 1 && is_without_ipv6(address);
	if (*missing)
		log_say(LOG_LINE_WARN, "listen-missing", why->text);
	if (fd >= 0)
		close(fd);
	return fd >= 0 || *missing;
}

/* For each thread one on each address. They listen when they can serve: until
 * then nobody connects. */
static bool
open_ports_at(struct given *g, size_t which, const struct door_place *at,
    struct fault *why)
{
	const char *here[CONFIG_ADDRESSES_MAX];
	unsigned count = 0, wanted;
	bool missing;
	int fd;

	for (unsigned i = 0; i < at->count; i++) {
		if (!try_port(at, i, &missing, why))
			return false;
		if (!missing)
			here[count++] = at->addresses[i];
	}
	if (count == 0)
		return false; /* `why` is of the last one */
	wanted = count * front_threads(g->config);
	for (unsigned i = 0; i < wanted; i++) {
		fd = gate_bind(here[i % count], at->port, false, why);
		if (fd < 0)
			return false;
		g->listeners[which].fds[g->listeners[which].count++] = fd;
	}
	return true;
}

/* At the addresses of EST, where it has none of its own. */
static bool
open_site(struct given *g, size_t which, const struct config_site *site,
    struct fault *why)
{
	const struct config_listener *l = &g->config->listen;
	bool own = site->addresses_count > 0;
	const struct door_place at = { own ? site->addresses : l->addresses,
		own ? site->addresses_count : l->addresses_count, site->port };

	return site->host == NULL || open_ports_at(g, which, &at, why);
}

/* Those of EST, of the portal, of the member area and of the operator's desk:
 * serve/front.c tells them apart by their port. */
static bool
open_ports(struct given *g, size_t which, struct fault *why)
{
	const struct config_listener *l = &g->config->listen;
	const struct door_place est = { l->addresses, l->addresses_count,
		l->port };

	return open_ports_at(g, which, &est, why) &&
	       open_site(g, which, &g->config->portal, why) &&
	       open_site(g, which, &g->config->member, why) &&
	       open_site(g, which, &g->config->operator_, why);
}

/* -------------------------------------------------------------- as a whole */

static rlim_t
clients_of(const struct config_site *site)
{
	return site->host != NULL ? site->connections_max : 0;
}

/* Room for the clients of each door, and some for ourselves. */
static bool
raise_descriptors(const struct config *config, struct fault *why)
{
	rlim_t wanted = (rlim_t)config->est.connections_max + 256 +
			clients_of(&config->portal) +
			clients_of(&config->member) +
			clients_of(&config->operator_);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return true;
	if (limit.rlim_max < wanted)
		return fault_set(why,
		    "est.connections_max: %u needs %lu descriptors and the "
		    "limit is %lu; lower it or raise the limit (ulimit -n)",
		    config->est.connections_max, (unsigned long)wanted,
		    (unsigned long)limit.rlim_max);
	if (limit.rlim_cur < wanted) {
		limit.rlim_cur = wanted;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	return true;
}

static bool
copy_config(struct given *g, struct fault *why)
{
	const struct config *c = g->config;
	const char *slash = strrchr(c->path, '/');

	snprintf(g->config_path, sizeof(g->config_path), "%s/%s", c->folder,
	    slash != NULL ? slash + 1 : c->path);
	g->base.users = &c->service;
	g->base.config_path = g->config_path;
	g->base.fds[CHILD_FD_CONFIG] = config_copy(c);
	g->base.fds[CHILD_FD_GRANT] = secret_new_key();
	return (g->base.fds[CHILD_FD_CONFIG] >= 0 &&
		   g->base.fds[CHILD_FD_GRANT] >= 0) ||
	       fault_set(why, "no memory for a copy of %s", c->path);
}

static bool
open_programs(struct given *g, struct fault *why)
{
	for (size_t i = 0; i < SERVICES; i++) {
		g->programs[i] = program_open(services[i].program, why);
		if (g->programs[i] < 0)
			return false;
	}
	return true;
}

static bool
open_all(struct given *g, struct fault *why)
{
	if (!raise_descriptors(g->config, why) || !copy_config(g, why) ||
	    !open_programs(g, why) || !make_folders(g->config, why) ||
	    !lock_folder(g, why) || !open_sockets(g, why))
		return false;
	for (size_t i = 0; i < SERVICES; i++)
		if (services[i].listens && !open_ports(g, i, why))
			return false;
	return true;
}

bool
given_open(struct given *g, const struct config *config, struct fault *why)
{
	*g = (struct given){ .config = config };
	for (int i = 0; i < CHILD_FD_END; i++)
		g->base.fds[i] = -1;
	for (int i = 0; i < SERVICES; i++)
		g->programs[i] = -1;
	if (open_all(g, why))
		return true;
	given_close(g);
	return false;
}

void
given_stop_listening(struct given *g, const struct service *s)
{
	size_t which = (size_t)(s - services);

	while (g->listeners[which].count > 0)
		close(g->listeners[which].fds[--g->listeners[which].count]);
}

/* The names of sockets go before the lock does: then they may be another's. */
void
given_close(struct given *g)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	for (size_t i = 0; i < SERVICES; i++) {
		given_stop_listening(g, &services[i]);
		if (services[i].asked_by != NULL && g->locked &&
		    socket_name(g, services[i].name, &name))
			unlink(name.sun_path);
		close(g->programs[i]);
	}
	if (g->locked && socket_name(g, DESK, &name))
		unlink(name.sun_path);
	close(g->base.fds[CHILD_FD_CONFIG]);
	close(g->base.fds[CHILD_FD_GRANT]);
	close(g->base.fds[CHILD_FD_LOCK]);
}

bool
given_begin(const struct given *g, const struct service *s,
    struct child_given *out, struct fault *why)
{
	size_t which = (size_t)(s - services);
	const char *path;

	*out = g->base;
	out->program = g->programs[which];
	if (s->asked_by != NULL &&
	    !rights_uid(&g->config->service, s->asked_by, &out->asker, why))
		return false;
	if (!s->grants)
		out->fds[CHILD_FD_GRANT] = -1;
	memcpy(&out->fds[CHILD_FD_LISTENERS], g->listeners[which].fds,
	    (size_t)g->listeners[which].count * sizeof(int));
	for (int i = 0; i < SERVICE_SECRETS_MAX && s->secrets[i] != 0; i++) {
		path = service_setting(g->config, s->secrets[i]);
		if (path == NULL)
			continue;
		out->fds[CHILD_FD_SECRETS + i] = secret_open(path);
		if (out->fds[CHILD_FD_SECRETS + i] < 0)
			return fault_set(why, "%s: cannot be opened: %s", path,
			    strerror(-out->fds[CHILD_FD_SECRETS + i]));
	}
	return true;
}

void
given_end(struct child_given *given)
{
	for (int i = 0; i < SERVICE_SECRETS_MAX; i++)
		if (given->fds[CHILD_FD_SECRETS + i] >= 0)
			close(given->fds[CHILD_FD_SECRETS + i]);
}
