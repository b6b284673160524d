/*
 * code - the one-time code of R-AUTH-2 and how it travels in HTTP Basic.
 *
 * A code is derived from a random nonce with a key that is in neither store,
 * when it is checked and again when its mail is sent; so no store holds it
 * (I-11, R-MAIL-5).
 */
#ifndef POLICY_CODE_H
#define POLICY_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"

#define CODE_DIGITS 6
#define CODE_NONCE_SIZE 16

struct code_policy {
	unsigned life_s;	 /* 1800 */
	unsigned resend_after_s; /* EST: no new mail while younger; 300 */
	unsigned spacing_s;	 /* between two mails, R-AUTH-5; 60 */
	unsigned per_hour;	 /* mails to one account, R-AUTH-5; 5 */
};

/* Six digits, each value equally likely, leading zeros kept; with a NUL. */
void code_derive(const struct secret_key *,
    const unsigned char nonce[CODE_NONCE_SIZE], char out[CODE_DIGITS + 1]);

/*
 * What Redis keeps and compares: a keyed digest over account, and code. It
 * tells nothing without the key.
 */
struct digest code_digest(const struct secret_key *, const char *user_id,
    const char code[CODE_DIGITS]);

/*
 * What is mailed to an address that somebody wants to leave (T3): a code by
 * which it is left at once, and the token of a link by which it is not left at
 * all. Both come from a nonce as above; the token is known by its digest.
 */
#define CODE_EMAIL_DIGITS 8
#define CODE_TOKEN_SIZE 33 /* 32 hexadecimal digits and a NUL */
void code_derive_email(const struct secret_key *,
    const unsigned char nonce[CODE_NONCE_SIZE],
    char out[CODE_EMAIL_DIGITS + 1]);
struct digest code_email_digest(const struct secret_key *, const char *user_id,
    const char code[CODE_EMAIL_DIGITS]);
void code_derive_token(const struct secret_key *,
    const unsigned char nonce[CODE_NONCE_SIZE], char out[CODE_TOKEN_SIZE]);
struct digest code_token_digest(const char token[CODE_TOKEN_SIZE]);

/* Exactly six ASCII digits, nothing else (O-03). */
bool code_well_formed(const char *text, size_t len);

/*
 * How people type a code behind a password: "123 456", with a blank before or
 * behind, in full-width digits. Makes the last six digits plain ones, in
 * place, without blanks around and between them; returns the length that is
 * left. A secret that ends in no six digits stays as it is; no password has a
 * blank or a full-width digit (policy/input.h).
 */
size_t code_fold(char *secret, size_t len);
/* The same of eight; 0: it is not those and nothing else. */
size_t code_fold_email(char *code, size_t len);

/* What the secret of a Basic header may be, by its form alone (4.2 step 5). */
struct code_candidates {
	bool password;		/* the whole may be a password */
	bool password_and_code; /* all but the last six may be one */
	size_t split;		/* length of that password */
};
struct code_candidates code_candidates(const char *secret, size_t len,
    unsigned password_min, unsigned password_max);

#endif
