#include "serve/reach.h"

#include "db/conninfo.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DNS 53 /* over TCP, where an answer is long */

/* Of the system, for everybody to read: libraries that are loaded late, the
 * rules of OpenSSL, who users are. */
static const char *const of_system[] = {
	"/usr/lib",
	"/lib",
	"/lib64",
	"/etc/ld.so.cache",
	"/etc/ssl/openssl.cnf",
	"/usr/share/zoneinfo",
	"/etc/nsswitch.conf",
	"/etc/passwd",
	"/etc/group",
	"/dev/null",
	"/dev/urandom",
	"/sys/devices/system/cpu",
#ifdef __SANITIZE_ADDRESS__ /* reports, and its own threads */
	"/proc",
	"/usr/local/lib",
#endif
};

/* Where a name of another machine is looked up, and whom to trust there. */
static const char *const of_network[] = { "/etc/hosts", "/etc/host.conf",
	"/etc/gai.conf", "/etc/resolv.conf", "/run/systemd/resolve",
	"/etc/services", "/etc/ssl/certs", "/usr/share/ca-certificates",
	"/usr/local/share/ca-certificates" };

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* ---------------------------------------------------------------- network */

struct ports {
	enum sandbox_network network;
	unsigned ports[2 * CONNINFO_PORTS_MAX + 4];
	size_t count;
};

static void
add_port(struct ports *p, unsigned port)
{
	if (p->network == SANDBOX_LOCAL)
		p->network = SANDBOX_PORTS;
	p->ports[p->count++] = port;
}

static void
add_database(struct ports *p, const struct conninfo_needs *n)
{
	if (!n->network)
		return;
	if (n->ports[0] == 0)
		p->network = SANDBOX_CLIENT;
	for (size_t i = 0; n->ports[i] != 0; i++)
		add_port(p, n->ports[i]);
}

/* The setting was judged: it ends in a port. */
static unsigned
port_of(const char *relay)
{
	const char *colon = strrchr(relay, ':');

	return colon != NULL ? (unsigned)strtoul(colon + 1, NULL, 10) : 0;
}

static void
forget(void *arg, const char *path)
{
	(void)arg;
	(void)path;
}

static struct ports
ports_of(const struct service *s, const struct config *c)
{
	struct ports p = { .network = SANDBOX_LOCAL };
	struct conninfo_needs database;

	if (s->database != 0) {
		database = conninfo_needs(
		    service_setting(c, s->database), forget, NULL);
		add_database(&p, &database);
	}
	if (s->sessions && config_session_s(c) != 0) {
		database = conninfo_needs(c->database.member, forget, NULL);
		add_database(&p, &database);
	}
	if ((s->counts || (s->sessions && c->portal.host != NULL)) &&
	    c->redis.socket == NULL)
		add_port(&p, c->redis.port);
	if (s->mails)
		add_port(&p, port_of(c->mail.relay));
	if (p.network != SANDBOX_LOCAL)
		add_port(&p, DNS);
	return p;
}

/* ------------------------------------------------------------------ files */

static void
read_file(void *arg, const char *path)
{
	sandbox_read(arg, path);
}

static void
read_all(struct sandbox *box, const char *const *paths, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sandbox_read(box, paths[i]);
}

/* Where it really lies: a new one comes there, and a link is changed. */
static void
folder_of(const char *path, char folder[PATH_MAX])
{
	char real[PATH_MAX];
	const char *slash;

	snprintf(
	    folder, PATH_MAX, "%s", realpath(path, real) != NULL ? real : path);
	slash = strrchr(folder, '/');
	if (slash == NULL)
		snprintf(folder, PATH_MAX, ".");
	else
		folder[slash == folder ? 1 : slash - folder] = '\0';
}

static void
open_files(const struct service *s, const struct config *c, struct sandbox *box)
{
	char folder[PATH_MAX];
	const char *path;

	for (size_t i = 0; i < SERVICE_READS_MAX && s->reads[i] != 0; i++)
		if ((path = service_setting(c, s->reads[i])) != NULL)
			sandbox_read(box, path);
	for (size_t i = 0; i < SERVICE_REREADS_MAX && s->rereads[i] != 0; i++)
		if ((path = service_setting(c, s->rereads[i])) != NULL) {
			folder_of(path, folder);
			sandbox_read(box, folder);
		}
	if (s->writes != 0) {
		folder_of(service_setting(c, s->writes), folder);
		sandbox_write(box, folder);
	}
	if (s->publishes != 0 &&
	    (path = service_setting(c, s->publishes)) != NULL)
		sandbox_write(box, path);
}

void
reach_open(const struct service *s, const struct config *c, struct sandbox *box)
{
	struct ports p = ports_of(s, c);

	sandbox_begin(box, p.network);
	for (size_t i = 0; i < p.count; i++)
		sandbox_port(box, p.ports[i]);
	read_all(box, of_system, COUNT(of_system));
	if (p.network != SANDBOX_LOCAL)
		read_all(box, of_network, COUNT(of_network));
	if (s->database != 0)
		(void)conninfo_needs(
		    service_setting(c, s->database), read_file, box);
	if (s->sessions && config_session_s(c) != 0)
		(void)conninfo_needs(c->database.member, read_file, box);
	open_files(s, c, box);
}
