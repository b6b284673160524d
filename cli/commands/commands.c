/*
 * All commands. What a row says is read by cli/command (words and help),
 * cli/session (what is opened, and who may) and cli/listing.
 */
#include "cli/commands/commands.h"

#include "cli/listing.h"
#include "policy/input.h"

/* ----------------------------------------------- words that a value may be */

#define WORDS(name, ...)                                                       \
	static const char *name(size_t i)                                      \
	{                                                                      \
		static const char *const all[] = { __VA_ARGS__, NULL };        \
                                                                               \
		return all[i];                                                 \
	}

WORDS(locales, "ja", "en")
WORDS(roles, "master", "general", "device", "operator")
WORDS(user_states, "active", "locked", "blocked", "suspended", "closed")
WORDS(cert_states, "valid", "expired", "revoked", "reserved", "abandoned")
/* Of RFC 5280 5.3.1, those that end a certificate for good. */
WORDS(revocation_reasons, "unspecified", "keyCompromise", "affiliationChanged",
    "superseded", "cessationOfOperation", "privilegeWithdrawn")

#define OPTION(...) COMMAND_OPTION(__VA_ARGS__)
#define OPTIONS COMMAND_OPTIONS

/* --------------------------------------------- options of several commands */

#define REASON                                                                 \
	OPTION("--reason", "TEXT", "reason, kept in the audit trail",          \
	    .required = true, .judge = input_reason)
#define LOCALE                                                                 \
	OPTION("--locale", "LANGUAGE", "ja or en (default: service.locale)",   \
	    .later = true, .words = locales)

/* -------------------------------------------- conditions of several lines */

/*
 * Said so that PostgreSQL, which plans each question with its values, strikes
 * out what is not asked for, and sees which index has the rest. How a state
 * reads stands in cli/sql/ as well; a test holds them together.
 */
#define WHERE_USER_STATE                                                       \
	"$::text = 'active' AND a.state = 'active'"                            \
	" AND (a.locked_until IS NULL OR a.locked_until <= now())"             \
	" OR $::text = 'locked' AND a.state = 'active'"                        \
	" AND a.locked_until > now()"                                          \
	" OR $::text NOT IN ('active', 'locked') AND a.state = $::text"
#define WHERE_CERT_STATE                                                       \
	"$::text = 'valid' AND c.state = 'issued'"                             \
	" AND r.serial IS NULL AND c.not_after > now()"                        \
	" OR $::text = 'expired' AND c.state = 'issued'"                       \
	" AND r.serial IS NULL AND c.not_after <= now()"                       \
	" OR $::text = 'revoked' AND c.state = 'issued'"                       \
	" AND r.serial IS NOT NULL"                                            \
	" OR $::text = 'reserved' AND c.state = 'reserved'"                    \
	" OR $::text = 'abandoned' AND c.state = 'abandoned'"
/* A word without a dot is a family: all that begin with it and a dot. */
#define WHERE_ACTION                                                           \
	"strpos($::text, '.') > 0 AND a.action = $::text"                      \
	" OR strpos($::text, '.') = 0"                                         \
	" AND split_part(a.action, '.', 1) = $::text"                          \
	" AND ($::text = 'certificate' OR a.action <> 'certificate.issue')"
#define ACCOUNT_OF_USER                                                        \
	"(SELECT x.id FROM koshin.account x WHERE x.user_id = $)"
#define WHERE_AUDIT_CONTRACT                                                   \
	"a.account = ANY (ARRAY(SELECT x.id FROM koshin.account x"             \
	" WHERE x.contract = $)) OR a.object = 'contract:' || $"

/* -------------------------------------------------------------- the table */

enum {
	WALKS = COMMAND_DATABASE | COMMAND_LIMIT | COMMAND_JSON,
	LISTS = WALKS | COMMAND_AFTER,
	SHOWS = COMMAND_DATABASE | COMMAND_JSON,
	CHANGES = COMMAND_DATABASE | COMMAND_ACTOR | COMMAND_AS,
};

#define COMMAND(group_, name_, word_, help_)                                   \
	.group = group_, .name = name_, .word = word_, .help = help_
/* The actor may do that to this. */
#define ON(target_, act_) .target = COMMAND_##target_, .may = AUTHORITY_##act_

const struct command commands[] = {
	/* ------------------------------------------------------ the service */
	{ COMMAND("", "init", NULL,
	      "sets up the schema, CA, secrets and configuration; keeps "
	      "what exists"),
	    .needs = 0, .act = init,
	    .options = OPTIONS(
		OPTION("--folder", "DIR",
		    "folder for all files (default: " KOSHIN_SYSCONFDIR ")"),
		OPTION("--database", "CONNINFO",
		    "PostgreSQL connection of the owner, who may create roles",
		    .required = true),
		OPTION("--name", "TEXT",
		    "name of the service in certificates and mails (default: "
		    "Koshin)"),
		OPTION("--server-name", "NAME",
		    "DNS name or address that clients connect to",
		    .repeatable = true),
		OPTION("--listen", "ADDRESS:PORT",
		    "address to listen on (default: all, port 8443)"),
		OPTION("--zone", "ZONE", "time zone (default: Asia/Tokyo)"),
		OPTION("--redis", "SOCKET",
		    "socket of Redis (default: /run/redis/redis-server.sock)"),
		OPTION("--redis-admin", "FILE",
		    "file with the password of its default user, to create "
		    "ours"),
		OPTION("--mail-relay", "URL",
		    "mail relay (default: smtp://localhost:25)"),
		OPTION("--mail-from", "ADDRESS",
		    "sender address (default: koshin@ the server name)"),
		OPTION("--templates", "DIR", "folder with the mail texts"),
		OPTION("--pki-url", "URL",
		    "http: URL at which the CRL and the CA certificate will be "
		    "published"),
		OPTION(
		    "--ca-certificate", "FILE", "use this existing issuing CA"),
		OPTION("--ca-chain", "FILE",
		    "certificates above it, up to the root"),
		OPTION("--ca-key", "FILE", "key of the issuing CA"),
		OPTION(
		    "--tls-certificate", "FILE", "certificate of the server"),
		OPTION("--tls-key", "FILE", "key of the server"),
		OPTION("--root-key", "FILE",
		    "where to put the key of a new root (default: root.key in "
		    "DIR-root)"),
		OPTION("--set", "KEY=VALUE",
		    "set any other key, e.g. est.threads=4",
		    .repeatable = true)) },
	{ COMMAND("", "serve", NULL,
	      "runs the service in the foreground until SIGTERM"),
	    .needs = COMMAND_CONFIG, .act = serve },
	{ COMMAND("", "check-config", NULL,
	      "checks the configuration and every file it refers to"),
	    .needs = COMMAND_CONFIG, .act = check_config,
	    .options =
		OPTIONS(OPTION("--show", NULL, "print all effective values")) },
	{ COMMAND("", "version", NULL,
	      "shows the versions of the program and its libraries"),
	    .needs = COMMAND_JSON, .act = version },

	/* -------------------------------------------------------- contracts */
	{ COMMAND("contract", "add", "NUMBER",
	      "adds a contract with its initial password"),
	    .needs = COMMAND_DATABASE | COMMAND_PASSWORD | COMMAND_ACTOR,
	    .act = contract_add,
	    .options =
		OPTIONS(OPTION("--name", "TEXT", "name of the customer")) },
	{ COMMAND("contract", "list", NULL, "lists the contracts"),
	    .needs = LISTS | COMMAND_AS, ON(HOME, SHOW_CONTRACT),
	    .act = listing_list, .listing = &contract_listing },
	{ COMMAND("contract", "show", "NUMBER", "shows one contract"),
	    .needs = SHOWS | COMMAND_AS, ON(CONTRACT, SHOW_CONTRACT),
	    .act = listing_show, .listing = &contract_listing },
	{ COMMAND("contract", "reset", "NUMBER",
	      "lets the master user register again"),
	    .needs = CHANGES | COMMAND_REDIS | COMMAND_PASSWORD,
	    ON(CONTRACT, RESET_CONTRACT), .act = contract_reset,
	    .options = OPTIONS(REASON) },
	{ COMMAND("contract", "unblock", "NUMBER",
	      "lifts the lock or block of a contract"),
	    .needs = CHANGES | COMMAND_REDIS, ON(CONTRACT, UNBLOCK_CONTRACT),
	    .act = contract_unblock, .options = OPTIONS(REASON) },
	{ COMMAND("contract", "set-profiles", "NUMBER",
	      "sets the profiles under which its users get certificates"),
	    .needs = CHANGES, ON(CONTRACT, SET_PROFILES),
	    .act = contract_set_profiles,
	    .options = OPTIONS(OPTION("--profile", "NAME",
		"a profile; without it, all for the role of the user",
		.repeatable = true)) },
	{ COMMAND("contract", "close", "NUMBER",
	      "closes a contract and its users permanently"),
	    .needs = CHANGES, ON(CONTRACT, CLOSE_CONTRACT),
	    .act = contract_close, .options = OPTIONS(REASON) },

	/* ------------------------------------------------------------ users */
	{ COMMAND("user", "add", "[USER_ID]", "registers a user of a contract"),
	    .needs = CHANGES | COMMAND_PASSWORD, .fits = user_add_fits,
	    .act = user_add,
	    .options = OPTIONS(OPTION("--contract", "NUMBER",
				   "8 digits; with --as, the user's own"),
		OPTION("--user-id", "USER_ID", "same as the argument USER_ID"),
		OPTION("--role", "ROLE", "master, general, device or operator",
		    .required = true, .later = true, .words = roles),
		OPTION(
		    "--name", "NAME", "1 to 20 characters", .required = true),
		OPTION("--email", "ADDRESS", "where codes and notices go",
		    .required = true),
		LOCALE,
		OPTION("--temporary", NULL,
		    "the user must change the password first; always so with "
		    "--as")) },
	{ COMMAND("user", "register", "USER_ID",
	      "completes registration: as the master user, or with a "
	      "temporary password"),
	    .needs = COMMAND_OUTSIDE | COMMAND_REDIS,
	    .fits = user_register_fits, .act = user_register,
	    .options = OPTIONS(
		OPTION("--contract", "NUMBER", "become its master user"),
		OPTION("--old-password-file", "FILE",
		    "read the initial password of the contract, or "
		    "the temporary one, from FILE; - for standard input"),
		OPTION("--password-file", "FILE",
		    "read the new password from FILE (mode 0600); - "
		    "for standard input"),
		OPTION("--name", "NAME", "1 to 20 characters"),
		OPTION("--email", "ADDRESS", "where codes and notices go"),
		OPTION("--email-again", "ADDRESS", "repeat the address"),
		LOCALE) },
	{ COMMAND("user", "import", "FILE.csv",
	      "registers the users in a CSV file, all or none"),
	    .needs = CHANGES, .fits = user_import_fits, .act = user_import,
	    .options = OPTIONS(
		OPTION("--contract", "NUMBER",
		    "contract of rows that name none", .judge = input_contract),
		OPTION("--dry-run", NULL, "only check the file"),
		OPTION("--passwords-out", "FILE",
		    "write their passwords to this new file (mode 0600) "
		    "as CSV; - for standard output")) },
	{ COMMAND("user", "list", NULL, "lists the users"),
	    .needs = LISTS | COMMAND_AS, ON(HOME, LIST), .act = listing_list,
	    .listing = &user_listing,
	    .options =
		OPTIONS(OPTION("--contract", "NUMBER", "only of this contract",
			    .where = "a.contract = $"),
		    OPTION("--state", "STATE",
			"only those in this state: active, locked, blocked, "
			"suspended or closed",
			.words = user_states, .where = WHERE_USER_STATE)) },
	{ COMMAND("user", "show", "USER_ID", "shows one user"),
	    .needs = SHOWS | COMMAND_AS, ON(ACCOUNT, SHOW), .act = listing_show,
	    .listing = &user_listing },
	{ COMMAND("user", "unlock", "USER_ID",
	      "lifts a lock or block and resets the failure counter"),
	    .needs = CHANGES | COMMAND_REDIS, ON(ACCOUNT, LIFT),
	    .act = user_unlock, .options = OPTIONS(REASON) },
	{ COMMAND("user", "suspend", "USER_ID",
	      "bars a user from login and renewal until resumed"),
	    .needs = CHANGES, ON(ACCOUNT, SUSPEND), .act = user_suspend,
	    .options = OPTIONS(REASON) },
	{ COMMAND("user", "resume", "USER_ID", "ends a suspension"),
	    .needs = CHANGES, ON(ACCOUNT, SUSPEND), .act = user_resume,
	    .options = OPTIONS(REASON) },
	{ COMMAND("user", "close", "USER_ID",
	      "closes a user and revokes the certificates"),
	    .needs = CHANGES, ON(ACCOUNT, CLOSE), .act = user_close,
	    .options = OPTIONS(OPTION("--reason", "TEXT",
		"why; stays in the audit trail", .judge = input_reason)) },
	{ COMMAND("user", "reopen", "USER_ID",
	      "opens a user again that was closed within 30 days"),
	    .needs = CHANGES, ON(ACCOUNT, REOPEN), .act = user_reopen,
	    .options = OPTIONS(REASON) },
	{ COMMAND("user", "remind", "USER_ID",
	      "asks a user by mail to issue or renew the certificate"),
	    .needs = CHANGES, ON(ACCOUNT, REMIND), .act = user_remind },
	{ COMMAND("user", "set-name", "USER_ID", "changes the name of a user"),
	    .needs = CHANGES, ON(ACCOUNT, SET_NAME), .act = user_set_name,
	    .options = OPTIONS(OPTION(
		"--name", "NAME", "1 to 20 characters", .required = true)) },
	{ COMMAND("user", "set-email", "USER_ID",
	      "changes the email address; notifies both addresses"),
	    .needs = CHANGES | COMMAND_REDIS, ON(ACCOUNT, SET_EMAIL),
	    .act = user_set_email,
	    .options = OPTIONS(OPTION("--email", "ADDRESS", "the new address",
		.required = true, .judge = input_email)) },
	{ COMMAND("user", "set-password", "USER_ID",
	      "sets a new password; with --as, the user's own"),
	    .needs = CHANGES | COMMAND_REDIS | COMMAND_PASSWORD,
	    .act = user_set_password,
	    .options = OPTIONS(
		OPTION("--temporary", NULL, "the user must change it first")) },
	{ COMMAND("user", "temporary-password", "USER_ID",
	      "sets a password that must be changed first"),
	    .needs = CHANGES | COMMAND_REDIS | COMMAND_PASSWORD,
	    ON(ACCOUNT, SET_TEMPORARY), .act = user_temporary_password },

	/* ----------------------------------------------------- certificates */
	{ COMMAND("cert", "list", NULL, "lists certificates, newest first"),
	    .needs = LISTS | COMMAND_AS, .act = listing_list,
	    .listing = &cert_listing,
	    .options = OPTIONS(OPTION("--user", "ID", "only of this user",
				   .where = "c.account = " ACCOUNT_OF_USER),
		OPTION("--contract", "NUMBER", "only of this contract",
		    .where = "a.contract = $"),
		OPTION("--state", "STATE",
		    "only those in this state: valid, expired, revoked, "
		    "reserved or abandoned",
		    .words = cert_states, .where = WHERE_CERT_STATE)) },
	{ COMMAND("cert", "show", "SERIAL", "shows one certificate"),
	    .needs = SHOWS | COMMAND_AS, .act = cert_show,
	    .listing = &cert_listing },
	{ COMMAND("cert", "export", "SERIAL",
	      "writes one certificate to standard output, as PEM"),
	    .needs = COMMAND_DATABASE | COMMAND_AS, .act = cert_export,
	    .options = OPTIONS(OPTION("--der", NULL, "as DER instead")) },
	{ COMMAND("cert", "revoke", "SERIAL",
	      "revokes one certificate permanently"),
	    .needs = CHANGES, ON(CERTIFICATE, REVOKE), .act = cert_revoke,
	    .options = OPTIONS(OPTION("--reason", "REASON",
		"a reason of RFC 5280 5.3.1: keyCompromise, superseded, ...",
		.required = true, .words = revocation_reasons)) },
	{ COMMAND("crl", "list", NULL,
	      "lists the lists of revoked certificates that were published, "
	      "newest first"),
	    .needs = LISTS, .act = listing_list, .listing = &crl_listing },
	{ COMMAND("crl", "show", "NUMBER",
	      "shows one list of revoked certificates"),
	    .needs = SHOWS, .act = listing_show, .listing = &crl_listing },
	{ COMMAND("crl", "publish", NULL,
	      "has a new list of revoked certificates published now"),
	    .needs = COMMAND_DATABASE | COMMAND_ACTOR, .act = crl_publish },
	{ COMMAND("ca", "show", NULL,
	      "shows the CA's certificates, the issuing one first"),
	    .needs = COMMAND_CONFIG | COMMAND_JSON, .act = ca_show },
	{ COMMAND("ca", "export", NULL,
	      "writes the CA's certificates to standard output, as PEM"),
	    .needs = COMMAND_CONFIG, .act = ca_export,
	    .options = OPTIONS(OPTION("--root", NULL, "only the root")) },
	{ COMMAND("profile", "show", "[NAME]",
	      "shows one profile, or all; the first is the default"),
	    .needs = COMMAND_CONFIG, .act = profile_show,
	    .options = OPTIONS(OPTION("--sample", NULL,
		"and a certificate as it would be, of a key thrown away")) },
	{ COMMAND("", "simulate", "USER_ID",
	      "shows the certificates that a user would get, and the notices"),
	    .needs = SHOWS, ON(ACCOUNT, SHOW), .act = simulate,
	    .options = OPTIONS(OPTION("--as-of", "TIME",
		"at this date or time, assuming that nothing changes until "
		"then (default: now)",
		.judge = field_time)) },

	/* ------------------------------------------------------------ mails */
	{ COMMAND("mail", "list", NULL, "lists mails, newest first"),
	    .needs = LISTS, .fits = mail_list_fits, .act = listing_list,
	    .listing = &mail_listing,
	    .options = OPTIONS(
		OPTION("--failed", NULL, "only those that failed permanently",
		    .where = "m.state = 'failed'"),
		OPTION("--queued", NULL, "only those in the queue",
		    .where = "m.done_at IS NULL"),
		OPTION("--kind", "KIND", "only of this kind: code, issued, ...",
		    .words = mail_list_kinds, .where = "m.kind = $"),
		OPTION("--user", "ID", "only to this user",
		    .where = "m.account = " ACCOUNT_OF_USER)) },
	{ COMMAND("mail", "show", "ID",
	      "shows details of a mail, but never its code"),
	    .needs = SHOWS, .act = mail_show, .listing = &mail_listing },
	{ COMMAND("mail", "retry", "[ID]",
	      "retries a mail that failed permanently"),
	    .needs = COMMAND_DATABASE | COMMAND_ACTOR, .fits = mail_retry_fits,
	    .act = mail_retry,
	    .options = OPTIONS(
		OPTION("--all-failed", NULL, "retry all failed mails")) },
	{ COMMAND(
	      "notice", "run", NULL, "creates the notices that are due now"),
	    .needs = SHOWS, .act = notice_run },
	{ COMMAND("notice", "simulate", NULL,
	      "lists the notices that would be sent; changes nothing"),
	    .needs = WALKS, .act = notice_simulate,
	    .options =
		OPTIONS(OPTION("--as-of", "TIME",
			    "simulate this date or time, assuming no "
			    "certificate changes until then (default: now)",
			    .judge = field_time),
		    OPTION("--all", NULL, "include those that already exist"),
		    OPTION("--user", "ID", "only to this user")) },

	/* ------------------------------------------------------ audit trail */
	{ COMMAND(
	      "audit", "list", NULL, "lists changes of state, newest first"),
	    .needs = LISTS, .act = listing_list, .listing = &audit_listing,
	    .options = OPTIONS(OPTION("--user", "ID", "only about this user",
				   .where = "a.account = " ACCOUNT_OF_USER),
		OPTION("--contract", "NUMBER", "only of this contract",
		    .where = WHERE_AUDIT_CONTRACT),
		OPTION("--action", "ACTION",
		    "only this action: account.lock, or account for all that "
		    "begin so",
		    .where = WHERE_ACTION),
		OPTION("--since", "TIME", "only since this date or time",
		    .judge = field_time,
		    .where = "a.at >= to_timestamp($::bigint)"),
		OPTION("--until", "TIME", "only before this date or time",
		    .judge = field_time,
		    .where = "a.at < to_timestamp($::bigint)")) },
	{ COMMAND("audit", "verify", NULL,
	      "detects removed, changed, reordered or truncated rows"),
	    .needs = SHOWS, .act = audit_verify,
	    .options =
		OPTIONS(OPTION("--head", "FILE",
			    "compare the end with FILE (default: audit.head)"),
		    OPTION("--head-position", "N",
			"compare it with this position from the log"),
		    OPTION("--head-mac", "HEX", "and this mac")) },
	{ .name = NULL },
};
