#include "base/password.h"

#include "tests/lib/test.h"

#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct password_cost small = { .memory_kib = 64, .passes = 1 };
static const struct password_cost usual = { .memory_kib = 19456, .passes = 2 };

#define SALT "c29tZXNhbHRzb21lc2FsdA"
#define HASH "c29tZWhhc2hzb21laGFzaHNvbWVoYXNoc29tZWhhc2g"

static int
use_small_cost(void **state)
{
	(void)state;
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
	assert_true(password_matches(hash, "Password1", 9));
}

static void
R_ACC_9_case_counts(void **state)
{
	char hash[PASSWORD_HASH_SIZE];

	(void)state;
	assert_true(password_hash("Password1", 9, hash));
	assert_true(password_matches(hash, "Password1", 9));
	assert_false(password_matches(hash, "password1", 9));
	assert_false(password_matches(hash, "Password", 8));
	assert_false(password_matches(hash, "Password12", 10));
	assert_false(password_matches(hash, "", 0));
}

static void
length_counts_and_bytes_may_be_zero(void **state)
{
	char hash[PASSWORD_HASH_SIZE];

	(void)state;
	assert_true(password_hash("a\0b", 3, hash));
	assert_true(password_matches(hash, "a\0b", 3));
	assert_false(password_matches(hash, "a\0c", 3));
	assert_false(password_matches(hash, "a", 1));
	assert_true(password_hash("", 0, hash));
	assert_true(password_matches(hash, "", 0));
	assert_false(password_matches(hash, "\0", 1));
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
	assert_true(password_matches(hash, "Password2", 9));
	assert_false(password_matches(hash, "Password1", 9));
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
		assert_false(password_matches(bad[i], "", 0));
		assert_false(password_matches(bad[i], bad[i], strlen(bad[i])));
	}
	assert_true(password_hash("Password1", 9, hash));
	hash[strlen(hash) - 1] = '\0';
	assert_false(password_matches(hash, "Password1", 9));
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
	assert_true(password_matches(hash, "Password1", 9));
	password_open(&more_passes);
	assert_true(password_matches(hash, "Password1", 9));
	assert_false(password_matches(hash, "Password2", 9));
	password_open(&small);
}

static double
thread_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* The shortest of a few runs, which the load of the machine disturbs least. */
static void
dummy_costs_what_a_match_costs(void **state)
{
	char hash[PASSWORD_HASH_SIZE];
	double match = 1e9, dummy = 1e9;
	int i;

	(void)state;
	password_open(&usual);
	assert_true(password_hash("Password1", 9, hash));
	for (i = 0; i < 7; i++) {
		double t0 = thread_ms(), t1, t2;

		assert_false(password_matches(hash, "Password2", 9));
		t1 = thread_ms();
		password_dummy("Password2", 9);
		t2 = thread_ms();
		match = t1 - t0 < match ? t1 - t0 : match;
		dummy = t2 - t1 < dummy ? t2 - t1 : dummy;
	}
	assert_true(dummy > match * 0.7 && dummy < match * 1.4);
}

/* 4 TiB: no machine gives it. A right password must not count as wrong. */
static void
no_memory_ends_the_process_instead_of_saying_no(void **state)
{
	static const char hash[] =
	    "$argon2id$v=19$m=4294967295,t=1,p=1$" SALT "$" HASH;
	static const struct rlimit no_core = { 0, 0 };
	pid_t child = fork();
	int status;

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		setrlimit(RLIMIT_CORE, &no_core);
		close(STDERR_FILENO);
		_exit(password_matches(hash, "x", 1));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
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
	assert_true(password_matches(hash, "Password1", 9));
	assert_false(password_matches(hash, "password1", 9));
	/* The reader of the database has the hash and the right guess. */
	password_pepper(NULL, NULL);
	assert_false(password_matches(hash, "Password1", 9));
	password_pepper(&other_pepper, NULL);
	assert_false(password_matches(hash, "Password1", 9));
	/* Also if the name of the pepper is taken out, or another's. */
	memmove(strstr(hash, ",keyid="), strstr(hash, ",keyid=") + 15,
	    strlen(strstr(hash, ",keyid=") + 15) + 1);
	assert_false(password_matches(hash, "Password1", 9));
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
	assert_true(password_matches(none, "Password1", 9));
	assert_true(password_matches(old, "Password1", 9));
	assert_true(password_matches(new, "Password1", 9));
	assert_false(password_matches(old, "Password2", 9));
	assert_true(password_stale(none));
	assert_true(password_stale(old));
	assert_false(password_stale(new));
	password_pepper(&other_pepper, NULL);
	assert_false(password_matches(old, "Password1", 9));
	assert_true(password_matches(new, "Password1", 9));
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
		TEST(dummy_costs_what_a_match_costs),
		TEST(no_memory_ends_the_process_instead_of_saying_no),
		TEST(T9_a_hash_is_worth_nothing_without_its_pepper),
		TEST(T9_a_hash_names_its_pepper_and_not_more),
		TEST(T9_a_pepper_can_be_exchanged),
		TEST(a_hash_at_another_cost_is_stale),
		TEST(a_hash_with_a_pepper_finds_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
