#include "est/route.h"

#include "policy/profile.h"

#include "tests/lib/test.h"

#include <stdbool.h>
#include <string.h>

static struct profile profiles[2];
static struct config config;

const struct profile *
config_profile(const struct config *c, const char *label, size_t len)
{
	unsigned i;

	if (label == NULL || len == 0)
		return &c->profiles[0];
	for (i = 0; i < c->profiles_count; i++)
		if (strlen(c->profiles[i].name) == len &&
		    memcmp(c->profiles[i].name, label, len) == 0)
			return &c->profiles[i];
	return NULL;
}

static int
set_up(void **state)
{
	(void)state;
	profiles[0] = profile_person();
	profiles[1] = profile_device();
	config = (struct config){ .profiles = profiles, .profiles_count = 2 };
	return 0;
}

#define W "/.well-known/est"

static bool
found(const char *path, struct route *route)
{
	return route_find(&config, path, route) == ROUTE_FOUND;
}

static void
EST_060_to_063_what_there_is(void **state)
{
	static const struct {
		const char *path;
		enum operation operation;
		int profile;
	} rows[] = {
		{ W "/cacerts", OPERATION_CACERTS, 0 },
		{ W "/csrattrs", OPERATION_CSRATTRS, 0 },
		{ W "/simpleenroll", OPERATION_SIMPLEENROLL, 0 },
		{ W "/simplereenroll", OPERATION_SIMPLEREENROLL, 0 },
		{ W "/person/cacerts", OPERATION_CACERTS, 0 },
		{ W "/device/simpleenroll", OPERATION_SIMPLEENROLL, 1 },
		/* Decoded once per segment (EST-065). */
		{ W "/%64evice/%63acerts", OPERATION_CACERTS, 1 },
		{ "/%2Ewell-known/est/cacerts", OPERATION_CACERTS, 0 },
	};
	struct route route;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(found(rows[i].path, &route));
		assert_int_equal(route.operation, rows[i].operation);
		assert_ptr_equal(route.profile, &profiles[rows[i].profile]);
	}
}

static void
EST_065_H_09_H_10_what_there_is_not(void **state)
{
	static const char *const paths[] = { "", "/", "*", "cacerts",
		"/.well-known", W, W "/", W "/cacerts/", W "//cacerts",
		"//.well-known/est/cacerts", "/.well-known//est/cacerts",
		W "/./cacerts", W "/../est/cacerts", W "/%2e%2e/cacerts",
		W "/person/../cacerts", W "/cacerts%00", W "/%00/cacerts",
		W "/person%2fcacerts", W "/person%2Fcacerts", W "%2fcacerts",
		W "/cacerts%0a", W "/%0aperson/cacerts", W "/%2563acerts",
		W "/cacerts%", W "/cacerts%6", W "/cacerts%zz", W "/Cacerts",
		"/.Well-Known/est/cacerts", "/.well-known/EST/cacerts",
		W "/cacertsx", W "/cacert", W "/unknown/cacerts",
		W "/Person/cacerts", W "/person/device/cacerts",
		W "/person/person/cacerts", W "/cacerts/cacerts",
		W "/cacerts/person", W "/serverkeygen", W "/fullcmc", W "/crls",
		W "/person/serverkeygen", W "/cacerts;x", W "/cacerts?x",
		W "/cacerts#x", W "/ cacerts", W "/\xe3\x81\x82/cacerts",
		"/est/cacerts", "/cacerts", "/person" W "/cacerts",
		"/a/b/c/d/e/f/g/h/i/j/k" };
	struct route route;

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		if (found(paths[i], &route))
			fail_msg("%s", paths[i]);
	}
}

static void
EST_064_a_label_has_64_characters_at_most(void **state)
{
	char path[512] = W "/";
	struct route route;

	(void)state;
	for (size_t len = 63; len <= 300; len++) {
		size_t at = strlen(W) + 1;
		size_t room = sizeof(profiles[1].name) - 1;

		memset(path + at, 'a', len);
		memcpy(path + at + len, "/cacerts", sizeof("/cacerts"));
		memset(profiles[1].name, 0, sizeof(profiles[1].name));
		memset(profiles[1].name, 'a', len < room ? len : room);
		assert_int_equal(found(path, &route), len <= 64);
	}
}

static void
EST_068_the_label_in_front_is_a_setting(void **state)
{
	static const char *const never[] = { "/device/device" W "/cacerts",
		"/device" W "/device/cacerts", "/unknown" W "/cacerts",
		"/.." W "/cacerts", "/" W "/cacerts", "/device" W "/",
		"/.well-known" W "/cacerts" };
	struct route route;

	(void)state;
	assert_false(found("/device" W "/cacerts", &route));
	config.est.path_alias = true;
	assert_true(found("/device" W "/cacerts", &route));
	assert_ptr_equal(route.profile, &profiles[1]);
	assert_true(found(W "/device/cacerts", &route));
	for (size_t i = 0; i < COUNT(never); i++)
		assert_false(found(never[i], &route));
}

static void
C_31_up_to_where_there_is_something(void **state)
{
	static const struct {
		const char *path;
		enum route_end end;
	} rows[] = {
		{ "/", ROUTE_NO_PATH },
		{ "/est/cacerts", ROUTE_NO_PATH },
		{ W, ROUTE_NO_PATH },
		{ "/.well-known/cmp/cacerts", ROUTE_NO_PATH },
		{ W "/serverkeygen", ROUTE_NOT_OFFERED },
		{ W "/device/fullcmc", ROUTE_NOT_OFFERED },
		{ W "/unknown/crls", ROUTE_NOT_OFFERED },
		{ W "/", ROUTE_NO_OPERATION },
		{ W "/cacertsx", ROUTE_NO_OPERATION },
		{ W "/cacerts/", ROUTE_NO_OPERATION },
		{ W "/cacerts/person", ROUTE_NO_OPERATION },
		{ W "/person/device/cacerts", ROUTE_NO_OPERATION },
		{ W "/a/b/c/d/e/f", ROUTE_NO_OPERATION },
		{ W "/unknown/cacerts", ROUTE_NO_LABEL },
	};
	struct route route;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(
		    route_find(&config, rows[i].path, &route), rows[i].end);
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(EST_060_to_063_what_there_is),
		TEST(EST_065_H_09_H_10_what_there_is_not),
		TEST(EST_064_a_label_has_64_characters_at_most),
		TEST(EST_068_the_label_in_front_is_a_setting),
		TEST(C_31_up_to_where_there_is_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
