/*
 * koshin audit verify - reads the whole audit trail and its seals, and says
 * whether each row is as it was written: a thousand rows at a time, from the
 * tables themselves (db/sql/audit_row.sql). PostgreSQL reads the next ones
 * while these are looked at.
 */
#include <errno.h>
#include <signal.h>
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

#define CHUNK 1000 /* seals: what the buffers of a socket have room for */
#define CHUNK_IDS 5000
#define PROGRESS_US 500000

struct verification {
	struct session *session;
	struct secret_key key;
	struct verify trail;
	bool has_head; /* something to compare the end with */
	int64_t unsealed, unsealed_id;
	int64_t gone, gone_id;
	struct {
		const char *what; /* NULL: nothing is shown */
		int64_t total;	  /* of it, when it began */
		int64_t began_us, shown_us;
		bool shown;
	} progress;
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
begin_progress(struct verification *v, const char *what, int64_t total)
{
	int64_t now_us = clock_mono_us();

	if (!isatty(STDERR_FILENO))
		return;
	v->progress.what = what;
	v->progress.total = total;
	v->progress.began_us = v->progress.shown_us = now_us;
}

/* `done` of them so far; how long the rest takes if it goes on like that. */
static void
show_progress(struct verification *v, int64_t done)
{
	int64_t now_us = clock_mono_us(), total = v->progress.total;
	int64_t took_s = (now_us - v->progress.began_us) / 1000000;

	if (v->progress.what == NULL || done <= 0 ||
	    now_us - v->progress.shown_us < PROGRESS_US)
		return;
	v->progress.shown_us = now_us;
	v->progress.shown = true;
	total = total > done ? total : done;
	fprintf(stderr, "\r%s %lld of %lld (%d %%), %lld s left\x1b[K",
	    v->progress.what, (long long)done, (long long)total,
	    (int)((double)done * 100 / (double)total),
	    (long long)((double)took_s * (double)(total - done) /
			(double)done));
}

static void
hide_progress(struct verification *v)
{
	if (v->progress.shown)
		fputs("\r\x1b[K", stderr);
	v->progress.shown = false;
}

/* ---------------------------------------------------------------- Ctrl-C */

static volatile sig_atomic_t interrupted;

static void
on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

/* Once: who is in a hurry, or has a database that hangs, ends it by another. */
static void
heed_interrupt(void)
{
	struct sigaction action = { .sa_handler = on_interrupt,
		.sa_flags = (int)SA_RESETHAND | SA_RESTART };
	struct sigaction before;

	sigaction(SIGINT, NULL, &before);
	if (before.sa_handler != SIG_IGN)
		sigaction(SIGINT, &action, NULL);
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

typedef bool ask_fn(
    struct database *, const char *sql, const char *const *parameters);

/* From where it ended last time; `from` is the place for the number. */
static bool
ask_from(struct verification *v, ask_fn *ask, const char *sql, int64_t from,
    int many)
{
	char at[24], most[24];

	snprintf(at, sizeof(at), "%lld", (long long)from);
	snprintf(most, sizeof(most), "%d", many);
	return ask(
	    v->session->database, sql, (const char *const[]){ at, most });
}

static bool
ask_ahead(struct verification *v, int64_t from)
{
	return ask_from(v, database_ask_ahead, sql_seals_behind, from, CHUNK);
}

/* Where the chain and the ids of the rows end just now. */
static bool
find_ends(struct verification *v, int64_t *position, int64_t *id)
{
	const struct database *db = v->session->database;

	if (!database_ask(v->session->database,
		"SELECT (SELECT max(position) FROM koshin.audit_seal) AS "
		"position, (SELECT max(id) FROM koshin.audit) AS id",
		NULL))
		return false;
	*position = database_number(db, 0, "position");
	*id = database_number(db, 0, "id");
	return true;
}

/* The answer that is there, with the next one under way. */
static void
take_seals(struct verification *v, size_t rows)
{
	const struct database *db = v->session->database;
	struct audit_row_columns columns;
	struct verify_seal seal;

	audit_row_find(database_answer(db), &columns);
	for (size_t i = 0; i < rows; i++) {
		read_seal(db, &columns, i, &seal);
		verify_take(&v->trail, &seal);
	}
}

static bool
read_seals(struct verification *v)
{
	const struct database *db = v->session->database;
	size_t rows = CHUNK;

	if (!ask_ahead(v, v->trail.last.position))
		return false;
	while (rows == CHUNK && !interrupted) {
		if (!database_take(v->session->database))
			return false;
		rows = database_rows(db);
		if (rows == CHUNK &&
		    !ask_ahead(v, database_number(db, rows - 1, "position")))
			return false;
		take_seals(v, rows);
		show_progress(v, v->trail.rows);
	}
	return !interrupted;
}

static bool
read_unsealed(struct verification *v)
{
	const struct database *db = v->session->database;
	int64_t from = INT64_MIN, rows = CHUNK_IDS;

	while (rows == CHUNK_IDS && !interrupted) {
		if (!ask_from(v, database_ask, cli_sql_audit_unsealed, from,
			CHUNK_IDS))
			return false;
		from = database_number(db, 0, "last");
		if (v->unsealed == 0)
			v->unsealed_id = database_number(db, 0, "first");
		v->unsealed += database_number(db, 0, "bare");
		rows = database_number(db, 0, "looked_at");
		show_progress(v, from);
	}
	if (interrupted ||
	    !database_ask(v->session->database, cli_sql_audit_gone, NULL))
		return false;
	v->gone = database_number(db, 0, "gone");
	v->gone_id = database_number(db, 0, "first");
	return true;
}

static bool
read_all(struct verification *v)
{
	int64_t position, id;

	if (!find_ends(v, &position, &id))
		return false;
	begin_progress(v, "verified", position);
	if (!read_seals(v))
		return false;
	begin_progress(v, "looked for the seal of row", id);
	return read_unsealed(v);
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
			    "they were not written by the service, or no "
			    "sealer is running",
		    (long long)v->unsealed, (long long)v->unsealed_id);
	if (v->gone > 0)
		command_say("%lld rows were removed before they were sealed, "
			    "the first is id %lld",
		    (long long)v->gone, (long long)v->gone_id);
	if (!v->has_head && v->trail.rows > 0)
		command_say(
		    "a missing tail cannot be detected: %s not found; use "
		    "--head FILE, or --head-position and --head-mac "
		    "from a line `audit-head` of the log",
		    v->session->config->audit.head);
}

/* What was found until then is told, what was not looked at is not. */
static bool
say_interrupted(const struct verification *v)
{
	say_trail(&v->trail);
	return command_say("interrupted: verified up to position %lld, %s",
	    (long long)v->trail.last.position,
	    v->trail.first == VERIFY_GOOD ? "and nothing is wrong so far"
					  : "and that is wrong");
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
	heed_interrupt();
	verify_open(&v.trail, &v.key);
	secret_wipe(&v.key, sizeof(v.key));
	read = expect_heads(&v) && read_all(&v);
	hide_progress(&v);
	if (interrupted)
		say_interrupted(&v);
	verify_end(&v.trail);
	if (!read)
		return false;
	print(&v);
	say_faults(&v);
	return is_good(&v);
}
