/*
 * tests/vectors/config: each .yaml has a .told beside it with what must be
 * said about it, a line for a fault; good ones have an empty one.
 */
#include "config/config.h"

#include "tests/lib/test.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "config/config_show.h"
#include "config/config_similar.h"

#define VECTORS "tests/vectors/config"

struct told {
	const char *path; /* of the file; cut off the lines */
	char text[16384];
	unsigned lines;
};

static void
on_told(void *arg, const char *line)
{
	struct told *t = arg;
	size_t used = strlen(t->text);

	assert_memory_equal(line, t->path, strlen(t->path));
	snprintf(t->text + used, sizeof(t->text) - used, "%s\n",
	    line + strlen(t->path));
	t->lines++;
}

/* ---------------------------------------------------------- the vectors */

static void
read_text(const char *path, char *out, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t len;

	if (file == NULL)
		fail_msg("%s: %s", path, strerror(errno));
	len = fread(out, 1, size - 1, file);
	out[len] = '\0';
	fclose(file);
}

static void
try_vector(const char *name)
{
	char path[512], expected[16384];
	struct told told = { .path = path };
	struct config *c;

	snprintf(path, sizeof(path), VECTORS "/%.*s.told",
	    (int)(strlen(name) - 5), name);
	read_text(path, expected, sizeof(expected));
	snprintf(path, sizeof(path), VECTORS "/%s", name);
	c = config_read(path, on_told, &told);
	if (strcmp(told.text, expected) != 0)
		print_message("%s\n", path);
	assert_string_equal(told.text, expected);
	assert_true((c != NULL) == (expected[0] == '\0'));
	config_free(c);
}

static void
X_08_X_10_EST_064_each_fault_is_told_with_its_line(void **state)
{
	DIR *dir = opendir(VECTORS);
	struct dirent *entry;
	unsigned tried = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		size_t len = strlen(entry->d_name);

		if (len > 5 && strcmp(entry->d_name + len - 5, ".yaml") == 0) {
			try_vector(entry->d_name);
			tried++;
		}
	}
	closedir(dir);
	assert_true(tried >= 28);
}

/* ------------------------------------------------------- a folder of ours */

struct place {
	char folder[64];
};

static int
make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	snprintf(p->folder, sizeof(p->folder), "/tmp/config-test-XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	*state = p;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static int
remove_place(void **state)
{
	struct place *p = *state;

	nftw(p->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(p);
	return 0;
}

static const char *
in(const struct place *p, const char *name)
{
	static char path[4][256];
	static unsigned turn;
	char *out = path[turn++ % 4];

	snprintf(out, sizeof(path[0]), "%s/%s", p->folder, name);
	return out;
}

static void
put(const struct place *p, const char *name, const char *text, mode_t mode)
{
	FILE *file = fopen(in(p, name), "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(in(p, name), mode), 0);
}

static const char good[] = "service: {name: Example Bank}\n"
			   "code_key: a.key\n"
			   "tls: {certificate: server.pem, key: server.key}\n"
			   "ca: {certificate: ca.pem, key: ca.key}\n"
			   "redis: {socket: redis.sock}\n"
			   "mail:\n"
			   "  relay: smtp://127.0.0.1:25\n"
			   "  from: ca@example.jp\n"
			   "  templates: texts\n"
			   "audit_key: b.key\n"
			   "auth: {pepper: c.key}\n";

static void
put_good(const struct place *p)
{
	struct fault why;

	put(p, "koshin.yaml", good, 0644);
	put(p, "server.pem", "x", 0644);
	put(p, "server.key", "x", 0600);
	put(p, "ca.pem", "x", 0644);
	put(p, "ca.key", "x", 0400);
	assert_true(secret_make_key(in(p, "a.key"), &why));
	assert_true(secret_make_key(in(p, "b.key"), &why));
	assert_true(secret_make_key(in(p, "c.key"), &why));
	mkdir(in(p, "texts"), 0755);
	mkdir(in(p, "texts/ja"), 0755);
	mkdir(in(p, "texts/en"), 0755);
}

/* With its files. */
static struct config *
load(const struct place *p, struct told *told)
{
	struct config *c;

	*told = (struct told){ .path = in(p, "koshin.yaml") };
	c = config_read(told->path, on_told, told);
	if (c == NULL || config_try_files(c, on_told, told))
		return c;
	config_free(c);
	return NULL;
}

static void
expect_fault(const struct place *p, const char *words)
{
	struct told told;
	struct config *c = load(p, &told);

	assert_null(c);
	if (strstr(told.text, words) == NULL)
		fail_msg("`%s` is not in `%s`", words, told.text);
	assert_int_equal(told.lines, 1);
}

static void
R_LOCK_1_R_LOCK_3_R_AUTH_2_R_AUTH_5_defaults_are_the_rules(void **state)
{
	const struct place *p = *state;
	struct told told;
	struct config *c;

	put_good(p);
	c = load(p, &told);
	assert_string_equal(told.text, "");
	assert_non_null(c);
	assert_string_equal(c->service.zone, "Asia/Tokyo");
	assert_string_equal(c->mail.domain, "example.jp");
	assert_string_equal(c->ca.key, in(p, "ca.key"));
	assert_null(c->ca.chain);
	assert_int_equal(c->policy.input.password_min, 8);
	assert_int_equal(c->policy.input.password_max, 12);
	assert_int_equal(c->policy.lock.failures, 6);
	assert_int_equal(c->policy.lock.lock_s, 3600);
	assert_int_equal(c->policy.lock.locks, 3);
	assert_int_equal(c->policy.code.life_s, 1800);
	assert_int_equal(c->policy.code.resend_after_s, 300);
	assert_int_equal(c->policy.code.spacing_s, 60);
	assert_int_equal(c->policy.code.per_hour, 5);
	assert_int_equal(c->policy.argon2_memory_kib, 19456);
	assert_int_equal(c->mail.give_up_h, 120);
	assert_int_equal(c->mail.keep_days, 90);
	config_free(c);
}

static void
EST_042_EST_043_EST_084_I_13_limits_have_their_defaults(void **state)
{
	const struct place *p = *state;
	struct told told;
	struct config *c;

	put_good(p);
	c = load(p, &told);
	assert_non_null(c);
	assert_int_equal(c->est.body_max, 65536);
	assert_int_equal(c->est.head_s, 10);
	assert_int_equal(c->est.body_s, 30);
	assert_int_equal(c->est.lines, CONFIG_LINES_AUTO);
	assert_true(c->est.pem_bodies);
	assert_false(c->est.path_alias);
	assert_int_equal(c->ca.signatures_per_minute, 6000);
	config_free(c);
}

static void
R_CERT_7_a_profile_starts_from_its_holder_and_the_service(void **state)
{
	struct told told = { .path = VECTORS "/good-whole.yaml" };
	struct config *c = config_read(told.path, on_told, &told);
	const struct profile *p;

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->profiles_count, 2);
	assert_ptr_equal(config_profile(c, NULL, 0), &c->profiles[0]);
	assert_ptr_equal(config_profile(c, "", 0), &c->profiles[0]);
	assert_null(config_profile(c, "route", 5));
	assert_null(config_profile(c, "routers", 7));
	p = config_profile(c, "router", 6);
	assert_ptr_equal(p, &c->profiles[1]);
	assert_string_equal(p->common_name, "{user_id}");
	assert_string_equal(p->subject[0].value, "株式会社 例");
	assert_int_equal(p->renewal, PROFILE_RENEWAL_CERTIFICATE);
	p = &c->profiles[0];
	assert_int_equal(p->validity_days, 30);
	assert_int_equal(p->subject_count, 3);
	assert_int_equal(
	    p->subject[2].attribute, PROFILE_ATTRIBUTE_SERIAL_NUMBER);
	assert_int_equal(p->keys.kinds, KEYS_P256 | KEYS_P384);
	assert_int_equal(c->policy.argon2_memory_kib, 65536);
	assert_int_equal(c->est.request_s, 60);
	config_free(c);
}

static void
X_08_files_that_are_missing_or_open_to_others_are_told(void **state)
{
	const struct place *p = *state;

	put_good(p);
	assert_int_equal(chmod(in(p, "ca.key"), 0644), 0);
	expect_fault(p, ":4: ca.key: ");
	assert_int_equal(chmod(in(p, "ca.key"), 0600), 0);
	put(p, "server.key", "", 0600);
	expect_fault(p, ":3: tls.key: ");
	put(p, "server.key", "x", 0600);
	assert_int_equal(unlink(in(p, "ca.pem")), 0);
	expect_fault(p, ":4: ca.certificate: ");
	assert_int_equal(mkdir(in(p, "ca.pem"), 0755), 0);
	expect_fault(p, "is not a file");
	assert_int_equal(rmdir(in(p, "ca.pem")), 0);
	put(p, "ca.pem", "x", 0644);
	put(p, "a.key", "too short\n", 0600);
	expect_fault(p, ":2: code_key: ");
}

static void
X_11_a_missing_language_is_told(void **state)
{
	const struct place *p = *state;

	put_good(p);
	assert_int_equal(rmdir(in(p, "texts/en")), 0);
	expect_fault(p, ":9: mail.templates: ");
}

static void
X_08_what_is_no_small_file_is_refused(void **state)
{
	const struct place *p = *state;
	FILE *file;

	expect_fault(p, "cannot be opened: No such file");
	assert_int_equal(mkdir(in(p, "koshin.yaml"), 0755), 0);
	expect_fault(p, "is not a file");
	assert_int_equal(rmdir(in(p, "koshin.yaml")), 0);
	assert_int_equal(symlink("/dev/zero", in(p, "koshin.yaml")), 0);
	expect_fault(p, "is not a file");
	assert_int_equal(unlink(in(p, "koshin.yaml")), 0);
	file = fopen(in(p, "koshin.yaml"), "w");
	fprintf(file, "service: %0100000d\n", 1);
	fclose(file);
	expect_fault(p, ":1: is a line of 100009 bytes");
	file = fopen(in(p, "koshin.yaml"), "w");
	fprintf(file, "service: %01000000d\n", 1);
	fclose(file);
	expect_fault(p, "is too large; at most 256 KiB");
}

/* Otherwise the operator of another user could list nobody. */
static void
config_read_does_not_look_at_the_files(void **state)
{
	const struct place *p = *state;
	struct told told = { .path = in(p, "koshin.yaml") };
	struct config *c;

	put(p, "koshin.yaml", good, 0644);
	c = config_read(told.path, on_told, &told);
	assert_non_null(c);
	config_free(c);
}

static void
what_is_shown_says_the_same_when_it_is_loaded(void **state)
{
	const struct place *p = *state;
	struct told told = { .path = VECTORS "/good-whole.yaml" };
	struct config *c = config_read(told.path, on_told, &told);
	char first[16384], second[16384];

	assert_non_null(c);
	for (unsigned i = 0; i < 2; i++) {
		FILE *out = fopen(in(p, "koshin.yaml"), "w");

		config_show(c, out);
		fclose(out);
		config_free(c);
		read_text(in(p, "koshin.yaml"), i == 0 ? first : second,
		    sizeof(first));
		told.path = in(p, "koshin.yaml");
		c = config_read(told.path, on_told, &told);
		assert_string_equal(told.text, "");
		assert_non_null(c);
	}
	assert_string_equal(first, second);
	config_free(c);
}

/* The default that the example shows is the default that is in force. */
static void
the_example_means_the_defaults_also_uncommented(void **state)
{
	const struct place *p = *state;
	static const struct config_said said[] = { { "service.name", "Bank" },
		{ "code_key", "a.key" }, { "audit_key", "a.key" },
		{ "auth.pepper", "a.key" }, { "tls.certificate", "server.pem" },
		{ "tls.key", "server.key" }, { "ca.certificate", "ca.pem" },
		{ "ca.key", "ca.key" }, { "redis.socket", "redis.sock" },
		{ "mail.relay", "smtp://127.0.0.1:25" },
		{ "mail.from", "ca@example.jp" }, { "mail.templates", "texts" },
		{ NULL, NULL } };
	struct told told = { .path = in(p, "koshin.yaml") };
	FILE *out = fopen(told.path, "w");
	struct config *c;

	config_example(said, out);
	fclose(out);
	c = config_read(told.path, on_told, &told);
	assert_string_equal(told.text, "");
	assert_non_null(c);
	assert_int_equal(c->policy.lock.lock_s, 3600);
	assert_int_equal(c->profiles_count, 2);
	config_free(c);
}

static void
a_slip_of_the_pen_is_recognized(void **state)
{
	(void)state;
	assert_string_equal(config_similar(config_settings,
				config_settings_count, "est", "thread"),
	    "threads");
	assert_string_equal(config_similar(config_settings,
				config_settings_count, "", "profile"),
	    "profiles");
	assert_null(config_similar(
	    config_settings, config_settings_count, "est", "zone"));
}

#define WITH_PLACE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    X_08_X_10_EST_064_each_fault_is_told_with_its_line),
		WITH_PLACE(
		    R_LOCK_1_R_LOCK_3_R_AUTH_2_R_AUTH_5_defaults_are_the_rules),
		WITH_PLACE(
		    EST_042_EST_043_EST_084_I_13_limits_have_their_defaults),
		cmocka_unit_test(
		    R_CERT_7_a_profile_starts_from_its_holder_and_the_service),
		WITH_PLACE(
		    X_08_files_that_are_missing_or_open_to_others_are_told),
		WITH_PLACE(X_11_a_missing_language_is_told),
		WITH_PLACE(X_08_what_is_no_small_file_is_refused),
		WITH_PLACE(config_read_does_not_look_at_the_files),
		WITH_PLACE(what_is_shown_says_the_same_when_it_is_loaded),
		WITH_PLACE(the_example_means_the_defaults_also_uncommented),
		cmocka_unit_test(a_slip_of_the_pen_is_recognized),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
