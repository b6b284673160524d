#include "config/config_check.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include "base/address.h"
#include "base/clock.h"
#include "config/config_url.h"
#include "policy/colour.h"

struct check {
	struct config_told *told;
	const struct config_places *lines;
	const struct config *config;
};

void
config_check_tell(struct config_told *told, const struct config_places *lines,
    const char *key, const char *format, ...)
{
	char section[CONFIG_PATH_SIZE], what[512];
	unsigned line = config_lines_of(lines, key);
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	snprintf(section, sizeof(section), "%.*s", (int)strcspn(key, "."), key);
	if (line == 0)
		line = config_lines_of(lines, section);
	config_tell(told, line, key, "%s", what);
}

#define TELL(c, key, ...)                                                      \
	config_check_tell((c)->told, (c)->lines, key, __VA_ARGS__)

/* Not required by the table: an older file gets the whole way. */
static void
check_audit(const struct check *c)
{
	if (c->config->audit_key == NULL)
		TELL(c, "audit_key",
		    "is missing; add `audit_key: secrets/audit.key`, then run "
		    "`koshin init` with the options of the first time, which "
		    "makes that file and keeps all others");
}

/* Likewise. */
static void
check_auth(const struct check *c)
{
	const struct config_auth *a = &c->config->auth;

	if (a->pepper == NULL)
		TELL(c, "auth.pepper",
		    "is missing; add `auth: {pepper: secrets/pepper.key}`, "
		    "then run `koshin init` with the options of the first "
		    "time, which makes that file and keeps all others");
	else if (a->pepper_before != NULL &&
		 strcmp(a->pepper, a->pepper_before) == 0)
		TELL(c, "auth.pepper_before",
		    "is the same file as auth.pepper; must be the one that was "
		    "in use before, or go away");
}

static void
check_service(const struct check *c)
{
	const struct config_service *s = &c->config->service;
	const char *wrong = input_locale(s->locale, strlen(s->locale));

	if (!clock_zone_known(s->zone))
		TELL(c, "service.zone",
		    "is `%s`, which this system does not know; must be like "
		    "Asia/Tokyo",
		    s->zone);
	if (wrong != NULL)
		TELL(c, "service.locale", "is `%s`; %s", s->locale, wrong);
	wrong = s->url != NULL ? config_url_https(s->url) : NULL;
	if (wrong != NULL)
		TELL(c, "service.url", "is `%s`; %s", s->url, wrong);
	if (s->operator_uid == CONFIG_NOBODY)
		TELL(c, "service.operator",
		    "is `%s`, whom this system does not know; must be a user "
		    "of it",
		    s->operator_);
}

static void
check_address(const struct check *c, const char *key, const char *address)
{
	struct in6_addr binary;

	memset(&binary, 0, sizeof(binary));
	if (inet_pton(AF_INET, address, &binary) != 1 &&
	    inet_pton(AF_INET6, address, &binary) != 1)
		TELL(c, key,
		    "has `%s`; must be numeric addresses, as 192.0.2.1 or "
		    "\"::1\"",
		    address);
	else if (IN6_IS_ADDR_V4MAPPED(&binary))
		TELL(c, key, "has `%s`; must be the IPv4 address itself",
		    address);
}

static void
check_addresses(const struct check *c, const char *key, char **addresses,
    unsigned count, unsigned least)
{
	if (count < least || count > CONFIG_ADDRESSES_MAX)
		TELL(c, key,
		    "has %u addresses; must be one to %d, or left out for all",
		    count, CONFIG_ADDRESSES_MAX);
	for (unsigned i = 0; i < count; i++)
		check_address(c, key, addresses[i]);
	for (unsigned i = 1; i < count; i++)
		for (unsigned j = 0; j < i; j++)
			if (strcmp(addresses[i], addresses[j]) == 0)
				TELL(c, key, "has `%s` twice", addresses[i]);
}

static void
check_listen(const struct check *c)
{
	const struct config_listener *l = &c->config->listen;

	check_addresses(
	    c, "listen.address", l->addresses, l->addresses_count, 1);
}

/* One that a person with a browser can get a certificate under. */
static void
check_portal_profile(const struct check *c)
{
	const char *name = c->config->portal.profile;
	const struct profile *p =
	    config_profile(c->config, name, name != NULL ? strlen(name) : 0);

	if (p == NULL)
		TELL(c, "portal.profile",
		    "is `%s`; must be the name of one of the profiles", name);
	else if (c->config->portal.host == NULL)
		return;
	else if (p->holder != PROFILE_HOLDER_PERSON)
		TELL(c, "portal.profile",
		    "is `%s`, which is for %s; name one that is for people",
		    p->name,
		    p->holder == PROFILE_HOLDER_DEVICE ? "devices"
						       : "operators");
	else if (p->binding_required)
		TELL(c, "portal.profile",
		    "is `%s`, which has binding_required; a browser cannot "
		    "bind a request to its connection: name another profile",
		    p->name);
}

/* What links and buttons stand on, in portal/pages/style.css. */
static const struct colour light[] = { { 0xff, 0xff, 0xff },
	{ 0xf4, 0xf6, 0xfb } };
static const struct colour dark[] = { { 0x16, 0x18, 0x1d },
	{ 0x20, 0x23, 0x2b } };

static void
check_accent(const struct check *c, const char *key, const char *text,
    const struct colour on[2], const char *advice)
{
	struct colour colour;
	double least = 0;

	if (text == NULL)
		return;
	if (!colour_read(text, &colour)) {
		TELL(c, key, "is `%s`; must be a colour like `#0017c1`", text);
		return;
	}
	for (int i = 0; i < 2; i++) {
		double contrast = colour_contrast(&colour, &on[i]);

		least = i == 0 || contrast < least ? contrast : least;
	}
	if (least < COLOUR_CONTRAST_LEAST)
		TELL(c, key,
		    "is `%s`, whose contrast with the page is %.1f:1; must be "
		    "%.1f:1 or more: take a %s one",
		    text, least, COLOUR_CONTRAST_LEAST, advice);
}

static void
check_brand(const struct check *c)
{
	const struct config_site *p = &c->config->portal;

	if ((p->accent == NULL) != (p->accent_dark == NULL))
		TELL(c, "portal.accent",
		    "and portal.accent_dark go together; name both or neither");
	check_accent(c, "portal.accent", p->accent, light, "darker");
	check_accent(c, "portal.accent_dark", p->accent_dark, dark, "lighter");
}

/* `name` is that of its section; the key in it. */
static const char *
site_key(char key[CONFIG_PATH_SIZE], const char *name, const char *of)
{
	snprintf(key, CONFIG_PATH_SIZE, "%s.%s", name, of);
	return key;
}

static void
check_site(
    const struct check *c, const char *name, const struct config_site *site)
{
	char key[CONFIG_PATH_SIZE];

	check_addresses(c, site_key(key, name, "address"), site->addresses,
	    site->addresses_count, 0);
	if (site->host != NULL && !config_url_host(site->host))
		TELL(c, site_key(key, name, "host"),
		    "is `%s`; must be a host name, as %s.example.jp",
		    site->host, name);
	if (site->host != NULL && site->port == c->config->listen.port)
		TELL(c, site_key(key, name, "port"),
		    "is %u, as listen.port; must be another one", site->port);
	if ((site->certificate == NULL) != (site->key == NULL))
		TELL(c, site_key(key, name, "certificate"),
		    "and %s.key go together; name both or neither", name);
	if (site->idle_s > site->session_s)
		TELL(c, site_key(key, name, "idle_time"),
		    "is longer than %s.session_time; must not be", name);
}

/* Its names have one label more, too, which no address can have; and it stands
 * beside the portal. */
static void
check_asking(
    const struct check *c, const char *name, const struct config_site *site)
{
	const struct config_site *portal = &c->config->portal;
	char key[CONFIG_PATH_SIZE];
	unsigned char binary[16];

	check_site(c, name, site);
	if (site->host == NULL)
		return;
	site_key(key, name, "host");
	if (inet_pton(AF_INET, site->host, binary) == 1 ||
	    inet_pton(AF_INET6, site->host, binary) == 1)
		TELL(c, key,
		    "is `%s`, an address; must be a host name, as "
		    "%s.example.jp",
		    site->host, name);
	if (portal->host == NULL)
		TELL(c, key,
		    "stands without portal.host, where its users get their "
		    "certificates; name both");
	else if (strcasecmp(site->host, portal->host) == 0)
		TELL(c, key,
		    "is `%s`, as portal.host; must be another name, since a "
		    "browser that was asked for a certificate remembers its "
		    "answer by the name",
		    site->host);
	if (portal->host != NULL && site->port == portal->port)
		TELL(c, site_key(key, name, "port"),
		    "is %u, as portal.port; must be another one", site->port);
}

/* `host`, or a name with one label before it. */
static bool
is_of(const char *name, const char *host)
{
	const char *rest = strchr(name, '.');

	return strcasecmp(name, host) == 0 ||
	       (rest != NULL && strcasecmp(rest + 1, host) == 0);
}

/* R-OPS-1: somebody can come in, and nobody else by the other name. */
static void
check_operator(const struct check *c)
{
	const struct config_site *site = &c->config->operator_;
	const struct config_site *member = &c->config->member;
	unsigned i = 0;

	check_asking(c, "operator", site);
	if (site->host == NULL)
		return;
	while (i < c->config->profiles_count &&
	       c->config->profiles[i].holder != PROFILE_HOLDER_OPERATOR)
		i++;
	if (i == c->config->profiles_count)
		TELL(c, "operator.host",
		    "stands without a profile that has `holder: operator`; "
		    "nobody could come in");
	if (member->host == NULL)
		return;
	if (is_of(site->host, member->host) || is_of(member->host, site->host))
		TELL(c, "operator.host",
		    "is `%s`, and member.host `%s` is a name of it or has it "
		    "as one; must be another name",
		    site->host, member->host);
	if (site->port == member->port)
		TELL(c, "operator.port",
		    "is %u, as member.port; must be another one", site->port);
}

/* Who is in none of them names no client; with all in one, everybody would. */
static void
check_balancers(const struct check *c)
{
	const struct config_listener *l = &c->config->listen;
	struct address_range range;

	for (unsigned i = 0; i < l->proxy_from_count; i++)
		if (!address_range_read(l->proxy_from[i], &range) ||
		    range.bits == 0)
			TELL(c, "listen.proxy_from",
			    "has `%s`; must be addresses of balancers, as "
			    "192.0.2.7 or 2001:db8::/64",
			    l->proxy_from[i]);
}

/* RFC 6066 3: a DNS name in ASCII, no address, no trailing dot. */
static void
check_server_names(const struct check *c)
{
	const struct config_tls *tls = &c->config->tls;
	unsigned char binary[16];

	for (unsigned i = 0; i < tls->names_count; i++) {
		const char *name = tls->names[i];

		if (!config_url_host(name) ||
		    inet_pton(AF_INET, name, binary) == 1)
			TELL(c, "tls.names",
			    "has `%s`; must be DNS names, as est.example.jp",
			    name);
	}
}

static void
check_urls(const struct check *c)
{
	const struct {
		const char *key, *url;
	} all[] = {
		{ "ca.crl_url", c->config->ca.crl_url },
		{ "ca.issuer_url", c->config->ca.issuer_url },
		{ "ca.ocsp_url", c->config->ca.ocsp_url },
	};
	const char *wrong;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		wrong = all[i].url != NULL ? config_url_http(all[i].url) : NULL;
		if (wrong != NULL)
			TELL(c, all[i].key, "is `%s`; %s", all[i].url, wrong);
	}
}

/* A list is out long before the one before ends, and is told to be late at half
 * of its life (I-17). */
static void
check_crl(const struct check *c)
{
	const struct config_crl *crl = &c->config->crl;
	const char *url = c->config->ca.crl_url;

	if (crl->folder == NULL)
		return;
	if (url != NULL && config_url_file(url)[0] == '\0')
		TELL(c, "ca.crl_url",
		    "is `%s`; must end in the name of a file, as ca.crl: that "
		    "of the list in crl.folder",
		    url);
	if (crl->interval_s * UINT64_C(2) >= crl->valid_s)
		TELL(c, "crl.validity",
		    "is %u s; must be more than twice crl.interval, %u s, so "
		    "that a list that is late is seen before the last one ends",
		    crl->valid_s, crl->interval_s);
}

static void
check_redis(const struct check *c)
{
	const struct config_redis *r = &c->config->redis;
	size_t longest = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	if (r->socket == NULL && r->host == NULL)
		TELL(c, "redis",
		    "says neither socket nor host; name the Unix socket of "
		    "Redis with `socket`");
	if (r->socket != NULL && r->host != NULL)
		TELL(c, "redis.host",
		    "stands beside redis.socket; must be one of the two");
	if (r->user != NULL && r->password == NULL)
		TELL(c, "redis.password",
		    "is missing beside redis.user; name the secret file with "
		    "that user's password");
	if ((r->front_user == NULL) != (r->front_password == NULL))
		TELL(c, "redis.front_user",
		    "and redis.front_password go together; name both or "
		    "neither");
	if (c->config->portal.host != NULL && r->front_user == NULL)
		TELL(c, "redis.front_user",
		    "is missing beside portal.host; add `front_user: "
		    "koshin_front` and `front_password: "
		    "secrets/redis-front.password`, then run `koshin init` "
		    "with the options of the first time, which makes both");
	if ((r->operator_user == NULL) != (r->operator_password == NULL))
		TELL(c, "redis.operator_user",
		    "and redis.operator_password go together; name both or "
		    "neither");
	if (r->socket != NULL && strlen(r->socket) > longest)
		TELL(c, "redis.socket",
		    "is longer than %zu bytes, which no Unix socket can be",
		    longest);
	if (r->host != NULL && !config_url_host(r->host))
		TELL(c, "redis.host",
		    "is `%s`; must be a host name or an address", r->host);
	else if (r->host != NULL && !address_is_loopback(r->host))
		/* hiredis 0.14 has no TLS. */
		TELL(c, "redis.host",
		    "is `%s`; Redis is not asked over the network, where all "
		    "could be read and changed: must be its Unix socket "
		    "(redis.socket), or 127.0.0.1 or ::1 with a tunnel behind",
		    r->host);
}

static void
check_mail(const struct check *c)
{
	const struct config_mail *m = &c->config->mail;
	const char *wrong = config_url_smtp(m->relay);

	if (wrong != NULL)
		TELL(c, "mail.relay", "%s", wrong);
	wrong = input_email(m->from, strlen(m->from));
	if (wrong != NULL)
		TELL(c, "mail.from", "is `%s`; %s", m->from, wrong);
	else if (!config_url_host(m->domain))
		TELL(c, "mail.domain", "is `%s`; must be a domain name",
		    m->domain);
	if (m->helo != NULL && !config_url_helo(m->helo))
		TELL(c, "mail.helo",
		    "is `%s`; must be a host name, or an address as "
		    "[192.0.2.1] or [IPv6:2001:db8::1]",
		    m->helo);
	if ((m->user != NULL) != (m->password != NULL))
		TELL(c, m->user != NULL ? "mail.user" : "mail.password",
		    "stands alone; mail.user and mail.password go together");
}

/* What must not be larger than what; keys as in the file. */
static void
check_order(const struct check *c)
{
	const struct config_policy *p = &c->config->policy;
	const struct config_est *e = &c->config->est;
	const struct config_mail *m = &c->config->mail;
	const struct {
		const char *smaller, *larger;
		unsigned small, large;
	} all[] = {
		{ "policy.password_min", "policy.password_max",
		    p->input.password_min, p->input.password_max },
		{ "policy.code_resend_after", "policy.code_life",
		    p->code.resend_after_s, p->code.life_s },
		{ "policy.code_spacing", "policy.code_life", p->code.spacing_s,
		    p->code.life_s },
		{ "mail.retry_first", "mail.retry_last", m->retry_first_s,
		    m->retry_last_s },
		{ "est.per_address_max", "est.connections_max",
		    e->per_address_max, e->connections_max },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].small > all[i].large)
			TELL(c,
			    config_lines_of(c->lines, all[i].smaller) != 0
				? all[i].smaller
				: all[i].larger,
			    "%s is larger than %s; must not be", all[i].smaller,
			    all[i].larger);
}

/* The fields of struct profile are called otherwise in the file. */
static const char *
profile_key(const char *field)
{
	if (strcmp(field, "validity_days") == 0)
		return "validity";
	return strcmp(field, "renewal_days") == 0 ? "renewal_window" : field;
}

static void
check_profile(const struct check *c, unsigned i)
{
	const struct profile *p = &c->config->profiles[i];
	char key[CONFIG_PATH_SIZE];
	const char *field;
	const char *wrong = profile_check(p, &field);

	if (p->renewal_days >= p->validity_days) {
		field = "renewal_days";
		wrong = "must be less than validity";
	}
	if (wrong != NULL) {
		snprintf(
		    key, sizeof(key), "profiles[%u].%s", i, profile_key(field));
		TELL(c, key, "%s", wrong);
	}
	for (unsigned j = 0; j < i; j++)
		if (strcmp(c->config->profiles[j].name, p->name) == 0) {
			snprintf(key, sizeof(key), "profiles[%u].name", i);
			TELL(c, key,
			    "is `%s` for the second time; each name must be "
			    "another",
			    p->name);
		}
}

void
config_check_values(struct config_told *told, const struct config_places *lines,
    const struct config *config)
{
	const struct check c = { told, lines, config };

	check_audit(&c);
	check_auth(&c);
	check_service(&c);
	check_listen(&c);
	check_site(&c, "portal", &config->portal);
	check_portal_profile(&c);
	check_brand(&c);
	check_asking(&c, "member", &c.config->member);
	check_operator(&c);
	check_balancers(&c);
	check_server_names(&c);
	check_urls(&c);
	check_crl(&c);
	check_redis(&c);
	check_mail(&c);
	check_order(&c);
	for (unsigned i = 0; i < config->profiles_count; i++)
		check_profile(&c, i);
}
