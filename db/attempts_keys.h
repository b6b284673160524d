/*
 * attempts_keys - what things are called in Redis. Inside of db/attempts.c.
 *
 *	koshin:{<tag>}:try|place|locks|lock|code|mailed|op:<operation>
 *	koshin:ip:<address>
 *
 * The tag is the user ID itself when it is 1 to 12 ASCII letters and digits;
 * any other text is `#` and the first half of its SHA-256 in hexadecimal, so
 * that nothing a client types means anything to Redis. That of a
 * contract (R-LOCK-7) has `contract/` in front, which no user ID has.
 */
#ifndef DB_ATTEMPTS_KEYS_H
#define DB_ATTEMPTS_KEYS_H

#include <stdbool.h>

#include "db/attempts.h"

#define ATTEMPTS_KEY_COUNT 7
#define ATTEMPTS_KEY_SIZE 96

struct attempts_keys {
	char key[ATTEMPTS_KEY_COUNT][ATTEMPTS_KEY_SIZE];
	char operation[2 * ATTEMPTS_OPERATION_SIZE + 1]; /* hexadecimal */
	int64_t memory_s; /* how long counters stand without an event */
};

/* All keys of one operation; any text may be a user ID. */
void attempts_keys_of(struct attempts_keys *, const struct attempts_who *);

/* One key for an IPv4 address, one for each /64 of IPv6. */
void attempts_key_of_address(char key[ATTEMPTS_KEY_SIZE], const char *address);

/* From hexadecimal. False if it is not the name of an operation. */
bool attempts_operation_read(
    unsigned char operation[ATTEMPTS_OPERATION_SIZE], const char *hex);

#endif
