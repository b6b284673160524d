/* FAKES: clock */
/* Lists in a folder, as whoever serves them finds them. */
#include "issuer/crl_file.h"

#include "tests/lib/authority.h"
#include "tests/lib/made_certificate.h"
#include "tests/lib/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define WEEK 604800
#define MANY 20000	/* more than a block of them */
#define MILLION 1000000 /* with KOSHIN_LONG, and what it takes is printed */

static char *folder, *path;

static int
begin(void **state)
{
	(void)state;
	folder = authority_folder();
	path = authority_path(folder, "ca.crl");
	return 0;
}

static int
end(void **state)
{
	(void)state;
	free(path);
	authority_remove(folder);
	return 0;
}

static struct crl_entry
entry(size_t n)
{
	struct crl_entry e = { .revoked_at = MADE_AT,
		.reason = CRL_SUPERSEDED };

	memset(&e.serial, 0x55, sizeof(e.serial));
	memcpy(e.serial.bytes + 8, &n, sizeof(n));
	return e;
}

static bool
publish(int64_t number, size_t entries, struct crl_file_done *done,
    struct fault *why)
{
	struct crl_head head = { number, MADE_AT, MADE_AT + WEEK };
	struct crl_file *f = crl_file_new(path, why);
	bool published;

	if (f == NULL)
		return false;
	for (size_t i = 0; i < entries; i++) {
		struct crl_entry e = entry(i);

		crl_file_add(f, &e);
	}
	published = crl_file_publish(f, made_ca, &head, done, why);
	crl_file_free(f);
	return published;
}

/* As OpenSSL has what lies there; verified. */
static X509_CRL *
read_list(void)
{
	BIO *file = BIO_new_file(path, "rb");
	X509_CRL *list = d2i_X509_CRL_bio(file, NULL);

	assert_non_null(list);
	assert_int_equal(
	    X509_CRL_verify(list, X509_get0_pubkey(made_ca->certificate)), 1);
	BIO_free(file);
	return list;
}

static size_t
files(void)
{
	DIR *d = opendir(folder);
	size_t count = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		count++;
	closedir(d);
	return count - 2; /* itself, and the one above */
}

static void
touch(const char *name)
{
	free(authority_write_text(folder, name, "x", 0600));
}

/* ------------------------------------------------------------------ tests */

static void
EST_350_a_list_of_any_length_is_one_file_that_verifies(void **state)
{
	static const size_t counts[] = { 0, 1, MANY };

	(void)state;
	for (size_t i = 0; i < COUNT(counts); i++) {
		struct crl_file_done done;
		struct fault why;
		struct stat st;
		X509_CRL *list;

		if (!publish((int64_t)i + 1, counts[i], &done, &why))
			fail_msg("%s", why.text);
		assert_int_equal(done.entries, counts[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_size, done.bytes);
		assert_int_equal(st.st_mode & 0777, 0644);
		list = read_list();
		assert_int_equal(
		    counts[i] == 0
			? 0
			: sk_X509_REVOKED_num(X509_CRL_get_REVOKED(list)),
		    counts[i]);
		X509_CRL_free(list);
		assert_int_equal(crl_file_read(path).number, i + 1);
		assert_int_equal(files(), 1);
	}
}

static void
F_73_a_list_with_a_higher_number_is_not_replaced(void **state)
{
	struct crl_file_done done;
	struct fault why;

	(void)state;
	assert_true(publish(7, 1, &done, &why));
	assert_false(publish(7, 2, &done, &why));
	assert_non_null(strstr(why.text, "higher number"));
	assert_false(publish(6, 2, &done, &why));
	assert_int_equal(crl_file_read(path).number, 7);
	assert_int_equal(files(), 1);
	assert_true(publish(8, 2, &done, &why));
	assert_int_equal(crl_file_read(path).number, 8);
}

static void
F_84_without_its_folder_the_reason_names_the_file(void **state)
{
	struct crl_file_done done;
	struct fault why;
	char away[128];

	(void)state;
	assert_true(publish(1, 1, &done, &why));
	snprintf(away, sizeof(away), "%s.away", folder);
	assert_int_equal(rename(folder, away), 0);
	assert_false(publish(2, 1, &done, &why));
	assert_memory_equal(why.text, path, strlen(path));
	assert_int_equal(crl_file_read(path).number, 0);
	assert_int_equal(rename(away, folder), 0);
	assert_int_equal(crl_file_read(path).number, 1);
}

/* What a process left that was killed goes; what is somebody else's stays. */
static void
F_84_what_was_begun_and_not_finished_is_removed(void **state)
{
	struct crl_file_done done;
	struct fault why;

	(void)state;
	assert_true(publish(1, 1, &done, &why));
	touch("ca.crl.17.new");
	touch("ca.crl.4711.entries");
	touch("ca.crl.new");
	touch("ca.crl.x.new");
	touch("other.crl.17.new");
	crl_file_tidy(path);
	assert_int_equal(files(), 4);
	assert_int_equal(crl_file_read(path).number, 1);
}

static void
what_lies_there_and_is_no_list_is_replaced(void **state)
{
	struct crl_file_done done;
	struct fault why;

	(void)state;
	touch("ca.crl");
	assert_int_equal(crl_file_read(path).number, 0);
	assert_true(publish(1, 1, &done, &why));
	assert_int_equal(crl_file_read(path).number, 1);
}

/* Of the process, user and system. */
static double
cpu_s(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static void
EST_350_a_million_entries(void **state)
{
	struct crl_file_done done = { 0 };
	struct fault why;
	double begun = cpu_s();

	(void)state;
	if (getenv("KOSHIN_LONG") == NULL)
		return;
	if (!publish(1, MILLION, &done, &why))
		fail_msg("%s", why.text);
	print_message("%d entries: %zu bytes, %.2f s of a processor\n", MILLION,
	    done.bytes, cpu_s() - begun);
	assert_int_equal(crl_file_read(path).number, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(EST_350_a_list_of_any_length_is_one_file_that_verifies),
		TEST(F_73_a_list_with_a_higher_number_is_not_replaced),
		TEST(F_84_without_its_folder_the_reason_names_the_file),
		TEST(F_84_what_was_begun_and_not_finished_is_removed),
		TEST(what_lies_there_and_is_no_list_is_replaced),
		TEST(EST_350_a_million_entries),
	};

	return cmocka_run_group_tests(tests, made_begin_group, made_end_group);
}
