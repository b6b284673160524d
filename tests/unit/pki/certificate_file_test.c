/* Files that are to hold certificates. */
#include "pki/certificate_file.h"

#include "tests/lib/authority.h"
#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char *folder;

static int
begin(void **state)
{
	(void)state;
	folder = authority_folder();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	authority_remove(folder);
	return 0;
}

/* The end of the reason that is told, behind the name of the file. */
static void
expect_refused(const char *file, const char *reason)
{
	X509 *list[2];
	struct fault why;
	size_t count;

	assert_false(certificate_file_read(file, list, 2, &count, &why));
	for (size_t i = 0; i < count; i++)
		X509_free(list[i]);
	assert_int_equal(strncmp(why.text, file, strlen(file)), 0);
	assert_string_equal(why.text + strlen(file), reason);
}

static void
all_are_read_in_their_order(void **state)
{
	struct authority one = { .name = "one" }, two = { .name = "two" };
	X509 *list[2], *read[2];
	struct fault why;
	size_t count;
	char *file;

	(void)state;
	authority_make(&one);
	authority_make(&two);
	list[0] = one.certificate;
	list[1] = two.certificate;
	file = authority_write_certificates(folder, "two.pem", list, 2);
	assert_true(certificate_file_read(file, read, 2, &count, &why));
	assert_int_equal(count, 2);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(X509_cmp(read[i], list[i]), 0);
		X509_free(read[i]);
	}
	authority_free(&one);
	authority_free(&two);
	free(file);
}

/* The parent reads them while all others wait for it. */
static void
F_64_a_fifo_is_not_waited_for(void **state)
{
	char *file = authority_path(folder, "fifo");

	(void)state;
	assert_int_equal(mkfifo(file, 0600), 0);
	expect_refused(file, ": is not a file");
	free(file);
}

static void
F_64_what_is_no_such_file_is_named(void **state)
{
	char *none = authority_path(folder, "none");
	char *text = authority_write_text(folder, "text", "hello\n", 0644);
	char *cut = authority_write_text(
	    folder, "cut", "-----BEGIN CERTIFICATE-----\nMIIB\n", 0644);

	(void)state;
	expect_refused(none, ": No such file or directory");
	expect_refused(folder, ": is not a file");
	expect_refused("/dev/zero", ": is not a file");
	expect_refused(text, ": has no certificate");
	expect_refused(cut, ": is not a PEM file of certificates");
	free(none);
	free(text);
	free(cut);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(all_are_read_in_their_order),
		T(F_64_a_fifo_is_not_waited_for),
		T(F_64_what_is_no_such_file_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
