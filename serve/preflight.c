#include "serve/preflight.h"

#include "base/secret.h"
#include "db/migrate.h"
#include "db/redis.h"
#include "serve/services.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdarg.h>
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

/* Started as root, we go on as the user of the configuration. */
static bool
drop_rights(const struct config_service *service, struct fault *why)
{
	struct passwd *user;

	if (service->user == NULL || geteuid() != 0)
		return true;
	user = getpwnam(service->user);
	if (user == NULL)
		return fault_set(why,
		    "service.user: there is no user %s; make one, or leave "
		    "the setting out",
		    service->user);
	if (initgroups(user->pw_name, user->pw_gid) != 0 ||
	    setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)
		return fault_set(why, "cannot become user %s: %s",
		    service->user, strerror(errno));
	return true;
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
lock_folder(const char *run, int *lock, struct fault *why)
{
	char path[256];

	if (mkdir(run, 0700) != 0 && errno != EEXIST)
		return fault_set(
		    why, "%s: cannot be made: %s", run, strerror(errno));
	snprintf(path, sizeof(path), "%s/lock", run);
	*lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*lock < 0)
		return fault_set(
		    why, "%s: cannot be made: %s", path, strerror(errno));
	if (!take_lock(*lock))
		return fault_set(why,
		    "%s: another koshin runs here; stop it, or give this one "
		    "its own service.run",
		    path);
	return true;
}

/* False: the path is too long for a socket. */
static bool
name_socket(const char *run, const struct service *s, struct sockaddr_un *name)
{
	int n;

	*name = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(
	    name->sun_path, sizeof(name->sun_path), "%s/%s", run, s->socket);
	return n >= 0 && (size_t)n < sizeof(name->sun_path);
}

static bool
open_socket(
    const char *run, const struct service *s, int *fd, struct fault *why)
{
	struct sockaddr_un name;

	if (s->socket == NULL)
		return true;
	if (!name_socket(run, s, &name))
		return fault_set(why,
		    "service.run: %s is too long for a socket; take a shorter "
		    "path",
		    run);
	unlink(name.sun_path);
	*fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd < 0 || bind(*fd, (struct sockaddr *)&name, sizeof(name)) != 0 ||
	    chmod(name.sun_path, 0600) != 0 || listen(*fd, BACKLOG) != 0)
		return fault_set(why, "%s: cannot listen: %s", name.sun_path,
		    strerror(errno));
	return true;
}

static bool
open_sockets(const char *run, struct preflight *p, struct fault *why)
{
	for (int i = 0; i < SERVICES; i++)
		if (!open_socket(run, &services[i], &p->sockets[i], why))
			return false;
	return true;
}

static socklen_t
fill_address(const struct config_listener *listen, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	*out = (struct sockaddr_storage){ 0 };
	if (inet_pton(AF_INET, listen->address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)listen->port);
		return sizeof(*v4);
	}
	inet_pton(AF_INET6, listen->address, &v6->sin6_addr);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)listen->port);
	return sizeof(*v6);
}

/* Without SO_REUSEPORT: fails while anybody else listens there. */
static bool
probe_port(const struct config_listener *listener, struct fault *why)
{
	struct sockaddr_storage address;
	socklen_t len = fill_address(listener, &address);
	int on = 1, error = 0;
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fault_set(why, "socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, len) != 0 ||
	    listen(fd, 1) != 0)
		error = errno;
	close(fd);
	if (error != 0)
		return fault_set(why,
		    "listen: cannot listen on %s port %u: %s; choose another "
		    "port",
		    listener->address, listener->port, strerror(error));
	return true;
}

static bool
check_stores(const struct config *config, struct fault *why)
{
	struct redis_options redis = { .socket = config->redis.socket,
		.host = config->redis.host,
		.port = (int)config->redis.port };
	char password[256];
	struct fault reason = { .text = "" };
	size_t i;

	/* A setting may be of one role alone (F-43). */
	for (i = 0; i < SERVICES; i++)
		if (migrate_check(
			service_database(&services[i], config), &reason) != 0)
			return fault_set(why, "database.%s: %s",
			    services[i].name, reason.text);
	if (config->redis.password != NULL) {
		if (!secret_read_text(config->redis.password, password,
			sizeof(password), &reason))
			return fault_set(
			    why, "%s: %s", config->redis.password, reason.text);
		redis.password = password;
	}
	if (redis_check(&redis, &reason) != 0)
		return fault_set(why, "redis: %s", reason.text);
	secret_wipe(password, sizeof(password));
	return true;
}

/* Room for connections_max clients, and some for ourselves. */
static bool
raise_descriptors(const struct config *config, struct fault *why)
{
	rlim_t wanted = config->est.connections_max + 256;
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

bool
preflight_stores(const struct config *config, struct fault *why)
{
	return drop_rights(&config->service, why) && check_stores(config, why);
}

bool
preflight_open(
    const struct config *config, struct preflight *p, struct fault *why)
{
	p->lock = -1;
	for (int i = 0; i < SERVICES; i++)
		p->sockets[i] = -1;
	if (drop_rights(&config->service, why) &&
	    raise_descriptors(config, why) &&
	    lock_folder(config->service.run, &p->lock, why) &&
	    open_sockets(config->service.run, p, why) &&
	    probe_port(&config->listen, why) && check_stores(config, why))
		return true;
	preflight_close(config, p);
	return false;
}

void
preflight_close(const struct config *config, struct preflight *p)
{
	struct sockaddr_un name;

	for (int i = 0; i < SERVICES; i++) {
		if (p->sockets[i] < 0)
			continue;
		name_socket(config->service.run, &services[i], &name);
		unlink(name.sun_path);
		close(p->sockets[i]);
	}
	close(p->lock);
}
