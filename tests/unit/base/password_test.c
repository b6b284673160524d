#include "base/password.h"

#include "tests/lib/test.h"

#include <dlfcn.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const struct password_cost small = { .memory_kib = 64, .passes = 1 };
static const struct password_cost usual = { .memory_kib = 19456, .passes = 2 };

#define SALT "c29tZXNhbHRzb21lc2FsdA"
#define HASH "c29tZWhhc2hzb21laGFzaHNvbWVoYXNoc29tZWhhc2g"

/* ------------------------------------------------ what libsodium is asked */

static struct asked {
	char runs[128]; /* "memory_kib/passes ..." */
	bool no_memory;
} asked;

int
crypto_pwhash_argon2id(unsigned char *const out, unsigned long long outlen,
    const char *const passwd, unsigned long long passwdlen,
    const unsigned char *const salt, unsigned long long opslimit,
    size_t memlimit, int alg)
{
	int (*real)(unsigned char *, unsigned long long, const char *,
	    unsigned long long, const unsigned char *, unsigned long long,
	    size_t, int);
	size_t len = strlen(asked.runs);

	*(void **)&real = dlsym(RTLD_NEXT, "crypto_pwhash_argon2id");
	assert_non_null(real);
	snprintf(asked.runs + len, sizeof(asked.runs) - len, "%zu/%llu ",
	    memlimit / 1024, opslimit);
	if (asked.no_memory)
		return -1;
	return real(
	    out, outlen, passwd, passwdlen, salt, opslimit, memlimit, alg);
}

/* Of the hash's own cost alone. */
static bool
matches(const char *hash, const char *password, size_t len)
{
	struct password_costs costs = { .count = 0 };

	assert_true(password_costs_add(&costs, hash));
	return password_matches(&costs, hash, password, len) == PASSWORD_RIGHT;
}

static int
use_small_cost(void **state)
{
	(void)state;
	memset(&asked, 0, sizeof(asked));
	password_open(&small);
	password_pepper(NULL, NULL);
	return 0;
}

static void
R_ACC_9_hash_is_argon2id_and_says_its_cost(void **state)
{
	char hash[PASSWORD_HASH_SIZE];

	(void)state;
	password_open(&usual);
	assert_true(password_hash("Password1", 9, hash));
	assert_memory_equal(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31);
	assert_non_null(memchr(hash, '\0', sizeof(hash)));
	assert_true(matches(hash, "Password1", 9));
}

static void
R_ACC_9_case_counts(void **state)
{
	char hash[PASSWORD_HASH_SIZE];

	(void)state;
	assert_true(password_hash("Password1", 9, hash));
	assert_true(matches(hash, "Password1", 9));
	assert_false(matches(hash, "password1", 9));
	assert_false(matches(hash, "Password", 8));
	assert_false(matches(hash, "Password12", 10));
	assert_false(matches(hash, "", 0));
}

static void
length_counts_and_bytes_may_be_zero(void **state)
{
	char hash[PASSWORD_HASH_SIZE];

	(void)state;
	assert_true(password_hash("a\0b", 3, hash));
	assert_true(matches(hash, "a\0b", 3));
	assert_false(matches(hash, "a\0c", 3));
	assert_false(matches(hash, "a", 1));
	assert_true(password_hash("", 0, hash));
	assert_true(matches(hash, "", 0));
	assert_false(matches(hash, "\0", 1));
}

/* What is stored today must match tomorrow: libsodium's own texts. */
static void
hashes_of_libsodium_match_both_ways(void **state)
{
	char hash[PASSWORD_HASH_SIZE];

	(void)state;
	assert_true(password_hash("Password1", 9, hash));
	assert_int_equal(crypto_pwhash_str_verify(hash, "Password1", 9), 0);
	assert_int_equal(
	    crypto_pwhash_str(hash, "Password2", 9, 2, 1 << 20), 0);
	assert_true(matches(hash, "Password2", 9));
	assert_false(matches(hash, "Password1", 9));
}

static void
same_password_has_another_hash_each_time(void **state)
{
	char one[PASSWORD_HASH_SIZE], two[PASSWORD_HASH_SIZE];

	(void)state;
	assert_true(password_hash("Password1", 9, one));
	assert_true(password_hash("Password1", 9, two));
	assert_string_not_equal(one, two);
}

static void
damaged_hash_matches_nothing(void **state)
{
	static const char *const bad[] = { "", "$", "$argon2id$",
		"$argon2id$v=19$m=64,t=1,p=1$", "plain",
		"$argon2i$v=19$m=64,t=1,p=1$" SALT "$" HASH,
		"$argon2id$v=19$m=64,t=1,p=1$" SALT "$!!",
		"$argon2id$v=19$m=64,t=1,p=1$" SALT HASH,
		"$argon2id$v=19$m=64,t=1,p=1$c29tZQ$" HASH,
		"$argon2id$v=19$m=64,t=1,p=1$" SALT "$" HASH "$",
		"$argon2id$v=19$m=64,t=1,p=1$" SALT "$" HASH "A",
		"$argon2id$v=19$m=64,t=1,p=2$" SALT "$" HASH,
		"$argon2id$v=19$m=64,t=0,p=1$" SALT "$" HASH,
		"$argon2id$v=19$m=7,t=1,p=1$" SALT "$" HASH,
		"$argon2id$v=19$m=-1,t=1,p=1$" SALT "$" HASH,
		"$argon2id$v=19$m=4294967296,t=1,p=1$" SALT "$" HASH,
		"$argon2id$v=19$m=99999999999999999999,t=1,p=1$" SALT "$" HASH,
		"$argon2id$v=16$m=64,t=1,p=1$" SALT "$" HASH };
	char hash[PASSWORD_HASH_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		assert_false(matches(bad[i], "", 0));
		assert_false(matches(bad[i], bad[i], strlen(bad[i])));
	}
	assert_true(password_hash("Password1", 9, hash));
	hash[strlen(hash) - 1] = '\0';
	assert_false(matches(hash, "Password1", 9));
}

static void
hashes_of_other_costs_still_match(void **state)
{
	static const struct password_cost more_memory = { 128, 1 };
	static const struct password_cost more_passes = { 64, 2 };
	char hash[PASSWORD_HASH_SIZE];

	(void)state;
	assert_true(password_hash("Password1", 9, hash));
	password_open(&more_memory);
	assert_true(matches(hash, "Password1", 9));
	password_open(&more_passes);
	assert_true(matches(hash, "Password1", 9));
	assert_false(matches(hash, "Password2", 9));
	password_open(&small);
}

/* ----------------------------------------------------------------- costs */

static const char *
runs_of(const struct password_costs *costs, const char *hash)
{
	asked.runs[0] = '\0';
	assert_int_equal(
	    password_matches(costs, hash, "Password2", 9), PASSWORD_WRONG);
	return asked.runs;
}

/* Whatever stands there, and where nothing does: Argon2 does the same work. */
static void
I_15_every_evaluation_costs_all_that_is_in_use(void **state)
{
	static const struct password_cost dear = { 256, 3 };
	static const char *const odd[] = { "", "plain",
		"$argon2id$v=19$m=64,t=1,p=1$" SALT "$",
		"$argon2id$v=19$m=9999,t=2,p=1$" SALT "$" HASH,
		"$argon2id$v=19$m=64,t=1,p=1,keyid=bbbbbbbb$" SALT "$" HASH };
	char cheap[PASSWORD_HASH_SIZE], today[PASSWORD_HASH_SIZE];
	struct password_costs costs;

	(void)state;
	assert_true(password_hash("Password1", 9, cheap));
	password_open(&dear);
	assert_true(password_hash("Password1", 9, today));
	costs = password_costs_now();
	assert_string_equal(runs_of(&costs, today), "256/3 ");
	/* Where one is not known yet, too. */
	assert_string_equal(runs_of(&costs, cheap), "256/3 ");
	for (int i = 0; i < 2; i++)
		assert_true(password_costs_add(&costs, cheap));
	assert_string_equal(runs_of(&costs, cheap), "256/3 64/1 ");
	assert_string_equal(runs_of(&costs, today), "256/3 64/1 ");
	for (size_t i = 0; i < COUNT(odd); i++)
		assert_string_equal(runs_of(&costs, odd[i]), "256/3 64/1 ");
	assert_int_equal(
	    password_matches(&costs, cheap, "Password1", 9), PASSWORD_RIGHT);
	assert_int_equal(
	    password_matches(&costs, today, "Password1", 9), PASSWORD_RIGHT);
}

/* A writer of the database makes nobody wait for ever. */
static void
I_13_what_costs_too_much_is_not_in_use(void **state)
{
	static const char *const most[] = {
		"$argon2id$v=19$m=1048577,t=1,p=1", /* over a setting's most */
		"$argon2id$v=19$m=64,t=101,p=1", "$argon2id$v=19$m=64", ""
	};
	struct password_costs costs = password_costs_now();
	char text[PASSWORD_HASH_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(most); i++)
		assert_true(password_costs_add(&costs, most[i]));
	assert_int_equal(costs.count, 1);
	for (unsigned i = 1; i < PASSWORD_COSTS_MAX; i++) {
		snprintf(
		    text, sizeof(text), "$argon2id$v=19$m=%u,t=1,p=1", 64 + i);
		assert_true(password_costs_add(&costs, text));
	}
	assert_int_equal(costs.count, PASSWORD_COSTS_MAX);
	assert_true(password_costs_add(&costs, text));
	assert_false(password_costs_add(&costs, "$argon2id$v=19$m=99,t=1,p=1"));
}

/* A right password must not count as wrong, nor end whoever asks. */
static void
F_59_without_memory_it_is_neither_right_nor_wrong(void **state)
{
	struct password_costs costs = password_costs_now();
	char hash[PASSWORD_HASH_SIZE];

	(void)state;
	assert_true(password_hash("Password1", 9, hash));
	asked.no_memory = true;
	assert_int_equal(
	    password_matches(&costs, hash, "Password1", 9), PASSWORD_UNKNOWN);
	assert_int_equal(
	    password_matches(&costs, "", "Password1", 9), PASSWORD_UNKNOWN);
	assert_false(password_hash("Password1", 9, hash));
}

/* --------------------------------------------------------------- pepper */

static const struct secret_key one_pepper = { { 1 } };
static const struct secret_key other_pepper = { { 2 } };

static void
T9_a_hash_is_worth_nothing_without_its_pepper(void **state)
{
	char hash[PASSWORD_HASH_SIZE];

	(void)state;
	password_pepper(&one_pepper, NULL);
	assert_true(password_hash("Password1", 9, hash));
	assert_true(matches(hash, "Password1", 9));
	assert_false(matches(hash, "password1", 9));
	/* The reader of the database has the hash and the right guess. */
	password_pepper(NULL, NULL);
	assert_false(matches(hash, "Password1", 9));
	password_pepper(&other_pepper, NULL);
	assert_false(matches(hash, "Password1", 9));
	/* Also if the name of the pepper is taken out, or another's. */
	memmove(strstr(hash, ",keyid="), strstr(hash, ",keyid=") + 15,
	    strlen(strstr(hash, ",keyid=") + 15) + 1);
	assert_false(matches(hash, "Password1", 9));
}

static void
T9_a_hash_names_its_pepper_and_not_more(void **state)
{
	char one[PASSWORD_HASH_SIZE], two[PASSWORD_HASH_SIZE];
	char other[PASSWORD_HASH_SIZE];

	(void)state;
	password_pepper(&one_pepper, NULL);
	assert_true(password_hash("Password1", 9, one));
	assert_true(password_hash("Password2", 9, two));
	assert_memory_equal(one, "$argon2id$v=19$m=64,t=1,p=1,keyid=", 34);
	assert_memory_equal(one, two, 43); /* up to the salt */
	password_pepper(&other_pepper, NULL);
	assert_true(password_hash("Password1", 9, other));
	assert_memory_not_equal(one, other, 43);
}

/* During an exchange both are there; afterwards the old one is not. */
static void
T9_a_pepper_can_be_exchanged(void **state)
{
	char none[PASSWORD_HASH_SIZE], old[PASSWORD_HASH_SIZE];
	char new[PASSWORD_HASH_SIZE];

	(void)state;
	assert_true(password_hash("Password1", 9, none));
	password_pepper(&one_pepper, NULL);
	assert_true(password_hash("Password1", 9, old));
	assert_true(password_stale(none));
	assert_false(password_stale(old));
	password_pepper(&other_pepper, &one_pepper);
	assert_true(password_hash("Password1", 9, new));
	assert_true(matches(none, "Password1", 9));
	assert_true(matches(old, "Password1", 9));
	assert_true(matches(new, "Password1", 9));
	assert_false(matches(old, "Password2", 9));
	assert_true(password_stale(none));
	assert_true(password_stale(old));
	assert_false(password_stale(new));
	password_pepper(&other_pepper, NULL);
	assert_false(matches(old, "Password1", 9));
	assert_true(matches(new, "Password1", 9));
}

static void
a_hash_at_another_cost_is_stale(void **state)
{
	static const struct password_cost more = { 64, 2 };
	char hash[PASSWORD_HASH_SIZE];

	(void)state;
	assert_true(password_hash("Password1", 9, hash));
	assert_false(password_stale(hash));
	password_open(&more);
	assert_true(password_stale(hash));
}

/* The longest that can be must go into a row (127 bytes). */
static void
a_hash_with_a_pepper_finds_room(void **state)
{
	char hash[PASSWORD_HASH_SIZE];

	(void)state;
	password_pepper(&one_pepper, NULL);
	assert_true(password_hash("Password1", 9, hash));
	/* m=64,t=1 could be m=4294967295,t=4294967295 */
	assert_true(strlen(hash) - 3 + 20 < PASSWORD_HASH_SIZE);
}

#define TEST(name) cmocka_unit_test_setup(name, use_small_cost)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(R_ACC_9_hash_is_argon2id_and_says_its_cost),
		TEST(R_ACC_9_case_counts),
		TEST(length_counts_and_bytes_may_be_zero),
		TEST(hashes_of_libsodium_match_both_ways),
		TEST(same_password_has_another_hash_each_time),
		TEST(damaged_hash_matches_nothing),
		TEST(hashes_of_other_costs_still_match),
		TEST(I_15_every_evaluation_costs_all_that_is_in_use),
		TEST(I_13_what_costs_too_much_is_not_in_use),
		TEST(F_59_without_memory_it_is_neither_right_nor_wrong),
		TEST(T9_a_hash_is_worth_nothing_without_its_pepper),
		TEST(T9_a_hash_names_its_pepper_and_not_more),
		TEST(T9_a_pepper_can_be_exchanged),
		TEST(a_hash_at_another_cost_is_stale),
		TEST(a_hash_with_a_pepper_finds_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
