#include "mailer/template.h"

#include "base/clock.h"

#include "tests/lib/test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHIPPED "mailer/templates"

static char folder[64];
static char told[8192];
static unsigned faults;

static void
hear(void *arg, const char *line)
{
	size_t used = strlen(told);

	(void)arg;
	assert_true(used + strlen(line) + 2 < sizeof(told));
	snprintf(told + used, sizeof(told) - used, "%s\n", line);
	faults++;
}

static void
write_bytes(const char *name, const char *bytes, size_t len)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void
copy_text(const char *name)
{
	char path[256], bytes[16384];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", SHIPPED, name);
	f = fopen(path, "r");
	assert_non_null(f);
	len = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	write_bytes(name, bytes, len);
}

/* A folder with the shipped texts, to spoil one of them. */
static int
copy_shipped(void **state)
{
	static const char *const parts[] = { "ja", "ja/device", "en",
		"en/device" };
	char name[256];

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/koshin-texts-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	for (size_t i = 0; i < COUNT(parts); i++) {
		snprintf(name, sizeof(name), "%s/%s", folder, parts[i]);
		assert_int_equal(mkdir(name, 0700), 0);
		for (size_t k = 0; k < kinds_count; k++) {
			snprintf(name, sizeof(name), "%s/%s.txt", parts[i],
			    kinds[k].name);
			copy_text(name);
		}
	}
	told[0] = '\0';
	faults = 0;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	(void)f;
	return remove(path);
}

static int
remove_folder(void **state)
{
	(void)state;
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int
zone(void **state)
{
	(void)state;
	return clock_zone("Asia/Tokyo") ? 0 : -1;
}

/* The one text `name` is refused with exactly this reason. */
static void
refused_bytes(
    const char *name, const char *text, size_t len, const char *reason)
{
	char wanted[512];

	told[0] = '\0';
	faults = 0;
	write_bytes(name, text, len);
	assert_null(template_load(folder, hear, NULL));
	snprintf(wanted, sizeof(wanted), "%s/%s:%s", folder, name, reason);
	if (strncmp(told, wanted, strlen(wanted)) != 0 || faults != 1)
		fail_msg("told: %s\nnot: %s", told, wanted);
}

static void
refused(const char *name, const char *text, const char *reason)
{
	refused_bytes(name, text, strlen(text), reason);
}

#define LOCKED "en/locked.txt"
#define CODE "ja/code.txt"

static void
X_11_unknown_word(void **state)
{
	(void)state;
	refused(LOCKED, "Subject: x\n\nok\n{{nobody}}\n",
	    "4: unknown word {{nobody}}; there are: service made_at user_id "
	    "name contract contact url failures addresses until\n");
	refused(LOCKED, "Subject: {{serial}}\n\nok\n",
	    "1: unknown word {{serial}}");
	refused(
	    LOCKED, "Subject: x\n\n{{ name }}\n", "3: unknown word {{ name }}");
	refused(LOCKED, "Subject: x\n\n{{}}\n", "3: unknown word {{}}");
	refused(LOCKED, "Subject: x\n\n{{code}}\n", "3: unknown word {{code}}");
}

static void
X_11_braces_that_do_not_match(void **state)
{
	(void)state;
	refused(LOCKED, "Subject: x\n\na {{name b\n",
	    "3: has {{ without }} behind it");
	refused(LOCKED, "Subject: x\n\na {{\nname\n",
	    "3: has {{ without }} behind it\n");
}

static void
X_11_braces_closed_without_being_opened(void **state)
{
	(void)state;
	refused(
	    LOCKED, "Subject: x\n\nname}}\n", "3: has }} without {{ before");
	refused(LOCKED, "Subject: x\n\n{{name}} b }}\n",
	    "3: has }} without {{ before it");
	refused(LOCKED, "Subject: x\n\n}} {{name}}\n",
	    "3: has }} without {{ before it");
}

static void
X_11_header_lines_inside(void **state)
{
	(void)state;
	refused(LOCKED, "Subject: x\nFrom: me@example.jp\n\nok\n",
	    "2: must be empty");
	refused(LOCKED, "Subject: x\n\nbcc: you@example.jp\nok\n",
	    "3: a header line (Bcc) has no place in the text");
	refused(LOCKED, "Subject: x\n\nok\nSubject: y\n",
	    "4: a header line (Subject) has no place in the text");
}

static void
X_11_no_subject(void **state)
{
	(void)state;
	refused(LOCKED, "Hello\n\nok\n", "1: must begin with `Subject: `");
	refused(LOCKED, "subject: x\n\nok\n", "1: must begin with");
	refused(LOCKED, "Subject:  \n\nok\n", "1: the subject is empty");
}

static void
X_11_no_text(void **state)
{
	(void)state;
	refused(LOCKED, "", "1: there is no text below the subject");
	refused(LOCKED, "Subject: x", "1: there is no text below the subject");
	refused(LOCKED, "Subject: x\n\n\n\n",
	    "4: there is no text below the subject");
}

static void
X_11_not_utf_8(void **state)
{
	(void)state;
	refused(LOCKED, "Subject: x\n\nok\n\x8f\x98\n", "4: is not UTF-8\n");
	refused(LOCKED, "Subject: \xed\xa0\x80\n\nok\n", "1: is not UTF-8\n");
	refused_bytes(LOCKED, "Subject: x\n\na\0b\n", 16,
	    "1: is not UTF-8 (it has a NUL)\n");
}

static void
X_11_characters_that_deceive(void **state)
{
	(void)state;
	refused(LOCKED, "Subject: x\n\na\x1b[31m\n",
	    "3: has U+001B, a control character");
	refused(LOCKED, "Subject: a\tb\n\nok\n",
	    "1: has U+0009, a control character");
	refused(LOCKED, "Subject: x\n\na\xe2\x80\xae\n", "3: has U+202E");
}

static void
X_11_a_file_that_is_too_long(void **state)
{
	static char text[20000];

	(void)state;
	memset(text, 'a', sizeof(text));
	refused_bytes(
	    LOCKED, text, sizeof(text), "1: is longer than 16383 bytes");
}

static void
X_11_missing_text_and_missing_language(void **state)
{
	char path[256], moved[256];

	(void)state;
	snprintf(path, sizeof(path), "%s/ja/issued.txt", folder);
	assert_int_equal(unlink(path), 0);
	assert_null(template_load(folder, hear, NULL));
	assert_int_equal(faults, 1);
	assert_non_null(
	    strstr(told, "ja/issued.txt:1: No such file or directory\n"));

	snprintf(path, sizeof(path), "%s/en", folder);
	snprintf(moved, sizeof(moved), "%s/fr", folder);
	assert_int_equal(rename(path, moved), 0);
	told[0] = '\0';
	faults = 0;
	assert_null(template_load(folder, hear, NULL));
	assert_int_equal(faults, 1 + 2 * kinds_count);
}

static void
X_11_a_folder_is_no_text(void **state)
{
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "%s/en/locked.txt", folder);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_null(template_load(folder, hear, NULL));
	assert_int_equal(faults, 1);
}

static void
code_stands_alone_in_its_line(void **state)
{
	(void)state;
	refused(CODE, "Subject: x\n\nno code\n",
	    "3: must have one line that is {{code}} alone, and has 0\n");
	refused(CODE, "Subject: x\n\n{{code}}\n{{code}}\n",
	    "4: must have one line that is {{code}} alone, and has 2\n");
	refused(CODE, "Subject: x\n\n{{code}}\nIt is {{code}}.\n",
	    "4: {{code}} must stand alone in its line\n");
	refused(CODE, "Subject: {{code}}\n\n{{code}}\n",
	    "1: {{code}} must stand alone in its line\n");
}

static void
X_11_a_subject_has_no_word_that_may_lack_a_value(void **state)
{
	(void)state;
	refused(LOCKED, "Subject: {{contact}}\n\nok\n",
	    "1: {{contact}} may have no value, and has no place in the "
	    "subject\n");
}

static void
T3_code_mail_has_no_link_and_no_name(void **state)
{
	(void)state;
	refused(CODE, "Subject: x\n\n{{code}}\n{{url}}\n",
	    "4: unknown word {{url}}");
	refused(CODE, "Subject: x\n\n{{code}}\nhttps://ca.example/\n",
	    "4: a mail with a code must have no link\n");
	refused(CODE, "Subject: x\n\n{{code}}\n{{name}}\n",
	    "4: unknown word {{name}}");
}

/* -------------------------------------------------------------- filling */

struct given {
	const struct mail_kind *kind;
	enum template_holder holder;
	const char *without; /* this word has no value */
	const char *name;
};

static const char *
value(void *arg, const char *word)
{
	const struct given *g = arg;
	const struct mail_kinds_word *w =
	    mail_kinds_word(g->kind, word, strlen(word));

	if (w == NULL) {
		fail_msg("%s asks for %s", g->kind->name, word);
		return NULL;
	}
	if (g->without != NULL && strcmp(g->without, word) == 0)
		return NULL;
	if (strcmp(word, "name") == 0 && g->name != NULL)
		return g->name;
	if (strcmp(word, MAIL_KINDS_CODE) == 0)
		return "012345";
	return w->form == MAIL_KINDS_TEXT ? word : "1795165200";
}

static struct buf subject, body;

static bool
fill(const struct template_set *set, const char *locale, struct given *g,
    const char **missing)
{
	buf_free(&subject);
	buf_free(&body);
	buf_init(&subject, 1024);
	buf_init(&body, 65536);
	return template_fill(template_find(set, g->kind, locale, g->holder),
	    value, g, &subject, &body, missing);
}

static void
R_MAIL_3_every_text_in_every_language(void **state)
{
	static const char *const locales[] = { "ja", "en" };
	struct template_set *set = template_load(SHIPPED, hear, NULL);
	const char *missing;

	(void)state;
	assert_string_equal(told, "");
	assert_non_null(set);
	for (size_t l = 0; l < 2 * COUNT(locales); l++) {
		for (size_t k = 0; k < kinds_count; k++) {
			struct given g = { .kind = &kinds[k],
				.holder = (enum template_holder)(l / 2) };
			const char *locale = locales[l % 2];

			assert_true(fill(set, locale, &g, &missing));
			assert_null(strstr(body.at, "{{"));
			assert_null(strstr(subject.at, "{{"));
			assert_non_null(strstr(subject.at, "service"));
			assert_int_equal(kinds[k].has_code,
			    strstr(body.at, "\n012345\n") != NULL);
			assert_null(strstr(subject.at, "012345"));
			assert_null(strstr(body.at, "://"));
		}
	}
	template_free(set);
}

static void
R_MAIL_3_times_are_those_of_the_service(void **state)
{
	struct given g = { .kind = mail_kinds_find("locked") };
	struct template_set *set = template_load(SHIPPED, hear, NULL);
	const char *missing;

	(void)state;
	assert_true(fill(set, "ja", &g, &missing));
	assert_non_null(strstr(body.at, "2026年11月20日 18:00\n"));
	assert_true(fill(set, "en", &g, &missing));
	assert_non_null(strstr(body.at, "20 November 2026, 18:00 JST\n"));
	template_free(set);
}

/* Who reads Japanese is at home in JST, and in no other zone. */
static void
R_MAIL_3_a_zone_that_is_not_the_readers_is_named(void **state)
{
	static const struct {
		const char *zone, *ja, *en;
	} cases[] = {
		{ "Europe/Berlin", "：2026年11月20日 10:00（CET）\n",
		    "20 November 2026, 10:00 CET\n" },
		{ "Asia/Dubai", "：2026年11月20日 13:00（UTC+04）\n",
		    "20 November 2026, 13:00 UTC+04\n" },
	};
	struct given g = { .kind = mail_kinds_find("locked") };
	struct template_set *set = template_load(SHIPPED, hear, NULL);
	const char *missing;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(clock_zone(cases[i].zone));
		assert_true(fill(set, "ja", &g, &missing));
		assert_non_null(strstr(body.at, cases[i].ja));
		assert_true(fill(set, "en", &g, &missing));
		assert_non_null(strstr(body.at, cases[i].en));
	}
	assert_true(clock_zone("Asia/Tokyo"));
	template_free(set);
}

/* A day is whole: nobody is told of 00:00 or 23:59. */
static void
R_MAIL_3_days_have_no_time(void **state)
{
	struct given g = { .kind = mail_kinds_find("issued") };
	struct template_set *set = template_load(SHIPPED, hear, NULL);
	const char *missing;

	(void)state;
	assert_true(fill(set, "ja", &g, &missing));
	assert_non_null(strstr(body.at, "：2026年11月20日\n"));
	assert_null(strstr(body.at, "18:00"));
	assert_true(fill(set, "en", &g, &missing));
	assert_non_null(strstr(body.at, " 20 November 2026 (JST)\n"));
	assert_null(strstr(body.at, "18:00"));
	template_free(set);
}

/* A line whose word has no value goes, and the others stay. */
static void
a_line_without_its_value_goes(void **state)
{
	static const char text[] = "Subject: x\n\nask us\nat {{contact}} "
				   "({{name}})\n{{name}}, and {{url}}\nend\n";
	struct given g = { .kind = mail_kinds_find("locked"),
		.without = "contact" };
	struct template_set *set;
	const char *missing;

	(void)state;
	write_bytes(LOCKED, text, strlen(text));
	set = template_load(folder, hear, NULL);
	assert_non_null(set);
	assert_true(fill(set, "en", &g, &missing));
	assert_string_equal(body.at, "ask us\nname, and url\nend\n");
	g.without = "name";
	assert_false(fill(set, "en", &g, &missing));
	assert_string_equal(missing, "name");
	template_free(set);
}

static void
other_locales_are_told_in_english(void **state)
{
	static const struct {
		const char *locale, *in;
	} cases[] = { { "ja-JP", "様" }, { "en-GB", "Dear" }, { "fr", "Dear" },
		{ "jav", "Dear" } };
	struct given g = { .kind = mail_kinds_find("unlocked") };
	struct template_set *set = template_load(SHIPPED, hear, NULL);
	const char *missing;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(fill(set, cases[i].locale, &g, &missing));
		assert_non_null(strstr(body.at, cases[i].in));
	}
	template_free(set);
}

static void
missing_value_is_named(void **state)
{
	struct given g = { .kind = mail_kinds_find("issued"),
		.without = "not_after" };
	struct template_set *set = template_load(SHIPPED, hear, NULL);
	const char *missing = NULL;

	(void)state;
	assert_false(fill(set, "en", &g, &missing));
	assert_string_equal(missing, "not_after");
	template_free(set);
}

static void
values_stay_in_their_line(void **state)
{
	struct given g = { .kind = mail_kinds_find("unlocked"),
		.name = "a\r\n\r\n{{user_id}}\xe2\x80\xae\xff" };
	struct template_set *set = template_load(SHIPPED, hear, NULL);
	const char *missing;

	(void)state;
	assert_true(fill(set, "en", &g, &missing));
	assert_non_null(strstr(body.at,
	    "Dear a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
	    "{{user_id}}\xef\xbf\xbd\xef\xbf\xbd (user ID"));
	template_free(set);
}

/* Whatever a file says, with CR LF it says the same. */
static void
line_ends_of_other_systems_are_fine(void **state)
{
	static const char text[] = "Subject: x\r\n\r\nHello {{name}}\r\n";
	struct given g = { .kind = mail_kinds_find("locked") };
	struct template_set *set;
	const char *missing;

	(void)state;
	write_bytes(LOCKED, text, strlen(text));
	set = template_load(folder, hear, NULL);
	assert_non_null(set);
	assert_true(fill(set, "en", &g, &missing));
	assert_string_equal(subject.at, "x");
	assert_string_equal(body.at, "Hello name\n");
	template_free(set);
}

#define SPOILED(test)                                                          \
	cmocka_unit_test_setup_teardown(test, copy_shipped, remove_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SPOILED(X_11_unknown_word),
		SPOILED(X_11_braces_that_do_not_match),
		SPOILED(X_11_braces_closed_without_being_opened),
		SPOILED(X_11_header_lines_inside),
		SPOILED(X_11_no_subject),
		SPOILED(X_11_no_text),
		SPOILED(X_11_not_utf_8),
		SPOILED(X_11_characters_that_deceive),
		SPOILED(X_11_a_file_that_is_too_long),
		SPOILED(X_11_missing_text_and_missing_language),
		SPOILED(X_11_a_folder_is_no_text),
		SPOILED(code_stands_alone_in_its_line),
		SPOILED(X_11_a_subject_has_no_word_that_may_lack_a_value),
		SPOILED(T3_code_mail_has_no_link_and_no_name),
		SPOILED(line_ends_of_other_systems_are_fine),
		SPOILED(a_line_without_its_value_goes),
		cmocka_unit_test(R_MAIL_3_every_text_in_every_language),
		cmocka_unit_test(R_MAIL_3_times_are_those_of_the_service),
		cmocka_unit_test(
		    R_MAIL_3_a_zone_that_is_not_the_readers_is_named),
		cmocka_unit_test(R_MAIL_3_days_have_no_time),
		cmocka_unit_test(other_locales_are_told_in_english),
		cmocka_unit_test(missing_value_is_named),
		cmocka_unit_test(values_stay_in_their_line),
	};
	int failed = cmocka_run_group_tests(tests, zone, NULL);

	buf_free(&subject);
	buf_free(&body);
	return failed;
}
