#include "audit/chain_head.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAC "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static char folder[64], path[96];
static struct fault why;

static int
begin(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/chain_head.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/audit.head", folder);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	unlink(path);
	chmod(folder, 0700);
	assert_int_equal(rmdir(folder), 0); /* nothing else is left */
	return 0;
}

static void
put(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static struct chain_head
counting(int64_t position)
{
	struct chain_head h = { .position = position };

	for (size_t i = 0; i < sizeof(h.mac); i++)
		h.mac.bytes[i] = (unsigned char)i;
	return h;
}

static void
A10_what_was_written_is_read_again(void **state)
{
	static const int64_t positions[] = { 1, 10000000, INT64_MAX };
	char line[256];
	FILE *f;

	(void)state;
	for (size_t i = 0; i < COUNT(positions); i++) {
		struct chain_head head = counting(positions[i]), again;

		assert_true(chain_head_write(path, &head, 1795165200, &why));
		assert_int_equal(
		    chain_head_read(path, &again, &why), CHAIN_HEAD_READ);
		assert_true(again.position == head.position);
		assert_true(digest_equal(&again.mac, &head.mac));
	}
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	assert_string_equal(line, "position=9223372036854775807 mac=" MAC
				  " at=2026-11-20T09:00:00Z\n");
}

static void
a_file_that_is_not_there_is_no_head(void **state)
{
	struct chain_head head;

	(void)state;
	assert_int_equal(chain_head_read(path, &head, &why), CHAIN_HEAD_NONE);
	assert_int_equal(head.position, 0);
}

static void
a_file_that_is_something_else_is_refused(void **state)
{
	static const char *const bad[] = { "", "\n", "position=\n",
		"position=0 mac=" MAC " at=x\n",
		"position=-1 mac=" MAC " at=x\n",
		"position=9223372036854775808 mac=" MAC " at=x\n",
		"position=1 mac=" MAC, "position=1 mac=" MAC "00 at=x\n",
		"position=1mac=" MAC " at=x\n", "position=1 mac=00 at=x\n",
		"position=1 mac=g" MAC " at=x\n",
		" position=1 mac=" MAC " \n" };
	struct chain_head head;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		put(bad[i]);
		why.text[0] = '\0';
		assert_int_equal(
		    chain_head_read(path, &head, &why), CHAIN_HEAD_BAD);
		assert_int_equal(head.position, 0);
		assert_non_null(strstr(why.text, "no head of the audit chain"));
	}
}

static void
F_57_the_old_one_stays_when_the_new_one_cannot_be_written(void **state)
{
	struct chain_head head = counting(5), again;
	char lost[128];

	(void)state;
	snprintf(lost, sizeof(lost), "%s/away/audit.head", folder);
	assert_false(chain_head_write(lost, &head, 0, &why));
	assert_non_null(strstr(why.text, "cannot be written: No such file"));
	assert_true(chain_head_write(path, &head, 0, &why));
	/* A folder where the new file would go. */
	snprintf(lost, sizeof(lost), "%s.%d.new", path, (int)getpid());
	assert_int_equal(mkdir(lost, 0700), 0);
	head.position = 6;
	assert_false(chain_head_write(path, &head, 0, &why));
	assert_int_equal(rmdir(lost), 0);
	assert_int_equal(chain_head_read(path, &again, &why), CHAIN_HEAD_READ);
	assert_int_equal(again.position, 5);
}

static void
the_folder_is_made_and_tried(void **state)
{
	char deep[128];
	struct stat st;

	(void)state;
	snprintf(deep, sizeof(deep), "%s/state/audit.head", folder);
	assert_true(chain_head_folder(deep, &why));
	assert_true(chain_head_folder(deep, &why));
	*strrchr(deep, '/') = '\0';
	assert_int_equal(stat(deep, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(rmdir(deep), 0);
	snprintf(deep, sizeof(deep), "%s/no/where/audit.head", folder);
	assert_false(chain_head_folder(deep, &why));
	assert_non_null(strstr(why.text, "audit.head"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(A10_what_was_written_is_read_again),
		TEST(a_file_that_is_not_there_is_no_head),
		TEST(a_file_that_is_something_else_is_refused),
		TEST(F_57_the_old_one_stays_when_the_new_one_cannot_be_written),
		TEST(the_folder_is_made_and_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
