/*
 * What the tools of the field wrote (tests/vectors/producers, one file each,
 * as it came out of the tool) is taken, or refused for the reason that stands
 * beside it in `outcomes`. The running server is asked the same of what they
 * write today, by tests/server/interop.
 */
#include "pki/csr.h"

#include "tests/lib/test.h"
#include "tests/lib/vectors.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define FOLDER "tests/vectors/producers/"

/* What a person hears who sends this, NULL where there is a certificate. */
static const char *
answer(struct arena *a, const char *name)
{
	struct profile person = profile_person();
	char path[256], body[16384];
	const char *reason;
	struct csr *csr = NULL;
	struct der der;
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), FOLDER "%s.pem", name);
	f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("%s: cannot be read", path);
	len = fread(body, 1, sizeof(body), f);
	fclose(f);
	reason = csr_decode(a, body, len, true, &der);
	if (reason == NULL)
		reason = csr_read(a, &der, &csr);
	if (reason == NULL)
		reason = csr_prove(csr);
	if (reason == NULL)
		reason = csr_judge(csr, &person);
	if (reason == NULL && !csr_linked(csr, "", 0, false))
		reason = "Leave the challenge password empty.";
	if (reason != NULL && csr != NULL)
		reason = csr_advise(a, csr, &person, reason);
	return reason;
}

static void
check(const char *name, const char *expected)
{
	struct arena *a = arena_new();
	const char *reason = answer(a, name);

	if (strcmp(expected, "issued") == 0) {
		if (reason != NULL)
			fail_msg("%s: %s", name, reason);
	} else if (reason == NULL || strstr(reason, expected) == NULL) {
		fail_msg("%s: %s, not: %s", name,
		    reason == NULL ? "issued" : reason, expected);
	}
	arena_free(a);
}

static int
count_files(void)
{
	DIR *folder = opendir(FOLDER);
	struct dirent *entry;
	int count = 0;

	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL)
		count += strstr(entry->d_name, ".pem") != NULL;
	closedir(folder);
	return count;
}

static void
C_01_C_02_C_04_C_05_C_08_C_09_what_the_tools_wrote(void **state)
{
	char line[512], *tab;
	int count = 0;
	FILE *f = fopen(FOLDER "outcomes", "r");

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#')
			continue;
		tab = strchr(line, '\t');
		if (tab == NULL)
			fail_msg("outcomes: no tab in \"%s\"", line);
		*tab = '\0';
		check(line, tab + 1);
		count++;
	}
	fclose(f);
	assert_int_equal(count, count_files());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    C_01_C_02_C_04_C_05_C_08_C_09_what_the_tools_wrote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
