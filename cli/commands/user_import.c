/*
 * koshin user import - many users at once, from a CSV file: all of them, or
 * none. Each gets a password at random (a general user a temporary one);
 * they are written to a file that only its owner can read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/made_password.h"
#include "base/secret.h"
#include "cli/commands/commands.h"
#include "cli/session.h"
#include "cli/field.h"
#include "cli/hashing.h"
#include "cli/password.h"
#include "cli/import_file.h"
#include "cli/lookup.h"

/* ----------------------------------------------------- before the first row */

static bool
judge_user_id(struct session *d, const char *user_id, unsigned line)
{
	bool is_free;

	return lookup_free(d, user_id, &is_free) &&
	       (is_free ||
		   command_say("line %u: user_id: %s is taken; choose another",
		       line, user_id));
}

/* Neighbours are mostly of one contract: it is asked for once. */
static bool
judge_contract(struct session *d, const struct import_file *o, size_t i)
{
	const char *number = o->people[i].ready.contract;

	if (i > 0 && strcmp(number, o->people[i - 1].ready.contract) == 0)
		return true;
	if (!lookup_contract(d, AUTHORITY_REGISTER, number))
		return false;
	if (!DATABASE_ASK(d->database,
		"SELECT FROM koshin.contract WHERE number = $1 AND state <> "
		"'closed'",
		number))
		return false;
	if (database_rows(d->database) == 1)
		return true;
	return command_say("line %u: contract: open contract %s not found",
	    o->lines[i], number);
}

static bool
judge(struct session *d, const struct import_file *o)
{
	bool good = true;

	for (size_t i = 0; i < o->count; i++) {
		good &= judge_contract(d, o, i);
		good &=
		    judge_user_id(d, o->people[i].ready.user_id, o->lines[i]);
	}
	return good;
}

/* --------------------------------------------------------------- the rows */

static bool
add_one(struct session *d, const struct import_file *o, size_t i,
    const struct hashing_order *of, FILE *out)
{
	const struct person *p = &o->people[i];
	struct people_sql_question q = person_question(
	    d, p, of->hash, strcmp(p->ready.role, "general") == 0);

	if (!database_do(d->database, &q))
		return command_say("line %u: %s was not registered; nobody was",
		    o->lines[i], p->ready.user_id);
	return fprintf(out, "%s,%s\r\n", p->ready.user_id, of->password) > 0;
}

/* The next ones, whose passwords are hashed at one time. A password never
 * begins like a formula, and has no comma or quote. */
static bool
add_some(struct session *d, const struct import_file *o, size_t from,
    size_t count, FILE *out)
{
	char texts[HASHING_AT_ONCE][MADE_PASSWORD_SIZE];
	struct hashing_order orders[HASHING_AT_ONCE];
	bool added;

	for (size_t i = 0; i < count; i++) {
		made_password(&d->config->policy.input, texts[i]);
		orders[i].password = texts[i];
	}
	added = hashing_do(d->desk, orders, count);
	for (size_t i = 0; added && i < count; i++)
		added = add_one(d, o, from + i, &orders[i], out);
	secret_wipe(texts, sizeof(texts));
	return added;
}

static bool
add_all(struct session *d, const struct import_file *o, FILE *out)
{
	if (!password_ready(d) || !database_begin(d->database))
		return false;
	if (fputs("user_id,password\r\n", out) < 0)
		return false;
	for (size_t i = 0, n; i < o->count; i += n) {
		n = o->count - i < HASHING_AT_ONCE ? o->count - i
						   : HASHING_AT_ONCE;
		if (!add_some(d, o, i, n, out))
			return false;
	}
	return true;
}

/* ---------------------------------------------------------- the passwords */

/* Never an existing file: it could be somebody else's, or the last one. */
static FILE *
open_out(const char *path)
{
	int fd;

	if (strcmp(path, "-") == 0)
		return stdout;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    S_IRUSR | S_IWUSR);
	if (fd >= 0)
		return fdopen(fd, "w");
	command_say("--passwords-out: %s: %s", path, strerror(errno));
	return NULL;
}

/* On disk before the users are there: nobody is left without a password. */
static bool
keep_out(FILE *out, const char *path)
{
	if (fflush(out) == 0 && (out == stdout || fsync(fileno(out)) == 0))
		return true;
	return command_say("--passwords-out: %s: %s", path, strerror(errno));
}

static bool
write_all(struct session *d, const struct import_file *o, const char *path)
{
	FILE *out = open_out(path);
	bool done;

	if (out == NULL)
		return false;
	done = add_all(d, o, out) && keep_out(out, path) &&
	       database_commit(d->database);
	if (out != stdout) {
		fclose(out);
		if (!done)
			unlink(path);
	}
	return done;
}

/* ------------------------------------------------------------------------ */

static bool
import_users(struct session *d, const struct import_file *o)
{
	if (!judge(d, o))
		return false;
	if (command_given(d->line, "--dry-run")) {
		fprintf(stderr,
		    "%zu users can be registered; nothing was changed\n",
		    o->count);
		return true;
	}
	if (!write_all(d, o, command_value(d->line, "--passwords-out")))
		return false;
	fprintf(stderr, "%zu users were registered\n", o->count);
	return true;
}

bool
user_import_fits(const struct command_line *line)
{
	return command_given(line, "--dry-run") ||
	       command_given(line, "--passwords-out") ||
	       command_misused(
		   line->command, "missing --passwords-out, or --dry-run", "");
}

bool
user_import(struct session *d)
{
	struct import_file file;
	bool done =
	    import_file_read(&file, d, d->line->word) && import_users(d, &file);

	import_file_free(&file);
	return done;
}
