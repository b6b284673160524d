/*
 * koshin audit verify - reads the whole audit trail and its seals, and says
 * whether each row is as it was written: a few thousand rows at a time, from
 * the tables themselves (db/sql/audit_row.sql).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/chain_head.h"
#include "base/clock.h"
#include "cli/commands/commands.h"
#include "cli/sql.h"
#include "cli/table.h"
#include "db/audit_row.h"
#include "db/sql.h"
#include "audit/verify.h"

#define CHUNK 5000
#define PROGRESS_US 500000

struct verification {
	struct session *session;
	struct secret_key key;
	struct verify trail;
	bool has_head; /* something to compare the end with */
	int64_t unsealed, unsealed_id;
	int64_t gone, gone_id;
	int64_t shown_us; /* progress */
	bool shown;
};

/* ------------------------------------------------------------------ heads */

static bool
expect_pasted(struct verification *v, const char *position, const char *mac)
{
	struct chain_head head;

	if (strlen(position) > 18 ||
	    position[strspn(position, "0123456789")] != '\0' ||
	    (head.position = strtoll(position, NULL, 10)) < 1)
		return command_refuse(
		    "--head-position", "must be a number from 1");
	if (!digest_read(mac, &head.mac))
		return command_refuse(
		    "--head-mac", "must be 64 hexadecimal digits");
	verify_expect(&v->trail, &head);
	v->has_head = true;
	return true;
}

/* One that is asked for must be there; the usual one need not. */
static bool
expect_file(struct verification *v, const char *asked)
{
	const char *path =
	    asked != NULL ? asked : v->session->config->audit.head;
	struct chain_head head;
	struct fault why;
	enum chain_head_rc rc = chain_head_read(path, &head, &why);

	if (rc == CHAIN_HEAD_READ) {
		verify_expect(&v->trail, &head);
		v->has_head = true;
		return true;
	}
	if (rc == CHAIN_HEAD_NONE && asked == NULL)
		return true;
	return command_say("%s %s", path, why.text);
}

/* Before the rows are read: the chain goes on meanwhile. */
static bool
expect_heads(struct verification *v)
{
	const struct command_line *line = v->session->line;
	const char *position = command_value(line, "--head-position");
	const char *mac = command_value(line, "--head-mac");

	if ((position != NULL) != (mac != NULL))
		return command_say(
		    "--head-position and --head-mac go together");
	return (position == NULL || expect_pasted(v, position, mac)) &&
	       expect_file(v, command_value(line, "--head"));
}

/* --------------------------------------------------------------- progress */

static void
show_progress(struct verification *v, const char *what, int64_t at)
{
	int64_t now_us = clock_mono_us();

	if (!isatty(STDERR_FILENO))
		return;
	if (v->shown_us == 0)
		v->shown_us = now_us;
	if (now_us - v->shown_us < PROGRESS_US)
		return;
	v->shown_us = now_us;
	v->shown = true;
	fprintf(stderr, "\r%s %lld\x1b[K", what, (long long)at);
}

static void
hide_progress(struct verification *v)
{
	if (v->shown)
		fputs("\r\x1b[K", stderr);
	v->shown = false;
}

/* ---------------------------------------------------------------- reading */

static void
read_seal(const struct database *db, const struct audit_row_columns *c,
    size_t i, struct verify_seal *seal)
{
	const char *mac = database_text(db, i, "mac");

	seal->position = database_number(db, i, "position");
	seal->has_row =
	    audit_row_read(database_answer(db), c, (int)i, &seal->row);
	/* A seal of another length fits nothing, as zeros do. */
	if (mac == NULL || !digest_read(mac, &seal->mac))
		seal->mac = (struct digest){ { 0 } };
}

/* From where it ended last time; `at` is the place for the number. */
static bool
ask_from(struct verification *v, const char *sql, int64_t from)
{
	char at[24], most[24];

	snprintf(at, sizeof(at), "%lld", (long long)from);
	snprintf(most, sizeof(most), "%d", CHUNK);
	return DATABASE_ASK(v->session->database, sql, at, most);
}

static bool
read_seals(struct verification *v)
{
	const struct database *db = v->session->database;
	struct audit_row_columns columns;
	struct verify_seal seal;
	size_t rows;

	do {
		if (!ask_from(v, sql_seals_behind, v->trail.last.position))
			return false;
		audit_row_find(database_answer(db), &columns);
		rows = database_rows(db);
		for (size_t i = 0; i < rows; i++) {
			read_seal(db, &columns, i, &seal);
			verify_take(&v->trail, &seal);
		}
		show_progress(v, "verified", v->trail.rows);
	} while (rows == CHUNK);
	verify_end(&v->trail);
	return true;
}

static bool
read_unsealed(struct verification *v)
{
	const struct database *db = v->session->database;
	int64_t from = INT64_MIN, rows;

	do {
		if (!ask_from(v, cli_sql_audit_unsealed, from))
			return false;
		from = database_number(db, 0, "last");
		if (v->unsealed == 0)
			v->unsealed_id = database_number(db, 0, "first");
		v->unsealed += database_number(db, 0, "bare");
		rows = database_number(db, 0, "looked_at");
		show_progress(v, "looked for a seal of", from);
	} while (rows == CHUNK);
	if (!database_ask(v->session->database, cli_sql_audit_gone, NULL))
		return false;
	v->gone = database_number(db, 0, "gone");
	v->gone_id = database_number(db, 0, "first");
	return true;
}

/* ---------------------------------------------------------------- telling */

static bool
is_good(const struct verification *v)
{
	return v->trail.first == VERIFY_GOOD && v->unsealed == 0 &&
	       v->gone == 0 && (v->has_head || v->trail.rows == 0);
}

/* One word: what comes first in the chain goes first. */
static const char *
fault_word(const struct verification *v)
{
	if (v->trail.first != VERIFY_GOOD)
		return verify_word(v->trail.first);
	if (v->unsealed > 0)
		return "unsealed";
	if (v->gone > 0)
		return "removed-unsealed";
	return v->has_head || v->trail.rows == 0 ? NULL : "no-head";
}

static void
print(const struct verification *v)
{
	static const char *const columns[] = { "verified", "rows", "position",
		"mac", "fault", "fault_position", "faults", "unsealed",
		"first_unsealed", "removed_unsealed", NULL };
	struct table *l = table_new(columns);
	char mac[DIGEST_HEX_SIZE];

	digest_write(&v->trail.last.mac, mac);
	table_switch(l, is_good(v));
	table_number(l, v->trail.rows);
	table_number(l, v->trail.last.position);
	table_text(l, v->trail.rows > 0 ? mac : NULL);
	table_text(l, fault_word(v));
	table_number_if(
	    l, v->trail.first != VERIFY_GOOD, v->trail.first_position);
	table_number(l, v->trail.faults);
	table_number(l, v->unsealed);
	table_number_if(l, v->unsealed > 0, v->unsealed_id);
	table_number(l, v->gone);
	table_print_one(l, command_given(v->session->line, "--json"));
}

static void
say_trail(const struct verify *t)
{
	static const char *const words[] = {
		[VERIFY_MISSING] = "the seal is missing, and its row may be",
		[VERIFY_ROW_MISSING] = "the row was removed",
		[VERIFY_CHANGED] =
		    "the row or its seal was changed, or "
		    "audit_key is not the one it was sealed with",
		[VERIFY_ORDER] = "the row belongs to another position",
		[VERIFY_CUT] = "the tail was cut off here; the head goes "
			       "farther",
		[VERIFY_OTHER] = "the chain is another one than the head's",
	};

	if (t->first != VERIFY_GOOD)
		command_say("position %lld: %s (%lld of them in all)",
		    (long long)t->first_position, words[t->first],
		    (long long)t->faults);
}

static void
say_faults(const struct verification *v)
{
	say_trail(&v->trail);
	if (v->unsealed > 0)
		command_say("%lld rows have no seal, the first is id %lld: "
			    "they were put in beside the service, or no "
			    "sealer runs",
		    (long long)v->unsealed, (long long)v->unsealed_id);
	if (v->gone > 0)
		command_say("%lld rows were removed before they had a seal, "
			    "the first is id %lld",
		    (long long)v->gone, (long long)v->gone_id);
	if (!v->has_head && v->trail.rows > 0)
		command_say("a cut tail would not show: %s is not there; give "
			    "--head FILE, or --head-position and --head-mac "
			    "from a line `audit-head` of the log",
		    v->session->config->audit.head);
}

bool
audit_verify(struct session *d)
{
	struct verification v = { .session = d };
	struct fault why;
	bool read;

	if (!secret_read_key(d->config->audit_key, &v.key, &why)) {
		return command_say(
		    "audit_key: %s %s", d->config->audit_key, why.text);
	}
	verify_open(&v.trail, &v.key);
	read = expect_heads(&v) && read_seals(&v) && read_unsealed(&v);
	secret_wipe(&v.key, sizeof(v.key));
	hide_progress(&v);
	if (!read)
		return false;
	print(&v);
	say_faults(&v);
	return is_good(&v);
}
