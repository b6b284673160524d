#include "base/secret.h"

#include "tests/lib/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/secret_test.XXXXXX";
static char path[64];
static struct fault why;

/* Makes the file that the test is about. */
static void
have_file(const void *bytes, size_t len, mode_t mode)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
have_text(const char *text)
{
	have_file(text, strlen(text), 0600);
}

static void
refuses_file(const char *reason)
{
	unsigned char out[8];
	size_t len = 99, i;

	memset(out, 0xa5, sizeof(out));
	why.text[0] = '\0';
	assert_false(secret_read(path, out, sizeof(out), &len, &why));
	if (reason != NULL)
		assert_string_equal(why.text, reason);
	assert_int_equal(len, 0);
	for (i = 0; i < sizeof(out); i++) /* nothing of it is left behind */
		assert_true(out[i] == 0 || out[i] == 0xa5);
}

static void
reads_the_whole_file_up_to_its_room(void **state)
{
	unsigned char out[8];
	size_t len;

	(void)state;
	have_file("a\0\n", 3, 0600);
	assert_true(secret_read(path, out, sizeof(out), &len, &why));
	assert_int_equal(len, 3);
	assert_memory_equal(out, "a\0\n", 3);
	have_file("12345678", 8, 0400);
	assert_true(secret_read(path, out, sizeof(out), &len, &why));
	assert_int_equal(len, 8);
	assert_memory_equal(out, "12345678", 8);
}

static void
too_large_empty_and_missing_are_refused(void **state)
{
	(void)state;
	have_file("123456789", 9, 0600);
	refuses_file("is too large; at most 8 bytes are expected");
	have_file("", 0, 0600);
	refuses_file("is empty; it must hold the secret");
	unlink(path);
	refuses_file("cannot be opened: No such file or directory");
}

static void
X_08_file_open_to_others_is_refused(void **state)
{
	static const struct {
		mode_t mode;
		const char *reason;
	} cases[] = {
		{ 0644, "is readable by others (mode 0644); make it 0600" },
		{ 0640, "is readable by others (mode 0640); make it 0600" },
		{ 0604, "is readable by others (mode 0604); make it 0600" },
		{ 0620, "is open to others (mode 0620); make it 0600" },
		{ 0602, "is open to others (mode 0602); make it 0600" },
		{ 0601, "is open to others (mode 0601); make it 0600" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		have_file("secret", 6, cases[i].mode);
		refuses_file(cases[i].reason);
	}
}

static void
what_is_no_regular_file_is_refused(void **state)
{
	static const char reason[] =
	    "is not a regular file; put the secret into a file";

	(void)state;
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	refuses_file(reason);
	rmdir(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	refuses_file(reason); /* and does not wait for a writer */
	unlink(path);
}

static void
symbolic_link_is_judged_by_its_file(void **state)
{
	char target[80];
	unsigned char out[8];
	size_t len;

	(void)state;
	snprintf(target, sizeof(target), "%s-target", path);
	have_file("secret", 6, 0600);
	assert_int_equal(rename(path, target), 0);
	assert_int_equal(symlink(target, path), 0);
	assert_true(secret_read(path, out, sizeof(out), &len, &why));
	assert_int_equal(len, 6);
	assert_int_equal(chmod(target, 0644), 0);
	refuses_file("is readable by others (mode 0644); make it 0600");
	unlink(target);
	refuses_file("cannot be opened: No such file or directory");
	unlink(path);
}

/* As another user: a file of root is fine, a file of a third is not. */
static void
file_of_another_user_is_refused(void **state)
{
	unsigned char read[8];
	size_t len;
	pid_t child;
	int status;

	(void)state;
	if (geteuid() != 0)
		skip();
	have_file("secret", 6, 0600);
	assert_int_equal(chown(path, 4242, 4242), 0);
	refuses_file("belongs to user 4242; make it belong to user 0 or root");
	secret_lend("/elsewhere", 4242);
	refuses_file("belongs to user 4242; make it belong to user 0 or root");
	secret_lend(path, 4242);
	assert_true(secret_read(path, read, sizeof(read), &len, &why));
	secret_lend(path, 4243);
	refuses_file("belongs to user 4242; make it belong to user 0 or root");
	assert_int_equal(chmod(folder, 0755), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (setuid(4242) != 0)
			_exit(2);
		_exit(secret_read(path, read, 8, &len, &why) ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
text_loses_its_newline_only(void **state)
{
	static const struct {
		const char *file, *text;
	} cases[] = {
		{ "password", "password" },
		{ "password\n", "password" },
		{ "password\r\n", "password" },
		{ " a word ", " a word " },
		{ "123456789", "123456789" },
		{ "123456789\n", "123456789" },
		{ "p\xc3\xa4ss\n", "p\xc3\xa4ss" },
	};
	char out[10];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		have_text(cases[i].file);
		assert_true(secret_read_text(path, out, sizeof(out), &why));
		assert_string_equal(out, cases[i].text);
	}
}

static void
text_that_is_not_one_line_is_refused(void **state)
{
	static const struct {
		const char *file, *reason;
	} cases[] = {
		{ "", "is empty; it must hold the secret" },
		{ "\n", "is empty; its first line must be the secret" },
		{ "\r\n", "is empty; its first line must be the secret" },
		{ "a\nb\n", "must be one line without control characters" },
		{ "a\n\n", "must be one line without control characters" },
		{ "\na", "must be one line without control characters" },
		{ "a\tb", "must be one line without control characters" },
		{ "a\r", "must be one line without control characters" },
		{ "a\x7f", "must be one line without control characters" },
		{ "1234567890", "is too large; at most 9 bytes are expected" },
		{ "1234567890\n",
		    "is too large; at most 10 bytes are expected" },
	};
	char out[10];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		have_text(cases[i].file);
		assert_false(secret_read_text(path, out, sizeof(out), &why));
		assert_string_equal(why.text, cases[i].reason);
	}
	have_file("a\0b", 3, 0600);
	assert_false(secret_read_text(path, out, sizeof(out), &why));
}

static void
key_file_comes_back(void **state)
{
	struct secret_key key, again;
	unsigned char zero[SECRET_KEY_SIZE] = { 0 };
	struct stat st;

	(void)state;
	unlink(path);
	umask(0777); /* the file is 0600 whatever this says */
	assert_true(secret_make_key(path, &why));
	umask(022);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 65);
	assert_true(secret_read_key(path, &key, &why));
	assert_false(secret_equal(key.bytes, zero, sizeof(zero)));
	assert_false(secret_make_key(path, &why));
	assert_string_equal(
	    why.text, "exists already; a key is never written over");
	assert_true(secret_read_key(path, &again, &why));
	assert_memory_equal(&key, &again, sizeof(key));
	unlink(path);
	assert_true(secret_make_key(path, &why));
	assert_true(secret_read_key(path, &again, &why));
	assert_memory_not_equal(&key, &again, sizeof(key));
}

static void
key_file_in_no_folder_is_not_made(void **state)
{
	(void)state;
	assert_false(secret_make_key("/nonexistent/folder/key", &why));
	assert_string_equal(
	    why.text, "cannot be made: No such file or directory");
}

#define HEX16 "000102030405060708090a0b0c0d0e0f"

static void
key_is_64_hexadecimal_digits(void **state)
{
	static const char *const bad[] = { HEX16 HEX16 "0\n", HEX16 HEX16 "00",
		HEX16 "000102030405060708090a0b0c0d0e0\n",
		HEX16 "000102030405060708090a0b0c0d0e0g\n",
		HEX16 " 00102030405060708090a0b0c0d0e0f\n", "0x" HEX16 "\n",
		"0\n" };
	unsigned char zero[SECRET_KEY_SIZE] = { 0 };
	struct secret_key key;
	size_t i;

	(void)state;
	have_text(HEX16 HEX16 "\n");
	assert_true(secret_read_key(path, &key, &why));
	for (i = 0; i < sizeof(key.bytes); i++)
		assert_int_equal(key.bytes[i], i % 16);
	have_text("FF0102030405060708090A0B0C0D0E0F" HEX16);
	assert_true(secret_read_key(path, &key, &why));
	assert_int_equal(key.bytes[0], 255);
	for (i = 0; i < COUNT(bad); i++) {
		have_text(bad[i]);
		memset(&key, 0xa5, sizeof(key));
		assert_false(secret_read_key(path, &key, &why));
		assert_string_equal(
		    why.text, "must hold 64 hexadecimal digits");
		assert_memory_equal(key.bytes, zero, sizeof(zero));
	}
	have_file(HEX16 HEX16 "\n", 65, 0640);
	assert_false(secret_read_key(path, &key, &why));
	assert_string_equal(
	    why.text, "is readable by others (mode 0640); make it 0600");
}

static void
random_below_reaches_every_value_and_no_other(void **state)
{
	unsigned seen[10] = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		assert_int_equal(secret_random_below(1), 0);
	for (i = 0; i < 10000; i++) {
		unsigned value = secret_random_below(10);

		assert_in_range(value, 0, 9);
		seen[value]++;
	}
	/* 1000 expected, deviation 30: 300 away is not chance. */
	for (i = 0; i < 10; i++)
		assert_in_range(seen[i], 700, 1300);
	/* Where a plain remainder would give the lower half twice as often. */
	for (i = 0, seen[0] = 0; i < 10000; i++)
		seen[0] += secret_random_below(3u << 30) < 1u << 30;
	assert_in_range(seen[0], 3000, 3700);
}

static void
random_fills_all_bytes(void **state)
{
	unsigned char bytes[64], any[64] = { 0 };
	size_t i, k;

	(void)state;
	for (k = 0; k < 20; k++) {
		secret_random(bytes, sizeof(bytes));
		for (i = 0; i < sizeof(bytes); i++)
			any[i] |= bytes[i];
	}
	for (i = 0; i < sizeof(any); i++)
		assert_true(any[i] != 0);
}

static void
equal_and_wipe(void **state)
{
	char a[] = "secret", b[] = "secret";
	char zero[sizeof(a)] = { 0 };

	(void)state;
	assert_true(secret_equal(a, b, sizeof(a)));
	assert_true(secret_equal(a, b, 0));
	b[0] = 'S';
	assert_false(secret_equal(a, b, sizeof(a)));
	b[0] = 's';
	b[5] = 'T';
	assert_false(secret_equal(a, b, sizeof(a)));
	assert_true(secret_equal(a, b, 5));
	secret_wipe(a, sizeof(a));
	assert_memory_equal(a, zero, sizeof(a));
}

static int
make_folder(void **state)
{
	(void)state;
	umask(022);
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/secret", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_whole_file_up_to_its_room),
		cmocka_unit_test(too_large_empty_and_missing_are_refused),
		cmocka_unit_test(X_08_file_open_to_others_is_refused),
		cmocka_unit_test(what_is_no_regular_file_is_refused),
		cmocka_unit_test(symbolic_link_is_judged_by_its_file),
		cmocka_unit_test(file_of_another_user_is_refused),
		cmocka_unit_test(text_loses_its_newline_only),
		cmocka_unit_test(text_that_is_not_one_line_is_refused),
		cmocka_unit_test(key_file_comes_back),
		cmocka_unit_test(key_file_in_no_folder_is_not_made),
		cmocka_unit_test(key_is_64_hexadecimal_digits),
		cmocka_unit_test(random_below_reaches_every_value_and_no_other),
		cmocka_unit_test(random_fills_all_bytes),
		cmocka_unit_test(equal_and_wipe),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
