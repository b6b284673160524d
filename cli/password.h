/*
 * password - where the command line gets a password from: a file, standard
 * input, the terminal, or chance. Never from its own words.
 */
#ifndef CLI_PASSWORD_H
#define CLI_PASSWORD_H

#include <stdbool.h>

#include "base/password.h"
#include "cli/session.h"

#define PASSWORD_TEXT_SIZE 256

enum password_kind {
	PASSWORD_OF_ACCOUNT, /* R-ACC-4, by the policy of the configuration */
	PASSWORD_INITIAL,    /* of a contract: exactly 8 characters */
};

/*
 * By --password-file, --generate-password or the terminal: judged and
 * hashed. A generated one is in `made` to be shown once, otherwise `made` is
 * empty; the caller wipes it. False, and it has been said.
 */
bool password_take(struct session *, enum password_kind,
    char hash[PASSWORD_HASH_SIZE], char made[PASSWORD_TEXT_SIZE]);
/* The same of an account, where it must be another one than `before`. */
bool password_replace(struct session *, const char *before,
    char hash[PASSWORD_HASH_SIZE], char made[PASSWORD_TEXT_SIZE]);
/*
 * A password that is proved, not chosen: from the file of `option`, or asked
 * for at the terminal as `question`. Not judged. False, and it has been said.
 */
bool password_prove(const struct command_line *, const char *option,
    const char *question, char out[PASSWORD_TEXT_SIZE]);
/* Call before passwords are hashed: finds out who hashes them (cli/desk.h)
 * before anybody has typed one. False, and it has been said. */
bool password_ready(struct session *);
/*
 * Ends a command that gave a password: a generated one is shown, alone on
 * standard output, if it was `done`; and wiped.
 */
bool password_given(bool done, char made[PASSWORD_TEXT_SIZE]);

#endif
