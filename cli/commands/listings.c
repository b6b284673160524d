/*
 * What list and show of each group show. The joins are in cli/sql/; `s` is
 * what reads otherwise than it is stored.
 */
#include "cli/listing.h"

#include <string.h>

#include "cli/commands/commands.h"
#include "cli/lookup.h"
#include "cli/sql.h"

#define COLUMN(name, kind, shown, sql)                                         \
	{                                                                      \
		name, sql, LISTING_##kind, LISTING_##shown                     \
	}
#define END COLUMN(NULL, TEXT, ALWAYS, NULL)

#define ORDERS(...)                                                            \
	(const struct listing_order[])                                         \
	{                                                                      \
		__VA_ARGS__                                                    \
	}
#define BY(...) .key = { __VA_ARGS__ }

static bool
read_number(const char *word, char out[LISTING_WORD_SIZE])
{
	if (word[strspn(word, "0123456789")] != '\0' || strlen(word) > 18)
		return field_ok(
		    "--after", "must be a number, as the list shows it");
	memcpy(out, word, strlen(word) + 1);
	return true;
}

/* ------------------------------------------------------------- contracts */

static const struct listing_column contract_columns[] = {
	COLUMN("number", TEXT, ALWAYS, "c.number"),
	COLUMN("name", TEXT, ALWAYS, "c.name"),
	COLUMN("state", TEXT, ALWAYS, "s.state"),
	COLUMN("users", NUMBER, ALWAYS, "s.users"),
	COLUMN("profiles", TEXT, ALWAYS, "c.profiles"),
	COLUMN("made_at", TIME, ALWAYS, "c.made_at"),
	END,
};

const struct listing contract_listing = {
	.columns = contract_columns,
	.from = cli_sql_contract,
	.key = "c.number = $",
	.contract = "c.number = $",
	.orders = ORDERS({ BY({ "c.number", "text" }), .rising = true }),
	.none = lookup_no_contract,
	.things = "contracts",
};

/* ----------------------------------------------------------------- users */

#define COUNT(table, state)                                                    \
	"(SELECT count(*) FROM koshin." table                                  \
	" x WHERE x.account = a.id AND x.state = '" state "')"

static const struct listing_column user_columns[] = {
	COLUMN("user_id", TEXT, ALWAYS, "a.user_id"),
	COLUMN("state", TEXT, ALWAYS, "s.state"),
	COLUMN("contract", TEXT, ALWAYS, "a.contract"),
	COLUMN("role", TEXT, ALWAYS, "a.role"),
	COLUMN("name", TEXT, ALWAYS, "a.name"),
	COLUMN("email", TEXT, ALWAYS, "a.email"),
	COLUMN("locked_until", TIME, ALWAYS, "s.locked_until"),
	COLUMN("locks", NUMBER, ALWAYS, "a.locks"),
	COLUMN("locale", TEXT, ALWAYS, "a.locale"),
	COLUMN("temporary_password", SWITCH, ALWAYS, "a.temporary_password"),
	COLUMN("made_at", TIME, ALWAYS, "a.made_at"),
	COLUMN("email_next", TEXT, SHOW, "a.email_next"),
	COLUMN("email_at", TIME, SHOW, "a.email_at"),
	COLUMN("certificate", TEXT, SHOW, "encode(c.serial, 'hex')"),
	COLUMN("certificate_not_after", TIME, SHOW, "c.not_after"),
	COLUMN("certificate_days_left", DAYS, SHOW, "c.not_after"),
	COLUMN("certificates_issued", NUMBER, SHOW,
	    COUNT("certificate", "issued")),
	/* The outbox is open for the operator only. */
	COLUMN("mails_queued", NUMBER, OPERATOR, COUNT("mail", "queued")),
	COLUMN("mails_failed", NUMBER, OPERATOR, COUNT("mail", "failed")),
	END,
};

const struct listing user_listing = {
	.columns = user_columns,
	.from = cli_sql_user,
	.key = "a.user_id = $",
	.contract = "a.contract = $",
	.orders =
	    ORDERS({ BY({ "a.contract", "text" }, { "a.user_id", "text" }),
		.rising = true }),
	.none = lookup_no_user,
	.things = "users",
};

/* ---------------------------------------------------------- certificates */

static const struct listing_column cert_columns[] = {
	COLUMN("serial", TEXT, ALWAYS, "encode(c.serial, 'hex')"),
	COLUMN("user_id", TEXT, ALWAYS, "a.user_id"),
	COLUMN("state", TEXT, ALWAYS, "s.state"),
	COLUMN("days_left", DAYS, ALWAYS,
	    "CASE WHEN s.state = 'valid' THEN c.not_after END"),
	COLUMN("not_after", TIME, ALWAYS, "c.not_after"),
	COLUMN("contract", TEXT, ALWAYS, "a.contract"),
	COLUMN("profile", TEXT, ALWAYS, "c.profile"),
	COLUMN("current", SWITCH, ALWAYS, "c.current"),
	COLUMN("not_before", TIME, ALWAYS, "c.not_before"),
	COLUMN("subject", TEXT, SHOW, "c.subject"),
	/* As openssl and browsers write it: AA:BB:... */
	COLUMN("fingerprint", TEXT, SHOW,
	    "upper(regexp_replace(encode(c.fingerprint, 'hex'),"
	    " '(..)(?=.)', '\\1:', 'g'))"),
	COLUMN("via", TEXT, SHOW, "c.via"),
	COLUMN("replaces", TEXT, SHOW, "encode(c.replaces, 'hex')"),
	COLUMN("reserved_at", TIME, SHOW, "c.reserved_at"),
	COLUMN("issued_at", TIME, SHOW, "c.issued_at"),
	COLUMN("revoked_at", TIME, SHOW, "r.revoked_at"),
	COLUMN("reason", TEXT, SHOW, "r.reason"),
	END,
};

const struct listing cert_listing = {
	.columns = cert_columns,
	.from = cli_sql_cert,
	.key = "c.serial = decode($, 'hex')",
	.read = field_serial,
	.contract = "a.contract = $",
	/* What has ended goes by its end: among those that were made last there
	 * may be none of them. */
	.orders = ORDERS(
	    { "--state", "expired",
		BY({ "c.not_after", "timestamptz" }, { "c.serial", "bytea" }) },
	    { "--state", "revoked",
		BY({ "r.revoked_at", "timestamptz" },
		    { "r.serial", "bytea" }) },
	    { BY(
		{ "c.reserved_at", "timestamptz" }, { "c.serial", "bytea" }) }),
	.none = lookup_no_certificate,
	.things = "certificates",
};

/* ------------------------------------------------------------------ lists */

static const struct listing_column crl_columns[] = {
	COLUMN("number", NUMBER, ALWAYS, "c.number"),
	COLUMN("this_update", TIME, ALWAYS, "c.this_update"),
	COLUMN("next_update", TIME, ALWAYS, "c.next_update"),
	COLUMN("entries", NUMBER, ALWAYS, "c.entries"),
	COLUMN("bytes", NUMBER, ALWAYS, "c.bytes"),
	COLUMN("published_at", TIME, ALWAYS, "c.published_at"),
	COLUMN("sha256", TEXT, SHOW, "encode(c.digest, 'hex')"),
	COLUMN("authority", TEXT, SHOW, "encode(c.authority, 'hex')"),
	END,
};

static bool
no_crl(const char *word)
{
	return command_say("no list %s was published", word);
}

const struct listing crl_listing = {
	.columns = crl_columns,
	.from = cli_sql_crl,
	.key = "c.number = $::bigint",
	.read = read_number,
	.orders = ORDERS({ BY({ "c.number", "bigint" }) }),
	.none = no_crl,
	.things = "lists of revoked certificates",
};

/* ----------------------------------------------------------------- mails */

static const struct listing_column mail_columns[] = {
	COLUMN("id", NUMBER, ALWAYS, "m.id"),
	COLUMN("kind", TEXT, ALWAYS, "m.kind"),
	COLUMN("state", TEXT, ALWAYS, "m.state"),
	COLUMN("user_id", TEXT, ALWAYS, "a.user_id"),
	COLUMN("recipient", TEXT, ALWAYS, "m.recipient"),
	COLUMN("attempts", NUMBER, ALWAYS, "m.attempts"),
	COLUMN("made_at", TIME, ALWAYS, "m.made_at"),
	COLUMN("due_at", TIME, ALWAYS, "s.due_at"),
	COLUMN("done_at", TIME, ALWAYS, "m.done_at"),
	COLUMN("last_answer", TEXT, ALWAYS, "m.last_answer"),
	COLUMN("dies_at", TIME, SHOW, "m.dies_at"),
	COLUMN("locale", TEXT, SHOW, "m.locale"),
	COLUMN("serial", TEXT, SHOW, "m.parameters ->> 'serial'"),
	COLUMN("message_id", TEXT, SHOW, "m.message_id"),
	COLUMN("event", TEXT, SHOW, "m.event_key"),
	END,
};

const struct listing mail_listing = {
	.columns = mail_columns,
	.from = cli_sql_mail,
	.key = "m.id = $::bigint",
	.read = read_number,
	.orders = ORDERS({ BY({ "m.id", "bigint" }) }),
	.none = lookup_no_mail,
	.things = "mails",
};

/* ----------------------------------------------------------- audit trail */

static const struct listing_column audit_columns[] = {
	COLUMN("id", NUMBER, ALWAYS, "a.id"),
	COLUMN(
	    "position", NUMBER, ALWAYS, "s.position"), /* no seal yet: NULL */
	COLUMN("at", TIME, ALWAYS, "t.at"),
	COLUMN("actor", TEXT, ALWAYS, "a.actor"),
	COLUMN("role", TEXT, ALWAYS, "a.role"),
	COLUMN("remark", TEXT, ALWAYS, "a.details ->> 'remark'"),
	COLUMN("action", TEXT, ALWAYS, "a.action"),
	COLUMN("object", TEXT, ALWAYS, "a.object"),
	COLUMN("user_id", TEXT, ALWAYS, "u.user_id"),
	COLUMN("contract", TEXT, ALWAYS, "t.contract"),
	COLUMN("reason", TEXT, ALWAYS, "a.details ->> 'reason'"),
	COLUMN("details", JSON, ALWAYS, "a.details::text"),
	END,
};

const struct listing audit_listing = {
	.columns = audit_columns,
	.from = cli_sql_audit,
	.key = "a.id = $::bigint",
	.read = read_number,
	.orders =
	    ORDERS({ "--since", NULL,
		       BY({ "a.at", "timestamptz" }, { "a.id", "bigint" }) },
		{ "--until", NULL,
		    BY({ "a.at", "timestamptz" }, { "a.id", "bigint" }) },
		{ BY({ "a.id", "bigint" }) }),
	.things = "rows",
};
