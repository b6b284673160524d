/*
 * Hash texts are those of the PHC string format, whose `keyid` names the
 * pepper; without one they are libsodium's own. They are taken apart here:
 * crypto_pwhash_str_verify() says "wrong password" also when it finds no
 * memory, and a right password must not count as a failure.
 */
#include "base/password.h"

#include "base/locked.h"
#include "base/xalloc.h"

#include <assert.h>
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SALT_SIZE crypto_pwhash_argon2id_SALTBYTES
#define HASH_SIZE 32 /* what libsodium puts into a hash text */

#define TEXT_SIZE 48 /* of either in base64 */
#define NAME_BYTES 6
#define NAME_SIZE 9

struct pepper {
	struct secret_key key;
	char name[NAME_SIZE]; /* made from the key; empty: none */
};

static struct pepper no_pepper;
/* In memory of base/locked.h, but for that one. */
static struct pepper *pepper = &no_pepper, *pepper_before = &no_pepper;

/* What a hash text says. */
struct parts {
	struct password_cost cost;
	char name[NAME_SIZE]; /* of its pepper */
	unsigned char salt[SALT_SIZE];
	unsigned char hash[HASH_SIZE];
};

static struct password_cost cost = { .memory_kib = 19456, .passes = 2 };

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

/* ---------------------------------------------------------------- pepper */

static struct pepper *
keep(const struct secret_key *key)
{
	static const char label[] = "koshin pepper name";
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	struct pepper *p;

	if (key == NULL)
		return &no_pepper;
	p = xalloc_made(locked_new(sizeof(*p)));
	p->key = *key;
	crypto_auth_hmacsha256(
	    mac, (const unsigned char *)label, sizeof(label), key->bytes);
	sodium_bin2base64(p->name, sizeof(p->name), mac, NAME_BYTES,
	    sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
	secret_wipe(mac, sizeof(mac));
	return p;
}

static void
drop(struct pepper *p)
{
	if (p != &no_pepper)
		locked_free(p);
}

void
password_pepper(const struct secret_key *now, const struct secret_key *before)
{
	_Static_assert(crypto_auth_hmacsha256_KEYBYTES == SECRET_KEY_SIZE,
	    "a key file is a key of HMAC-SHA-256");
	_Static_assert(
	    sodium_base64_ENCODED_LEN(NAME_BYTES,
		sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == NAME_SIZE,
	    "no padding");

	drop(pepper);
	drop(pepper_before);
	pepper = keep(now);
	pepper_before = keep(before);
}

static bool
read_key(const char *path, struct secret_key *key, struct fault *why)
{
	struct fault reason;

	return secret_read_key(path, key, &reason) ||
	       fault_set(why, "%s: %s", path, reason.text);
}

bool
password_read_pepper(const char *now, const char *before, struct fault *why)
{
	struct secret_key keys[2];
	bool good = read_key(now, &keys[0], why) &&
		    (before == NULL || read_key(before, &keys[1], why));

	if (good)
		password_pepper(&keys[0], before != NULL ? &keys[1] : NULL);
	secret_wipe(keys, sizeof(keys));
	return good;
}

/* The one with that name; NULL: it is not here. */
static const struct pepper *
pepper_called(const char *name)
{
	if (strcmp(name, pepper->name) == 0)
		return pepper;
	if (name[0] != '\0' && strcmp(name, pepper_before->name) == 0)
		return pepper_before;
	return name[0] == '\0' ? &no_pepper : NULL;
}

/* ---------------------------------------------------------------- argon2 */

/* Argon2id by those costs and that salt over the peppered password. */
static bool
make(struct parts *p, const struct pepper *with, const char *password,
    size_t len)
{
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	const char *over = password;
	bool made;

	if (with->name[0] != '\0') {
		crypto_auth_hmacsha256(
		    mac, (const unsigned char *)password, len, with->key.bytes);
		over = (const char *)mac;
		len = sizeof(mac);
	}
	made = crypto_pwhash_argon2id(p->hash, sizeof(p->hash), over, len,
		   p->salt, p->cost.passes, (size_t)p->cost.memory_kib * 1024,
		   crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0;
	secret_wipe(mac, sizeof(mac));
	return made;
}

static void
write_bytes(char out[TEXT_SIZE], const unsigned char *bytes, size_t len)
{
	sodium_bin2base64(out, TEXT_SIZE, bytes, len,
	    sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

bool
password_hash(const char *password, size_t len, char out[PASSWORD_HASH_SIZE])
{
	struct parts p = { .cost = cost };
	char salt[TEXT_SIZE], hash[TEXT_SIZE];
	int n;

	secret_random(p.salt, sizeof(p.salt));
	if (!make(&p, pepper, password, len))
		return false;
	write_bytes(salt, p.salt, sizeof(p.salt));
	write_bytes(hash, p.hash, sizeof(p.hash));
	n = snprintf(out, PASSWORD_HASH_SIZE,
	    "$argon2id$v=19$m=%u,t=%u,p=1%s%s$%s$%s", cost.memory_kib,
	    cost.passes, pepper->name[0] != '\0' ? ",keyid=" : "", pepper->name,
	    salt, hash);
	assert(n > 0 && n < PASSWORD_HASH_SIZE);
	secret_wipe(&p, sizeof(p));
	secret_wipe(hash, sizeof(hash));
	return true;
}

/* ------------------------------------------------------------- its parts */

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

/* Of six bytes; nothing else is a name. */
static bool
take_name(const char **at, char name[NAME_SIZE])
{
	unsigned char bytes[NAME_BYTES];
	const char *from;

	name[0] = '\0';
	if (!take_word(at, ",keyid="))
		return true;
	from = *at;
	if (!take_bytes(at, bytes, sizeof(bytes)))
		return false;
	memcpy(name, from, NAME_SIZE - 1);
	name[NAME_SIZE - 1] = '\0';
	return true;
}

/* How a text begins: at what cost it was made, and with which pepper. */
static bool
take_cost(const char **text, struct password_cost *made_at)
{
	unsigned long memory_kib, passes;

	if (!take_word(text, "$argon2id$v=19$m=") ||
	    !take_number(text, &memory_kib, 8, PASSWORD_MEMORY_KIB_MAX) ||
	    !take_word(text, ",t=") ||
	    !take_number(text, &passes, 1, PASSWORD_PASSES_MAX) ||
	    !take_word(text, ",p=1"))
		return false;
	*made_at = (struct password_cost){ .memory_kib = (unsigned)memory_kib,
		.passes = (unsigned)passes };
	return true;
}

/* Returns true if `text` is whole. */
static bool
take_apart(const char *text, struct parts *p)
{
	return take_cost(&text, &p->cost) && take_name(&text, p->name) &&
	       take_word(&text, "$") &&
	       take_bytes(&text, p->salt, sizeof(p->salt)) &&
	       take_word(&text, "$") &&
	       take_bytes(&text, p->hash, sizeof(p->hash)) && *text == '\0';
}

/* ----------------------------------------------------------------- costs */

static bool
same_cost(const struct password_cost *a, const struct password_cost *b)
{
	return a->memory_kib == b->memory_kib && a->passes == b->passes;
}

struct password_costs
password_costs_now(void)
{
	return (struct password_costs){ .count = 1, .at = { cost } };
}

bool
password_costs_add(struct password_costs *costs, const char *hash)
{
	struct password_cost made_at;

	if (!take_cost(&hash, &made_at))
		return true;
	for (unsigned i = 0; i < costs->count; i++)
		if (same_cost(&costs->at[i], &made_at))
			return true;
	if (costs->count == PASSWORD_COSTS_MAX)
		return false;
	costs->at[costs->count++] = made_at;
	return true;
}

/* ------------------------------------------------------------- comparing */

/* At that cost: of `said`, if it is what that was made at; else of nothing. */
static enum password_match
evaluate(const struct password_cost *at, const struct parts *said,
    const char *password, size_t len)
{
	const struct pepper *with = NULL;
	struct parts made = { .cost = *at };
	enum password_match match = PASSWORD_WRONG;

	if (same_cost(&said->cost, at)) {
		made = *said;
		with = pepper_called(said->name);
	}
	if (!make(&made, with != NULL ? with : pepper, password, len))
		match = PASSWORD_UNKNOWN;
	else if (secret_equal(made.hash, said->hash, sizeof(made.hash)) &&
		 with != NULL)
		match = PASSWORD_RIGHT;
	secret_wipe(&made, sizeof(made));
	return match;
}

enum password_match
password_matches(const struct password_costs *costs, const char *hash,
    const char *password, size_t len)
{
	enum password_match match = PASSWORD_WRONG;
	struct parts said;

	if (!take_apart(hash, &said))
		memset(&said, 0, sizeof(said)); /* no cost is zero */
	for (unsigned i = 0; i < costs->count; i++) {
		enum password_match this =
		    evaluate(&costs->at[i], &said, password, len);

		match = this > match ? this : match;
	}
	secret_wipe(&said, sizeof(said));
	return match;
}

bool
password_stale(const char *hash)
{
	struct parts p;
	bool fresh = take_apart(hash, &p) && same_cost(&p.cost, &cost) &&
		     strcmp(p.name, pepper->name) == 0;

	secret_wipe(&p, sizeof(p));
	return !fresh;
}
