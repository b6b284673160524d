#include "cli/init_plan.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/conninfo.h"
#include "db/redis_rights.h"
#include "config/config_settings.h"
#include "policy/input.h"

#define URL_PLACE 512

/* ------------------------------------------------------------ koshin.yaml */

static void
say(struct init_plan *p, const char *key, const char *value)
{
	assert(p->said_count < INIT_PLAN_SAID_MAX);
	p->said[p->said_count++] = (struct config_said){ key, value };
}

/* A text that lives as long as the plan. */
static char *__attribute__((format(printf, 2, 3)))
made(struct init_plan *p, const char *format, ...)
{
	char *text = p->text[p->text_count++];
	va_list args;

	assert(p->text_count <= sizeof(p->text) / sizeof(p->text[0]));
	va_start(args, format);
	vsnprintf(text, sizeof(p->text[0]), format, args);
	va_end(args);
	return text;
}

static const char *
or_else(const char *given, const char *standard)
{
	return given != NULL ? given : standard;
}

/* A name given here starts at the folder one is in, not at koshin.yaml's. */
static void
say_file(struct init_plan *p, const char *key, const char *given,
    const char *standard)
{
	char *whole;

	if (given == NULL) {
		say(p, key, standard);
		return;
	}
	whole = realpath(given, NULL);
	say(p, key, made(p, "%s", whole != NULL ? whole : given));
	free(whole);
}

/* 192.0.2.1:8443, [2001:db8::1]:8443, or localhost:8443, which is both
 * loopback addresses: who asks for that name may try one of them only. */
static bool
say_listen(struct init_plan *p, const char *given)
{
	const char *colon = given != NULL ? strrchr(given, ':') : NULL;
	size_t len;

	if (given == NULL)
		return true;
	if (colon == NULL || colon == given)
		return command_refuse("--listen", "must be ADDRESS:PORT");
	len = (size_t)(colon - given);
	if (given[0] == '[' && given[len - 1] == ']') {
		given++;
		len -= 2;
	}
	say(p, "listen.address",
	    len == 9 && memcmp(given, "localhost", len) == 0
		? "[\"127.0.0.1\", \"::1\"]"
		: made(p, "[\"%.*s\"]", (int)len, given));
	say(p, "listen.port", colon + 1);
	return true;
}

/* The schema has a role of that name, `koshin_` before it. */
static bool
say_database(
    struct init_plan *p, const char *owner, const struct config_setting *s)
{
	char *key = made(p, "%s", ""), *text = made(p, "%s", ""), role[64];

	config_settings_path(s, key);
	snprintf(role, sizeof(role), "koshin_%s", s->key);
	if (!conninfo_as(owner, role, text, sizeof(p->text[0])))
		return command_refuse("--database", "is too long");
	say(p, key, text);
	return true;
}

static bool
say_databases(struct init_plan *p, const char *owner)
{
	struct fault why;

	if (!conninfo_check(owner, &why))
		return command_say("--database: %s", why.text);
	for (size_t i = 0; i < config_settings_count; i++)
		if (config_settings[i].type == CONFIG_DATABASE &&
		    !say_database(p, owner, &config_settings[i]))
			return false;
	return true;
}

static void
say_urls(struct init_plan *p, const char *base)
{
	if (base == NULL)
		return;
	say(p, "ca.crl_url", made(p, "%.*s/ca.crl", URL_PLACE, base));
	say(p, "ca.issuer_url", made(p, "%.*s/ca.cer", URL_PLACE, base));
	/* Not in the folder of audit.head, which is the sealer's alone. */
	say(p, "crl.folder",
	    strcmp(p->folder, KOSHIN_SYSCONFDIR) != 0 ? "crl"
						      : "/var/lib/koshin-crl");
}

/* Also `localhost` shall give an address that is one. */
static const char *
sender(struct init_plan *p)
{
	const char *given = command_value(p->line, "--mail-from");
	const char *from;

	if (given != NULL)
		return given;
	from = made(
	    p, "koshin@%s", p->server_name_count > 0 ? p->server_names[0] : "");
	return input_email(from, strlen(from)) == NULL
		   ? from
		   : "koshin@localhost.localdomain";
}

/* Nobody stands between two programs of one machine: no STARTTLS there. */
static void
say_relay(struct init_plan *p, const char *given)
{
	static const char *const near[] = {
		"smtp://localhost:", "smtp://127.0.0.1:", "smtp://[::1]:"
	};
	const char *relay = or_else(given, "smtp://localhost:25");

	say(p, "mail.relay", relay);
	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++)
		if (strncmp(relay, near[i], strlen(near[i])) == 0)
			say(p, "mail.starttls", "false");
}

/* ----------------------------------------------------------------- --set */

static bool
is_key(const char *text, size_t len)
{
	char key[CONFIG_PATH_SIZE];

	for (size_t i = 0; i < config_settings_count; i++) {
		config_settings_path(&config_settings[i], key);
		if (strlen(key) == len && strncmp(key, text, len) == 0)
			return true;
	}
	return false;
}

/* What is set goes before what the other options say. */
static bool
take_sets(struct init_plan *p)
{
	const char *sets[INIT_PLAN_SAID_MAX / 2];
	size_t n = command_values(
	    p->line, "--set", sets, sizeof(sets) / sizeof(sets[0]));

	for (size_t i = 0; i < n; i++) {
		size_t len = strcspn(sets[i], "=");
		char *key = p->set_key[i];

		if (sets[i][len] == '\0' || len >= sizeof(p->set_key[i]) ||
		    !is_key(sets[i], len))
			return command_say("--set: `%.64s` is not KEY=VALUE "
					   "with a key of koshin.yaml(5)",
			    sets[i]);
		memcpy(key, sets[i], len); /* zeroed with the plan */
		say(p, key, sets[i] + len + 1);
	}
	return true;
}

static bool
fill(struct init_plan *p)
{
	const struct command_line *l = p->line;

	say(p, "code_key", "secrets/code.key");
	say(p, "audit_key", "secrets/audit.key");
	say(p, "auth.pepper", "secrets/pepper.key");
	say(p, "service.name", p->name);
	say(p, "service.zone", command_value(l, "--zone"));
	say_file(p, "tls.certificate", command_value(l, "--tls-certificate"),
	    "tls/server.pem");
	say_file(p, "tls.key", command_value(l, "--tls-key"), "tls/server.key");
	/* A service that is not the system's has its sockets to itself. */
	if (strcmp(p->folder, KOSHIN_SYSCONFDIR) != 0) {
		say(p, "service.run", "run");
		say(p, "audit.head", "state/audit.head");
	}
	say(p, "tls.ticket_key", "secrets/ticket.key");
	say_file(p, "ca.certificate", command_value(l, "--ca-certificate"),
	    "ca/issuing.pem");
	say_file(p, "ca.chain", command_value(l, "--ca-chain"),
	    p->own_ca ? NULL : "ca/root.pem");
	say_file(p, "ca.key", command_value(l, "--ca-key"), "ca/issuing.key");
	say_urls(p, command_value(l, "--pki-url"));
	say(p, "redis.user", redis_role_user(REDIS_ROLE_AUTH));
	say(p, "redis.password", "secrets/redis-auth.password");
	say(p, "redis.operator_user", redis_role_user(REDIS_ROLE_OPERATOR));
	say(p, "redis.operator_password", "secrets/redis-operator.password");
	say(p, "redis.front_user", redis_role_user(REDIS_ROLE_FRONT));
	say(p, "redis.front_password", "secrets/redis-front.password");
	say(p, "redis.socket",
	    or_else(
		command_value(l, "--redis"), "/run/redis/redis-server.sock"));
	say_relay(p, command_value(l, "--mail-relay"));
	say(p, "mail.from", sender(p));
	say_file(p, "mail.templates", command_value(l, "--templates"), NULL);
	return say_listen(p, command_value(l, "--listen")) &&
	       say_databases(p, command_value(l, "--database"));
}

/* ---------------------------------------------------------------- whole */

/* Given together or not at all: nobody could say which key is meant. */
static bool
check_ca(struct init_plan *p)
{
	static const char *const together[] = { "--ca-certificate", "--ca-key",
		"--tls-certificate", "--tls-key" };
	size_t given = 0;

	for (size_t i = 0; i < 4; i++)
		given += command_given(p->line, together[i]) ? 1 : 0;
	p->own_ca = given == 4;
	if (given != 0 && given != 4)
		return command_misused(p->line->command,
		    "an own CA takes all of --ca-certificate, --ca-key, "
		    "--tls-certificate and --tls-key",
		    "");
	return p->yaml_kept || p->own_ca || p->server_name_count > 0 ||
	       command_misused(p->line->command,
		   "missing --server-name, the DNS name or address that "
		   "clients connect to",
		   "");
}

/* Absolute without needing to be there. */
static bool
find_folder(struct init_plan *p)
{
	const char *given =
	    or_else(command_value(p->line, "--folder"), KOSHIN_SYSCONFDIR);
	char here[PATH_MAX / 2] = "";
	char yaml[PATH_MAX + 16];
	int len;

	if (given[0] != '/' && getcwd(here, sizeof(here)) == NULL)
		return command_refuse("--folder", strerror(errno));
	len = snprintf(p->folder, sizeof(p->folder), "%s%s%s", here,
	    here[0] != '\0' ? "/" : "", given);
	if (len < 0 || len > PATH_MAX / 2)
		return command_refuse("--folder", "is too long");
	snprintf(yaml, sizeof(yaml), "%s/koshin.yaml", p->folder);
	p->yaml_kept = access(yaml, F_OK) == 0;
	return true;
}

bool
init_plan_make(struct init_plan *p, struct session *d)
{
	*p = (struct init_plan){ .line = d->line,
		.name = or_else(command_value(d->line, "--name"), "Koshin") };
	p->server_name_count = command_values(
	    d->line, "--server-name", p->server_names, INIT_PLAN_NAMES_MAX);
	if (!find_folder(p))
		return false;
	d->misused = !check_ca(p) || !take_sets(p);
	return !d->misused && fill(p);
}
