#include "base/password.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

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

bool
password_matches(const char *hash, const char *password, size_t len)
{
	errno = 0;
	if (crypto_pwhash_argon2id_str_verify(hash, password, len) == 0)
		return true;
	/* A right password must not be counted as a wrong one. */
	if (errno == ENOMEM) {
		fputs("koshin: out of memory for a password\n", stderr);
		abort();
	}
	return false;
}

void
password_dummy(const char *password, size_t len)
{
	static const unsigned char salt[crypto_pwhash_argon2id_SALTBYTES];
	unsigned char out[32]; /* as long as what a hash text holds */
	int rc = crypto_pwhash_argon2id(out, sizeof(out), password, len, salt,
	    cost.passes, memory_bytes(), crypto_pwhash_argon2id_ALG_ARGON2ID13);

	(void)rc; /* without memory it is quicker, and nobody has an account */
	sodium_memzero(out, sizeof(out));
}

bool
password_outdated(const char *hash)
{
	return crypto_pwhash_argon2id_str_needs_rehash(
		   hash, cost.passes, memory_bytes()) != 0;
}
