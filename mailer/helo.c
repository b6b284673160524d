#include "mailer/helo.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static bool
is_full(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot != NULL && dot != name && dot[1] != '\0' &&
	       strlen(name) < HELO_SIZE;
}

static bool
names_host(const struct hostent *entry, const char *host)
{
	if (strcasecmp(entry->h_name, host) == 0)
		return true;
	for (char **alias = entry->h_aliases; *alias != NULL; alias++)
		if (strcasecmp(*alias, host) == 0)
			return true;
	return false;
}

/* Lists of hosts are those of this machine; the DNS cannot be listed. */
static bool
full_name(const char *host, char name[HELO_SIZE])
{
	const struct hostent *entry;
	bool found = false;

	sethostent(1);
	while (!found && (entry = gethostent()) != NULL) {
		found = names_host(entry, host) && is_full(entry->h_name);
		if (found)
			snprintf(name, HELO_SIZE, "%s", entry->h_name);
	}
	endhostent();
	return found;
}

static bool
literal(const struct ifaddrs *of, int family, char name[HELO_SIZE])
{
	const struct sockaddr_in *v4 = (const void *)of->ifa_addr;
	const struct sockaddr_in6 *v6 = (const void *)of->ifa_addr;
	char text[INET6_ADDRSTRLEN];

	if (of->ifa_addr == NULL || of->ifa_addr->sa_family != family ||
	    (of->ifa_flags & IFF_LOOPBACK) != 0 ||
	    (of->ifa_flags & IFF_UP) == 0)
		return false;
	if (family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr))
		return false;
	if (inet_ntop(family,
		family == AF_INET ? (const void *)&v4->sin_addr
				  : (const void *)&v6->sin6_addr,
		text, sizeof(text)) == NULL)
		return false;
	snprintf(
	    name, HELO_SIZE, family == AF_INET ? "[%s]" : "[IPv6:%s]", text);
	return true;
}

static void
address(char name[HELO_SIZE])
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct ifaddrs *all = NULL;
	bool found = false;

	if (getifaddrs(&all) != 0)
		all = NULL;
	for (size_t i = 0; i < 2 && !found; i++)
		for (const struct ifaddrs *a = all; a != NULL && !found;
		     a = a->ifa_next)
			found = literal(a, families[i], name);
	freeifaddrs(all);
	if (!found)
		snprintf(name, HELO_SIZE, "[127.0.0.1]");
}

void
helo_own(char name[HELO_SIZE])
{
	char host[HOST_NAME_MAX + 1] = "";

	if (gethostname(host, sizeof(host)) == 0) {
		host[sizeof(host) - 1] = '\0';
		if (is_full(host)) {
			snprintf(name, HELO_SIZE, "%s", host);
			return;
		}
		if (host[0] != '\0' && full_name(host, name))
			return;
	}
	address(name);
}
