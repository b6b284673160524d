#include "db/attempts_keys.h"

#include "base/hex.h"
#include "base/secret.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define TAG_SIZE 40
#define TAG_PLAIN_MAX 12
#define TAG_DIGEST_BYTES 16

/*
 * Failures in a row have no time limit (R-LOCK-1), but Redis would grow for
 * ever from names that somebody invents. A text that can be no user ID is
 * forgotten sooner: no account stands behind it.
 */
#define MEMORY_S ((int64_t)30 * 86400)
#define MEMORY_ODD_S ((int64_t)2 * 86400)

static bool
is_plain(const char *user_id)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t len = strspn(user_id, plain);

	return len >= 1 && len <= TAG_PLAIN_MAX && user_id[len] == '\0';
}

static void
write_tag(char tag[TAG_SIZE], const struct attempts_who *who)
{
	const char *kind = who->contract ? "contract/" : "";
	struct digest digest;

	if (is_plain(who->user_id)) {
		snprintf(tag, TAG_SIZE, "%s%s", kind, who->user_id);
		return;
	}
	digest = digest_of(who->user_id, strlen(who->user_id));
	tag[0] = '#';
	hex_write(tag + 1, &digest, TAG_DIGEST_BYTES);
}

void
attempts_keys_of(struct attempts_keys *k, const struct attempts_who *who)
{
	/* In the order of KEYS in account.lua. */
	static const char *const names[ATTEMPTS_KEY_COUNT - 1] = { "try",
		"place", "locks", "lock", "code", "mailed" };
	char tag[TAG_SIZE];

	write_tag(tag, who);
	hex_write(k->operation, who->operation, ATTEMPTS_OPERATION_SIZE);
	k->memory_s = is_plain(who->user_id) ? MEMORY_S : MEMORY_ODD_S;
	for (size_t i = 0; i < ATTEMPTS_KEY_COUNT - 1; i++)
		snprintf(k->key[i], ATTEMPTS_KEY_SIZE, "koshin:{%s}:%s", tag,
		    names[i]);
	snprintf(k->key[ATTEMPTS_KEY_COUNT - 1], ATTEMPTS_KEY_SIZE,
	    "koshin:{%s}:op:%s", tag, k->operation);
}

void
attempts_key_of_address(char key[ATTEMPTS_KEY_SIZE], const char *address)
{
	struct in6_addr v6;
	struct in_addr v4;
	char bare[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN];
	size_t len = strcspn(address, "%"); /* a link's name follows */

	/* What is no address shares one counter: limited, never free. */
	snprintf(key, ATTEMPTS_KEY_SIZE, "koshin:ip:other");
	if (len >= sizeof(bare))
		return;
	memcpy(bare, address, len);
	bare[len] = '\0';
	if (inet_pton(AF_INET6, bare, &v6) != 1) {
		if (inet_pton(AF_INET, bare, &v4) != 1)
			return;
	} else if (IN6_IS_ADDR_V4MAPPED(&v6)) {
		memcpy(&v4, &v6.s6_addr[12], sizeof(v4));
	} else {
		memset(&v6.s6_addr[8], 0, 8);
		inet_ntop(AF_INET6, &v6, text, sizeof(text));
		snprintf(key, ATTEMPTS_KEY_SIZE, "koshin:ip:%s/64", text);
		return;
	}
	inet_ntop(AF_INET, &v4, text, sizeof(text));
	snprintf(key, ATTEMPTS_KEY_SIZE, "koshin:ip:%s", text);
}

bool
attempts_operation_read(
    unsigned char operation[ATTEMPTS_OPERATION_SIZE], const char *hex)
{
	return strlen(hex) == (size_t)ATTEMPTS_OPERATION_SIZE * 2 &&
	       hex_read(operation, ATTEMPTS_OPERATION_SIZE, hex);
}
