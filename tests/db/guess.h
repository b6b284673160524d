/*
 * guess - somebody at a session who tries passwords and codes, in short words.
 * Each word expects DB_OK.
 */
#ifndef TESTS_DB_GUESS_H
#define TESTS_DB_GUESS_H

#include "tests/db/session.h"

extern struct session guess_desk;

extern const struct digest code_a[1], code_b[1];
extern const struct digest csr_a[1], csr_b[1];

/* A server for the group, an empty one and a session for each test. */
int guess_start(void **state);
int guess_end(void **state);
int guess_open(void **state);
int guess_close(void **state);
#define GUESS_TEST(name)                                                       \
	cmocka_unit_test_setup_teardown(name, guess_open, guess_close)

/* Wrong so many times; none of it locks. */
void guess_fail(const char *user, unsigned times);
/* Wrong once more, which locks. */
struct attempts_settled guess_lock(const char *user);

enum attempts_begin guess_begin(const struct attempts_who *);
/* There is a place, and this operation has it now. */
struct attempts_who guess_take(const char *user);

/* Asks for a code; if it is new, its mail goes out. */
enum attempts_mail guess_want_code(const char *user, const struct digest *code);
enum attempts_code guess_give_code(
    const char *user, const struct digest *code, const struct digest *csr);

#endif
