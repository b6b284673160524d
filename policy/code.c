#include "policy/code.h"

#include <string.h>

#define CODE_VALUES 1000000u
/* The largest multiple of CODE_VALUES in 32 bits: what is not under it goes. */
#define CODE_CEILING 4294000000u

/*
 * The key serves two ends; a label with its NUL in front keeps what is made
 * for one from ever being valid for the other.
 */
static const char value_label[] = "koshin one-time code: value";
static const char digest_label[] = "koshin one-time code: digest";

struct value_message {
	char label[sizeof(value_label)];
	unsigned char nonce[CODE_NONCE_SIZE];
	unsigned char round;
};

/* The account as a digest, so that its ID may have any length. */
struct digest_message {
	char label[sizeof(digest_label)];
	char code[CODE_DIGITS];
	struct digest account;
};

static uint32_t
big_endian(const unsigned char bytes[4])
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	       (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3];
}

/*
 * Finds a word under the ceiling among the eight of a digest. Returns false
 * if there is none, once in 10^29 digests.
 */
static bool
fair_word(const struct digest *digest, uint32_t *word)
{
	for (size_t i = 0; i < sizeof(digest->bytes); i += 4) {
		*word = big_endian(digest->bytes + i);
		if (*word < CODE_CEILING)
			return true;
	}
	return false;
}

void
code_derive(const struct secret_key *key,
    const unsigned char nonce[CODE_NONCE_SIZE], char out[CODE_DIGITS + 1])
{
	struct value_message m = { .round = 0 };
	struct digest digest;
	uint32_t value;

	memcpy(m.label, value_label, sizeof(m.label));
	memcpy(m.nonce, nonce, sizeof(m.nonce));
	do {
		digest = digest_keyed(key, &m, sizeof(m));
		m.round++;
	} while (!fair_word(&digest, &value));
	value %= CODE_VALUES;
	for (size_t i = CODE_DIGITS; i-- > 0; value /= 10)
		out[i] = (char)('0' + value % 10);
	out[CODE_DIGITS] = '\0';
	secret_wipe(&digest, sizeof(digest));
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

bool
code_well_formed(const char *text, size_t len)
{
	if (len != CODE_DIGITS)
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
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

size_t
code_fold(char *secret, size_t len)
{
	char code[CODE_DIGITS], c;
	size_t left = len, digits = 0, n;

	if (len < CODE_DIGITS)
		return len;
	while ((n = last_folded(secret, left, &c)) > 0) {
		if (c != ' ' && digits == CODE_DIGITS)
			break;
		if (c != ' ')
			code[CODE_DIGITS - ++digits] = c;
		left -= n;
	}
	if (digits == CODE_DIGITS) {
		memcpy(secret + left, code, CODE_DIGITS);
		len = left + CODE_DIGITS;
	}
	secret_wipe(code, sizeof(code));
	return len;
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
