#include "config/config_settings.h"

#include "base/address.h"
#include "config/config.h"

#include <stdio.h>

#define AT(field) .offset = offsetof(struct config, field)
#define DAY_S 86400U

static const struct config_word log_words[] = {
	{ "debug", LOG_LINE_DEBUG },
	{ "info", LOG_LINE_INFO },
	{ "notice", LOG_LINE_NOTICE },
	{ "warn", LOG_LINE_WARN },
	{ "error", LOG_LINE_ERROR },
	{ NULL, 0 },
};

static const struct config_word sandbox_words[] = {
	{ "strict", CONFIG_SANDBOX_STRICT },
	{ "best-effort", CONFIG_SANDBOX_BEST_EFFORT },
	{ "off", CONFIG_SANDBOX_OFF },
	{ NULL, 0 },
};

static const struct config_word second_acts[] = {
	{ "lift-master", 1U << SECOND_LIFT_MASTER },
	{ "reset-contract", 1U << SECOND_RESET_CONTRACT },
	{ "revoke-many", 1U << SECOND_REVOKE_MANY },
	{ "close-contract", 1U << SECOND_CLOSE_CONTRACT },
	{ NULL, 0 },
};

static const struct config_word line_words[] = {
	{ "auto", CONFIG_LINES_AUTO },
	{ "64", CONFIG_LINES_64 },
	{ "none", CONFIG_LINES_NONE },
	{ NULL, 0 },
};

/* What is longer than this in a name is a mistake. */
#define TEXT_MAX 1023
#define URL_MAX 255

/* The columns of the table in one order, so that a row is short. */
#define ROW(s, k, t, field, standard, least, most, unit, text)                 \
	{                                                                      \
		.section = (s), .key = (k), .type = (t), AT(field),            \
		.fallback = (standard), .min = (least), .max = (most),         \
		.scale = (unit), .help = (text)                                \
	}
#define TEXT(s, k, f, d, most, h) ROW(s, k, CONFIG_TEXT, f, d, 1, most, 1, h)
#define NAME(s, k, t, f, d, h) ROW(s, k, t, f, d, 1, TEXT_MAX, 1, h)
#define NUMBER(s, k, f, d, a, b, h) ROW(s, k, CONFIG_NUMBER, f, d, a, b, 1, h)
#define TIME(s, k, f, d, a, b, u, h)                                           \
	ROW(s, k, CONFIG_DURATION, f, d, a, b, u, h)
#define SIZE(s, k, f, d, a, b, u, h) ROW(s, k, CONFIG_SIZE, f, d, a, b, u, h)
#define DATABASE(k, f, h)                                                      \
	ROW("database", k, CONFIG_DATABASE, f, "dbname=koshin user=koshin_" k, \
	    1, TEXT_MAX, 1, h)
#define SWITCH(s, k, f, d, h) ROW(s, k, CONFIG_SWITCH, f, d, 0, 1, 1, h)

/* clang-format off */
const struct config_setting config_settings[] = {
	NAME("", "code_key", CONFIG_KEY, code_key, NULL,
	    "secret file that one-time codes are derived with"),
	NAME("", "audit_key", CONFIG_KEY, audit_key, "",
	    "secret file that the audit trail is sealed with"),
	{ .section = "", .key = "log_level", .type = CONFIG_WORD,
	    AT(log_level), .fallback = "info", .words = log_words,
	    .help = "least level to log: debug, info, notice, warn or error" },

	TEXT("service", "name", service.name, NULL, 64,
	    "stands in subjects (O) and in mails"),
	TEXT("service", "contact", service.contact, "", 150,
	    "telephone and hours of the service desk, for mails"),
	TEXT("service", "url", service.url, "", 150,
	    "https: URL of the portal of its users, for mails"),
	TEXT("service", "zone", service.zone, "Asia/Tokyo", 64,
	    "time zone that days are counted in"),
	TEXT("service", "locale", service.locale, "ja", 2,
	    "language of accounts that state none: ja or en"),
	NAME("service", "run", CONFIG_PATH, service.run, "/run/koshin",
	    "folder for sockets and the lock file"),
	TEXT("service", "users", service.users, "", 24,
	    "started by root, the front is the user USERS-front, and so on"),
	TEXT("service", "operator", service.operator_, "", 32,
	    "user whose command line auth hashes passwords for; else root"),
	{ .section = "service", .key = "sandbox", .type = CONFIG_WORD,
	    AT(service.sandbox), .fallback = "strict", .words = sandbox_words,
	    .help = "Landlock and seccomp: strict, best-effort or off" },
	TIME("service", "store_wait", service.store_wait_s, "60s", 0, 600, 1,
	    "how long a start waits for PostgreSQL and Redis"),

	{ .section = "listen", .key = "address", .type = CONFIG_LIST,
	    AT(listen.addresses), .count_offset = offsetof(struct config,
	    listen.addresses_count), .fallback = "[0.0.0.0, \"::\"]",
	    .min = 1, .max = 45, .help =
	    "numeric addresses; 0.0.0.0 and \"::\" are all of a family" },
	NUMBER("listen", "port", listen.port, "8443", 1, 65535,
	    "TCP port of the EST listener"),
	{ .section = "listen", .key = "proxy_from", .type = CONFIG_LIST,
	    AT(listen.proxy_from), .count_offset = offsetof(struct config,
	    listen.proxy_from_count), .fallback = "", .min = 1,
	    .max = ADDRESS_TEXT_SIZE + 4, .help =
	    "addresses of balancers that say whose a connection is" },

	NAME("tls", "certificate", CONFIG_FILE, tls.certificate, NULL,
	    "PEM: the server's certificate, then its intermediates"),
	NAME("tls", "key", CONFIG_SECRET, tls.key, NULL,
	    "PEM: its key, mode 0600"),
	{ .section = "tls", .key = "names", .type = CONFIG_LIST,
	    AT(tls.names), .count_offset = offsetof(struct config,
	    tls.names_count), .fallback = "", .min = 1, .max = 253,
	    .help = "server names (SNI) of ours; none: the certificate's" },
	NAME("tls", "ticket_key", CONFIG_KEY, tls.ticket_key, "",
	    "secret file for session tickets, the same on all instances"),
	TIME("tls", "session_life", tls.session_s, "2h", 60, 7 * DAY_S, 1,
	    "how long a TLS session may be resumed"),

	TEXT("portal", "host", portal.host, "", 253,
	    "name of the door for people, as in their URL; none: it is shut"),
	{ .section = "portal", .key = "address", .type = CONFIG_LIST,
	    AT(portal.addresses), .count_offset = offsetof(struct config,
	    portal.addresses_count), .fallback = "", .min = 1, .max = 45,
	    .help = "numeric addresses; none: those of listen.address" },
	NUMBER("portal", "port", portal.port, "8444", 1, 65535,
	    "TCP port of that listener"),
	NAME("portal", "certificate", CONFIG_FILE, portal.certificate, "",
	    "PEM: its certificate, then intermediates; none: tls.certificate"),
	NAME("portal", "key", CONFIG_SECRET, portal.key, "",
	    "PEM: its key, mode 0600; none: tls.key"),
	NUMBER("portal", "connections_max", portal.connections_max, "2000", 1,
	    1000000, "connections to it at the same time"),
	TEXT("portal", "profile", portal.profile, "", PROFILE_NAME_MAX,
	    "profile that people get certificates under; none: the first"),
	SWITCH("portal", "server_keys", portal.server_keys, "true",
	    "whether keys are made here for browsers that may make none"),
	NAME("portal", "logo", CONFIG_FILE, portal.logo, "",
	    "SVG in the head of each page; none: a plain one"),
	TEXT("portal", "accent", portal.accent, "", 7,
	    "colour of links and buttons, as `#0017c1`; none: a dark blue"),
	TEXT("portal", "accent_dark", portal.accent_dark, "", 7,
	    "the same on dark pages, as `#9db7f9`; none: a light blue"),
	TIME("portal", "idle_time", portal.idle_s, "15m", 60, DAY_S, 1,
	    "a session ends after this time without a request"),
	TIME("portal", "session_time", portal.session_s, "8h", 60, DAY_S, 1,
	    "a session ends after this time in any case"),

	TEXT("member", "host", member.host, "", 180,
	    "name of the member area, which its users log in to; none: it is "
	    "shut"),
	{ .section = "member", .key = "address", .type = CONFIG_LIST,
	    AT(member.addresses), .count_offset = offsetof(struct config,
	    member.addresses_count), .fallback = "", .min = 1, .max = 45,
	    .help = "numeric addresses; none: those of listen.address" },
	NUMBER("member", "port", member.port, "8445", 1, 65535,
	    "TCP port of that listener"),
	NAME("member", "certificate", CONFIG_FILE, member.certificate, "",
	    "PEM: its certificate, for *.HOST too; none: tls.certificate"),
	NAME("member", "key", CONFIG_SECRET, member.key, "",
	    "PEM: its key, mode 0600; none: tls.key"),
	NUMBER("member", "connections_max", member.connections_max, "2000", 1,
	    1000000, "connections to it at the same time"),
	TIME("member", "idle_time", member.idle_s, "15m", 60, DAY_S, 1,
	    "a session ends after this time without a request"),
	TIME("member", "session_time", member.session_s, "8h", 60, DAY_S, 1,
	    "a session ends after this time in any case"),

	TEXT("operator", "host", operator_.host, "", 180,
	    "name of the operator's desk; none: it is shut"),
	{ .section = "operator", .key = "address", .type = CONFIG_LIST,
	    AT(operator_.addresses), .count_offset = offsetof(struct config,
	    operator_.addresses_count), .fallback = "", .min = 1, .max = 45,
	    .help = "numeric addresses; none: those of listen.address" },
	NUMBER("operator", "port", operator_.port, "8446", 1, 65535,
	    "TCP port of that listener"),
	NAME("operator", "certificate", CONFIG_FILE, operator_.certificate, "",
	    "PEM: its certificate, for *.HOST too; none: tls.certificate"),
	NAME("operator", "key", CONFIG_SECRET, operator_.key, "",
	    "PEM: its key, mode 0600; none: tls.key"),
	NUMBER("operator", "connections_max", operator_.connections_max, "100",
	    1, 1000000, "connections to it at the same time"),
	TIME("operator", "idle_time", operator_.idle_s, "15m", 60, DAY_S, 1,
	    "a session ends after this time without a request"),
	TIME("operator", "session_time", operator_.session_s, "8h", 60, DAY_S,
	    1, "a session ends after this time in any case"),

	NAME("ca", "certificate", CONFIG_FILE, ca.certificate, NULL,
	    "PEM: certificate of the issuing CA"),
	NAME("ca", "chain", CONFIG_FILE, ca.chain, "",
	    "PEM: what is above it, up to the root"),
	NAME("ca", "key", CONFIG_SECRET, ca.key, NULL,
	    "PEM: key of the issuing CA, mode 0600"),
	NAME("ca", "key_password", CONFIG_SECRET, ca.key_password, "",
	    "secret file with the password of that key"),
	TEXT("ca", "crl_url", ca.crl_url, "", URL_MAX,
	    "http: URL of the CRL, put into certificates"),
	TEXT("ca", "issuer_url", ca.issuer_url, "", URL_MAX,
	    "http: URL of the CA certificate, put into certificates"),
	TEXT("ca", "ocsp_url", ca.ocsp_url, "", URL_MAX,
	    "http: URL of an OCSP responder, put into certificates"),
	NUMBER("ca", "signatures_per_minute", ca.signatures_per_minute, "6000",
	    1, 60000, "certificates signed in any minute; more get 503"),

	NAME("crl", "folder", CONFIG_PATH, crl.folder, "",
	    "where the list of revoked certificates is published; none: "
	    "nowhere"),
	TIME("crl", "interval", crl.interval_s, "1d", 300, 30 * DAY_S, 1,
	    "a new one, also where nothing was revoked"),
	TIME("crl", "validity", crl.valid_s, "7d", 600, 365 * DAY_S, 1,
	    "how long one is valid"),

	DATABASE("front", database.front,
	    "PostgreSQL connection of the front process"),
	DATABASE("auth", database.auth,
	    "PostgreSQL connection of auth"),
	DATABASE("issuer", database.issuer,
	    "PostgreSQL connection of the issuer"),
	DATABASE("courier", database.courier,
	    "PostgreSQL connection of the courier"),
	DATABASE("sealer", database.sealer,
	    "PostgreSQL connection of the sealer of the audit trail"),
	DATABASE("operator", database.operator_,
	    "PostgreSQL connection of the command line"),
	DATABASE("member", database.member,
	    "PostgreSQL connection of people who act for one contract"),

	NAME("audit", "head", CONFIG_PATH, audit.head,
	    "/var/lib/koshin/audit.head",
	    "file that remembers how far the audit trail is sealed"),

	NAME("auth", "pepper", CONFIG_KEY, auth.pepper, "",
	    "secret file that passwords are hashed with"),
	NAME("auth", "pepper_before", CONFIG_KEY, auth.pepper_before, "",
	    "secret file with the pepper that this one replaces"),

	NAME("redis", "socket", CONFIG_PATH, redis.socket, "",
	    "Unix socket of Redis; or host and port"),
	TEXT("redis", "host", redis.host, "", 253,
	    "loopback address of Redis, or of a tunnel to it; or a socket"),
	NUMBER("redis", "port", redis.port, "6379", 1, 65535,
	    "TCP port on that host"),
	TEXT("redis", "user", redis.user, "", 64,
	    "user of Redis that auth is; none: default"),
	NAME("redis", "password", CONFIG_SECRET, redis.password, "",
	    "secret file with its password"),
	TEXT("redis", "operator_user", redis.operator_user, "", 64,
	    "user of Redis that the command line is; none: as auth"),
	NAME("redis", "operator_password", CONFIG_SECRET,
	    redis.operator_password, "", "secret file with its password"),
	TEXT("redis", "front_user", redis.front_user, "", 64,
	    "user of Redis that keeps the sessions of people; for the portal"),
	NAME("redis", "front_password", CONFIG_SECRET, redis.front_password, "",
	    "secret file with its password"),

	TEXT("mail", "relay", mail.relay, NULL, URL_MAX,
	    "smtp://host:port or smtps://host:port"),
	TEXT("mail", "helo", mail.helo, "", 253,
	    "name by which it is greeted; none: this host's full name, or "
	    "its address"),
	SWITCH("mail", "starttls", mail.starttls, "true",
	    "insist on STARTTLS: no mail rather than clear mail"),
	NAME("mail", "ca", CONFIG_FILE, mail.ca, "",
	    "PEM to verify the relay with; none: the system's"),
	TEXT("mail", "user", mail.user, "", 255, "SMTP AUTH user"),
	NAME("mail", "password", CONFIG_SECRET, mail.password, "",
	    "secret file with the SMTP AUTH password"),
	TEXT("mail", "from", mail.from, NULL, 254,
	    "sender of all mails"),
	TEXT("mail", "domain", mail.domain, "", 253,
	    "right part of Message-IDs; none: that of mail.from"),
	NAME("mail", "templates", CONFIG_FOLDER, mail.templates,
	    KOSHIN_SHARE "/templates", "folder with the texts, ja/ and en/"),
	NUMBER("mail", "connections", mail.connections, "4", 1, 64,
	    "SMTP connections at the same time"),
	TIME("mail", "give_up", mail.give_up_h, "5d", 1, 24 * 30, 3600,
	    "after how long a notice that nobody takes is given up"),
	TIME("mail", "retry_first", mail.retry_first_s, "5s", 1, 600, 1,
	    "wait before a mail is tried again; each later one is longer"),
	TIME("mail", "retry_last", mail.retry_last_s, "60m", 1, DAY_S, 1,
	    "the longest of these waits"),
	TIME("mail", "keep", mail.keep_days, "90d", 0, 3650, DAY_S,
	    "how long a mail stays in the list when it has ended; 0d: for "
	    "ever"),

	NUMBER("est", "threads", est.threads, "0", 0, 256,
	    "front threads; 0: one for each core"),
	NUMBER("est", "password_threads", est.password_threads, "0", 0, 256,
	    "threads that check passwords; 0: one for each core"),
	NUMBER("est", "password_queue", est.password_queue, "166", 1, 100000,
	    "passwords of one thread that may wait; more get 503"),
	{ .section = "est", .key = "lines", .type = CONFIG_WORD,
	    AT(est.lines), .fallback = "auto", .words = line_words,
	    .help = "lines of base64 in answers: auto, 64 or none (unbroken)" },
	SWITCH("est", "pem_bodies", est.pem_bodies, "true",
	    "take certification requests in PEM too"),
	SWITCH("est", "uniform_401", est.uniform_401, "false",
	    "one text for a right and a wrong password in step 1"),
	SWITCH("est", "path_alias", est.path_alias, "false",
	    "take /<label>/.well-known/est/ too (strongSwan 5.9.8 to 5.9.10)"),
	TIME("est", "request_time", est.request_s, "10s", 1, 300, 1,
	    "time for the work on one request"),
	TIME("est", "head_time", est.head_s, "10s", 1, 300, 1,
	    "time for the head of a request to arrive"),
	TIME("est", "body_time", est.body_s, "30s", 1, 600, 1,
	    "time for the body of a request to arrive"),
	TIME("est", "idle_time", est.idle_s, "15s", 1, 3600, 1,
	    "time a connection may stay open between requests"),
	TIME("est", "write_time", est.write_s, "30s", 1, 600, 1,
	    "time for a client to take the answer"),
	SIZE("est", "body_max", est.body_max, "64KiB", 4096, 1U << 20, 1,
	    "largest body of a request"),
	SIZE("est", "memory_max", est.memory_kib, "256MiB", 16 * 1024,
	    1U << 26, 1024, "memory that connections may hold; more get 503"),
	NUMBER("est", "connections_max", est.connections_max, "10000", 1,
	    1000000, "connections at the same time"),
	NUMBER("est", "per_address_max", est.per_address_max, "100", 1,
	    1000000, "connections of one client address"),
	NUMBER("est", "handshakes_per_address", est.handshakes_per_address,
	    "600", 1, 1000000, "TLS handshakes of one client in a minute"),
	NUMBER("est", "handshakes_per_network", est.handshakes_per_network,
	    "6000", 1, 1000000, "the same of one IPv6 /48"),
	NUMBER("est", "renewals_per_certificate",
	    est.renewals_per_certificate, "60", 1, 1000000,
	    "renewals that one client certificate asks for in a minute"),
	TIME("est", "drain_time", est.drain_s, "15s", 0, 600, 1,
	    "time for running requests when the service stops"),

	NUMBER("policy", "password_min", policy.input.password_min, "8", 8,
	    INPUT_PASSWORD_CEILING, "shortest password, characters"),
	NUMBER("policy", "password_max", policy.input.password_max, "12", 8,
	    INPUT_PASSWORD_CEILING, "longest password, characters"),
	NUMBER("policy", "lock_failures", policy.lock.failures, "6", 1, 100,
	    "failures in a row that lock an account"),
	TIME("policy", "lock_time", policy.lock.lock_s, "60m", 60, 7 * DAY_S,
	    1, "how long a lock lasts"),
	NUMBER("policy", "lock_block", policy.lock.locks, "3", 1, 100,
	    "the lock that does not end by itself"),
	TIME("policy", "code_life", policy.code.life_s, "30m", 60, DAY_S, 1,
	    "how long a one-time code is good"),
	TIME("policy", "code_resend_after", policy.code.resend_after_s, "5m",
	    10, DAY_S, 1, "a younger code is not mailed anew by EST"),
	TIME("policy", "code_spacing", policy.code.spacing_s, "60s", 1, DAY_S,
	    1, "least time between two code mails to one account"),
	NUMBER("policy", "code_per_hour", policy.code.per_hour, "5", 1, 3600,
	    "code mails to one account in an hour"),
	NUMBER("policy", "master_lifts", policy.limits.lifts, "3", 0, 1000,
	    "times a master user lifts for one user in a day"),
	NUMBER("policy", "master_passwords", policy.limits.passwords, "3", 0,
	    1000, "times a master user gives one user a password in a day"),
	NUMBER("policy", "master_closes", policy.limits.closes, "100", 0,
	    100000, "users that a master user closes in an hour"),
	TIME("policy", "email_wait", policy.limits.email_wait_s, "24h", 0,
	    7 * DAY_S, 1,
	    "until a new mail address is used; old and new are told"),
	{ .section = "policy", .key = "two_persons", .type = CONFIG_WORDS,
	    AT(policy.limits.second.acts), .fallback = "",
	    .words = second_acts,
	    .help = "acts of an operator that a second one has to confirm" },
	TIME("policy", "two_persons_within", policy.limits.second.within_s,
	    "24h", 300, 7 * DAY_S, 1, "so long the second one has time"),
	NUMBER("policy", "operator_revokes", policy.limits.second.revokes,
	    "10", 0, 100000, "certificates an operator revokes in an hour "
	    "alone"),
	NUMBER("policy", "address_attempts", policy.address_limit, "60", 1,
	    1000000, "failed attempts of one client address in the window"),
	TIME("policy", "address_window", policy.address_window_s, "60s", 1,
	    DAY_S, 1, "that window"),
	NUMBER("policy", "failures_per_minute", policy.failures_per_minute,
	    "100", 1, 1000000,
	    "refused logins of all accounts that are usual; more are told"),
	SIZE("policy", "argon2_memory", policy.argon2_memory_kib, "19MiB",
	    8 * 1024, 1U << 20, 1024, "memory for hashing one password"),
	NUMBER("policy", "argon2_passes", policy.argon2_passes, "2", 1, 100,
	    "passes over it"),
};
const size_t config_settings_count =
    sizeof(config_settings) / sizeof(config_settings[0]);
/* clang-format on */

void
config_settings_path(const struct config_setting *s, char out[CONFIG_PATH_SIZE])
{
	snprintf(out, CONFIG_PATH_SIZE, "%s%s%s", s->section,
	    s->section[0] != '\0' ? "." : "", s->key);
}

bool
config_settings_secret(const struct config_setting *s)
{
	return s->type == CONFIG_SECRET || s->type == CONFIG_KEY;
}
