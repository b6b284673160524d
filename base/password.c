/*
 * Hash texts are libsodium's, `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`, but
 * are taken apart here: crypto_pwhash_str_verify() says "wrong password" also
 * when it finds no memory, and a right password must not count as a failure.
 */
#include "base/password.h"

#include <assert.h>
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SALT_SIZE crypto_pwhash_argon2id_SALTBYTES
#define HASH_SIZE 32 /* what libsodium puts into a hash text */

/* What a hash text says. */
struct parts {
	unsigned long memory_kib;
	unsigned long passes;
	unsigned char salt[SALT_SIZE];
	unsigned char hash[HASH_SIZE];
};

static struct password_cost cost = { .memory_kib = 19456, .passes = 2 };

static size_t
memory_bytes(void)
{
	return (size_t)cost.memory_kib * 1024;
}

void
password_open(const struct password_cost *c)
{
	_Static_assert(PASSWORD_HASH_SIZE == crypto_pwhash_argon2id_STRBYTES,
	    "libsodium writes hashes of this size");

	assert(c->memory_kib >= 8 && c->passes >= 1); /* Argon2's least */
	if (sodium_init() < 0) {
		fputs("koshin: libsodium does not start\n", stderr);
		exit(1);
	}
	cost = *c;
}

bool
password_hash(const char *password, size_t len, char out[PASSWORD_HASH_SIZE])
{
	return crypto_pwhash_argon2id_str(
		   out, password, len, cost.passes, memory_bytes()) == 0;
}

static bool
take_word(const char **at, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*at, word, len) != 0)
		return false;
	*at += len;
	return true;
}

static bool
take_number(
    const char **at, unsigned long *n, unsigned long least, unsigned long most)
{
	char *end;

	if (!isdigit((unsigned char)**at))
		return false;
	*n = strtoul(*at, &end, 10); /* too large gives the largest */
	*at = end;
	return *n >= least && *n <= most;
}

static bool
take_bytes(const char **at, unsigned char *out, size_t size)
{
	const char *end;
	size_t len;

	if (sodium_base642bin(out, size, *at, strlen(*at), NULL, &len, &end,
		sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0)
		return false;
	*at = end;
	return len == size;
}

/* Returns true if `text` is whole and its costs are ones of Argon2id. */
static bool
take_apart(const char *text, struct parts *p)
{
	return take_word(&text, "$argon2id$v=19$m=") &&
	       take_number(&text, &p->memory_kib, 8, UINT32_MAX) &&
	       take_word(&text, ",t=") &&
	       take_number(&text, &p->passes, 1, UINT32_MAX) &&
	       take_word(&text, ",p=1$") &&
	       take_bytes(&text, p->salt, sizeof(p->salt)) &&
	       take_word(&text, "$") &&
	       take_bytes(&text, p->hash, sizeof(p->hash)) && *text == '\0';
}

bool
password_matches(const char *hash, const char *password, size_t len)
{
	unsigned char made[HASH_SIZE];
	struct parts p;
	bool same;

	if (!take_apart(hash, &p) || len > crypto_pwhash_argon2id_PASSWD_MAX)
		return false;
	/* Everything else that it refuses has been refused above. */
	if (crypto_pwhash_argon2id(made, sizeof(made), password, len, p.salt,
		p.passes, (size_t)p.memory_kib * 1024,
		crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0) {
		fputs("koshin: out of memory for a password\n", stderr);
		abort();
	}
	same = sodium_memcmp(made, p.hash, sizeof(made)) == 0;
	sodium_memzero(made, sizeof(made));
	sodium_memzero(&p, sizeof(p));
	return same;
}

void
password_dummy(const char *password, size_t len)
{
	static const unsigned char salt[SALT_SIZE];
	unsigned char made[HASH_SIZE];
	int rc = crypto_pwhash_argon2id(made, sizeof(made), password, len, salt,
	    cost.passes, memory_bytes(), crypto_pwhash_argon2id_ALG_ARGON2ID13);

	(void)rc; /* without memory it is quicker, and nobody has an account */
	sodium_memzero(made, sizeof(made));
}
