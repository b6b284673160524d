#include "policy/code.h"

#include "base/hex.h"

#include <string.h>

#define TOKEN_BYTES ((CODE_TOKEN_SIZE - 1) / 2)

/*
 * The key serves several ends; a label with its NUL in front keeps what is made
 * for one from ever being valid for another.
 */
static const char value_label[] = "koshin one-time code: value";
static const char digest_label[] = "koshin one-time code: digest";
static const char email_label[] = "koshin mail address: value";
static const char email_digest_label[] = "koshin mail address: digest";
static const char token_label[] = "koshin mail address: token";

struct value_message {
	char label[sizeof(value_label)];
	unsigned char nonce[CODE_NONCE_SIZE];
	unsigned char round;
};

struct email_message {
	char label[sizeof(email_label)];
	unsigned char nonce[CODE_NONCE_SIZE];
	unsigned char round;
};

/* The account as a digest, so that its ID may have any length. */
struct digest_message {
	char label[sizeof(digest_label)];
	char code[CODE_DIGITS];
	struct digest account;
};

struct email_digest_message {
	char label[sizeof(email_digest_label)];
	char code[CODE_EMAIL_DIGITS];
	struct digest account;
};

struct token_message {
	char label[sizeof(token_label)];
	unsigned char nonce[CODE_NONCE_SIZE];
};

static uint32_t
big_endian(const unsigned char bytes[4])
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	       (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3];
}

/*
 * Finds a word under the ceiling among the eight of a digest. Returns false
 * if there is none, of eight digits once in 10^13 digests.
 */
static bool
fair_word(const struct digest *digest, uint32_t ceiling, uint32_t *word)
{
	for (size_t i = 0; i < sizeof(digest->bytes); i += 4) {
		*word = big_endian(digest->bytes + i);
		if (*word < ceiling)
			return true;
	}
	return false;
}

/* So many digits with a NUL, of a message whose last byte is a round of it. */
static void
derive(const struct secret_key *key, void *message, size_t len, char *out,
    size_t digits)
{
	unsigned char *round = (unsigned char *)message + len - 1;
	struct digest digest;
	uint32_t values = 1, value;

	for (size_t i = 0; i < digits; i++)
		values *= 10;
	do {
		digest = digest_keyed(key, message, len);
		++*round;
		/* Below the largest multiple of it in 32 bits. */
	} while (!fair_word(&digest, UINT32_MAX / values * values, &value));
	value %= values;
	for (size_t i = digits; i-- > 0; value /= 10)
		out[i] = (char)('0' + value % 10);
	out[digits] = '\0';
	secret_wipe(&digest, sizeof(digest));
}

void
code_derive(const struct secret_key *key,
    const unsigned char nonce[CODE_NONCE_SIZE], char out[CODE_DIGITS + 1])
{
	struct value_message m = { .round = 0 };

	memcpy(m.label, value_label, sizeof(m.label));
	memcpy(m.nonce, nonce, sizeof(m.nonce));
	derive(key, &m, sizeof(m), out, CODE_DIGITS);
}

struct digest
code_digest(const struct secret_key *key, const char *user_id,
    const char code[CODE_DIGITS])
{
	struct digest out;
	struct digest_message m;

	memcpy(m.label, digest_label, sizeof(m.label));
	memcpy(m.code, code, sizeof(m.code));
	m.account = digest_of(user_id, strlen(user_id));
	out = digest_keyed(key, &m, sizeof(m));
	secret_wipe(&m, sizeof(m));
	return out;
}

/* ------------------------------------------------------ another address */

void
code_derive_email(const struct secret_key *key,
    const unsigned char nonce[CODE_NONCE_SIZE], char out[CODE_EMAIL_DIGITS + 1])
{
	struct email_message m = { .round = 0 };

	memcpy(m.label, email_label, sizeof(m.label));
	memcpy(m.nonce, nonce, sizeof(m.nonce));
	derive(key, &m, sizeof(m), out, CODE_EMAIL_DIGITS);
}

struct digest
code_email_digest(const struct secret_key *key, const char *user_id,
    const char code[CODE_EMAIL_DIGITS])
{
	struct email_digest_message m;
	struct digest out;

	memcpy(m.label, email_digest_label, sizeof(m.label));
	memcpy(m.code, code, sizeof(m.code));
	m.account = digest_of(user_id, strlen(user_id));
	out = digest_keyed(key, &m, sizeof(m));
	secret_wipe(&m, sizeof(m));
	return out;
}

void
code_derive_token(const struct secret_key *key,
    const unsigned char nonce[CODE_NONCE_SIZE], char out[CODE_TOKEN_SIZE])
{
	struct token_message m;
	struct digest digest;

	memcpy(m.label, token_label, sizeof(m.label));
	memcpy(m.nonce, nonce, sizeof(m.nonce));
	digest = digest_keyed(key, &m, sizeof(m));
	hex_write(out, digest.bytes, TOKEN_BYTES);
	secret_wipe(&digest, sizeof(digest));
}

struct digest
code_token_digest(const char token[CODE_TOKEN_SIZE])
{
	return digest_of(token, CODE_TOKEN_SIZE - 1);
}

/* ---------------------------------------------------------------- typing */

static bool
all_digits(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

bool
code_well_formed(const char *text, size_t len)
{
	return len == CODE_DIGITS && all_digits(text, len);
}

/*
 * The last character of a text as `as`, if it is a digit or a blank; how many
 * bytes it has, otherwise 0.
 */
static size_t
last_folded(const char *text, size_t len, char *as)
{
	const unsigned char *end = (const unsigned char *)text + len;

	*as = ' ';
	if (len >= 1 &&
	    (end[-1] == ' ' || (end[-1] >= '0' && end[-1] <= '9'))) {
		*as = (char)end[-1];
		return 1;
	}
	if (len >= 2 && memcmp(end - 2, "\xc2\xa0", 2) == 0) /* U+00A0 */
		return 2;
	if (len >= 3 && memcmp(end - 3, "\xe3\x80\x80", 3) == 0) /* U+3000 */
		return 3;
	/* U+2000 to U+200B, U+202F: blanks of any width */
	if (len >= 3 && memcmp(end - 3, "\xe2\x80", 2) == 0 &&
	    (end[-1] <= 0x8b || end[-1] == 0xaf))
		return 3;
	if (len >= 3 && memcmp(end - 3, "\xef\xbb\xbf", 3) == 0) /* U+FEFF */
		return 3;
	/* U+FF10 to U+FF19 */
	if (len >= 3 && memcmp(end - 3, "\xef\xbc", 2) == 0 &&
	    end[-1] >= 0x90 && end[-1] <= 0x99) {
		*as = (char)(end[-1] - 0x90 + '0');
		return 3;
	}
	return 0;
}

/* The last `wanted` digits of it, as code_fold() does. */
static size_t
fold(char *secret, size_t len, size_t wanted)
{
	char code[CODE_EMAIL_DIGITS], c;
	size_t left = len, digits = 0, n;

	if (len < wanted)
		return len;
	while ((n = last_folded(secret, left, &c)) > 0) {
		if (c != ' ' && digits == wanted)
			break;
		if (c != ' ')
			code[wanted - ++digits] = c;
		left -= n;
	}
	if (digits == wanted) {
		memcpy(secret + left, code, wanted);
		len = left + wanted;
	}
	secret_wipe(code, sizeof(code));
	return len;
}

size_t
code_fold(char *secret, size_t len)
{
	return fold(secret, len, CODE_DIGITS);
}

size_t
code_fold_email(char *code, size_t len)
{
	size_t left = fold(code, len, CODE_EMAIL_DIGITS);

	return left == CODE_EMAIL_DIGITS && all_digits(code, left) ? left : 0;
}

static bool
within(size_t len, unsigned min, unsigned max)
{
	return len >= min && len <= max;
}

struct code_candidates
code_candidates(const char *secret, size_t len, unsigned password_min,
    unsigned password_max)
{
	struct code_candidates c = {
		.password = within(len, password_min, password_max),
	};

	if (len < CODE_DIGITS)
		return c;

	size_t rest = len - CODE_DIGITS;

	if (within(rest, password_min, password_max) &&
	    code_well_formed(secret + rest, CODE_DIGITS)) {
		c.password_and_code = true;
		c.split = rest;
	}
	return c;
}
