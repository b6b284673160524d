#include "cli/password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "auth/made_password.h"
#include "base/secret.h"
#include "cli/hashing.h"

static const char *
judge(struct session *d, enum password_kind kind, const char *text)
{
	if (kind == PASSWORD_INITIAL)
		return input_initial_password(text, strlen(text));
	return input_password(&d->config->policy.input, text, strlen(text));
}

/* One line, byte by byte: what is behind it belongs to somebody else. */
static bool
read_line(int fd, char *out, size_t size)
{
	size_t len = 0;
	ssize_t n;
	char c;

	while ((n = read(fd, &c, 1)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || c == '\n')
			break;
		if (c == '\0' || len == size - 1) {
			secret_wipe(out, size);
			return false;
		}
		out[len++] = c;
	}
	out[len] = '\0';
	secret_wipe(&c, 1);
	return n >= 0;
}

static bool
take_from_file(
    const char *option, const char *path, char out[PASSWORD_TEXT_SIZE])
{
	struct fault why;

	if (strcmp(path, "-") == 0) {
		if (read_line(STDIN_FILENO, out, PASSWORD_TEXT_SIZE))
			return true;
		return command_refuse("password",
		    "standard input must have it in one line of at "
		    "most 255 bytes");
	}
	if (secret_read_text(path, out, PASSWORD_TEXT_SIZE, &why))
		return true;
	return command_say("%s: %s %s", option, path, why.text);
}

static bool
ask(int tty, const char *question, char out[PASSWORD_TEXT_SIZE])
{
	struct termios before, quiet;
	bool heard;

	if (tcgetattr(tty, &before) != 0)
		return false;
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	if (tcsetattr(tty, TCSAFLUSH, &quiet) != 0)
		return false;
	dprintf(tty, "%s: ", question);
	heard = read_line(tty, out, PASSWORD_TEXT_SIZE);
	tcsetattr(tty, TCSAFLUSH, &before);
	dprintf(tty, "\n");
	return heard;
}

/* A new one is asked for twice. `instead`: where there is no terminal. */
static bool
take_from_terminal(const char *question, bool new, const char *instead,
    char out[PASSWORD_TEXT_SIZE])
{
	char again[PASSWORD_TEXT_SIZE] = "";
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	const char *wrong = NULL;

	if (tty < 0)
		return command_say(
		    "password: there is no terminal to ask at; use %s",
		    instead);
	if (!ask(tty, question, out) || (new && !ask(tty, "Again", again)))
		wrong = "the terminal did not give it";
	else if (new &&strcmp(out, again) != 0)
		wrong = "the two are not the same";
	close(tty);
	secret_wipe(again, sizeof(again));
	return field_ok("password", wrong);
}

/* One that chance makes. */
static void
make(const struct session *d, enum password_kind kind,
    char out[PASSWORD_TEXT_SIZE])
{
	if (kind == PASSWORD_INITIAL)
		made_password_initial(out);
	else
		made_password(&d->config->policy.input, out);
}

static bool
take_text(
    struct session *d, enum password_kind kind, char out[PASSWORD_TEXT_SIZE])
{
	const char *path = command_value(d->line, "--password-file");
	bool taken = path != NULL ? take_from_file("--password-file", path, out)
				  : take_from_terminal("Password", true,
					"--password-file FILE, - for standard "
					"input, or --generate-password",
					out);

	return taken && field_ok("password", judge(d, kind, out));
}

bool
password_prove(const struct command_line *line, const char *option,
    const char *question, char out[PASSWORD_TEXT_SIZE])
{
	const char *path = command_value(line, option);
	char instead[64];

	if (path != NULL)
		return take_from_file(option, path, out);
	snprintf(instead, sizeof(instead), "%s FILE", option);
	return take_from_terminal(question, false, instead, out);
}

bool
password_ready(struct session *d)
{
	return session_desk(d) != NULL;
}

static bool
hashed(const struct session *d, const char *text, char hash[PASSWORD_HASH_SIZE])
{
	struct hashing_order order = { .password = text };
	bool done = hashing_do(d->desk, &order, 1);

	memcpy(hash, order.hash, sizeof(order.hash));
	return done;
}

/* `before` is what it may not be; NULL: any. */
static bool
take(struct session *d, enum password_kind kind, const char *before,
    char hash[PASSWORD_HASH_SIZE], char made[PASSWORD_TEXT_SIZE])
{
	bool chance = command_given(d->line, "--generate-password");
	char text[PASSWORD_TEXT_SIZE] = "";
	bool taken;

	made[0] = '\0';
	if (chance && command_given(d->line, "--password-file"))
		return field_ok("password",
		    "give --password-file or --generate-password, not both");
	if (!password_ready(d))
		return false;
	if (chance)
		make(d, kind, text);
	taken = chance || take_text(d, kind, text);
	if (taken && before != NULL && strcmp(text, before) == 0)
		taken = field_ok("password", "must be another one than before");
	taken = taken && hashed(d, text, hash);
	if (taken && chance)
		snprintf(made, PASSWORD_TEXT_SIZE, "%s", text);
	secret_wipe(text, sizeof(text));
	return taken;
}

bool
password_take(struct session *d, enum password_kind kind,
    char hash[PASSWORD_HASH_SIZE], char made[PASSWORD_TEXT_SIZE])
{
	return take(d, kind, NULL, hash, made);
}

bool
password_replace(struct session *d, const char *before,
    char hash[PASSWORD_HASH_SIZE], char made[PASSWORD_TEXT_SIZE])
{
	return take(d, PASSWORD_OF_ACCOUNT, before, hash, made);
}

bool
password_given(bool done, char made[PASSWORD_TEXT_SIZE])
{
	if (done && made[0] != '\0')
		puts(made);
	secret_wipe(made, PASSWORD_TEXT_SIZE);
	return done;
}
