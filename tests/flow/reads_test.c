/* FAKES: accounts attempts calls client_certificate clock gate ipc issuer
 * log loop pool proofs */
/*
 * /cacerts and /csrattrs: from memory, for everybody.
 */
#include "tests/lib/flow_world.h"

#include <stdio.h>

static const struct {
	const char *path, *logged;
} reads[] = {
	{ "/.well-known/est/cacerts", "operation=cacerts" },
	{ "/.well-known/est/csrattrs", "operation=csrattrs" },
};

/* Nothing is asked: so no store that is down can hold them up (F-24). */
static void
EST_109_EST_110_EST_136_nothing_is_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(reads); i++) {
		world_send(&(struct world_request){
		    .path = reads[i].path, .get = true });
		world_expect(200, NULL, "");
		assert_string_equal(fake_gate.body, "MAA=");
		assert_null(fake_gate_field("Cache-Control"));
		assert_true(world_logged(reads[i].logged));
		assert_true(world_logged("profile=person"));
	}
}

static void
EST_131_EST_250_types(void **state)
{
	(void)state;
	world_send(&(struct world_request){
	    .path = "/.well-known/est/cacerts", .get = true });
	assert_string_equal(
	    fake_gate_field("Content-Type"), "application/pkcs7-mime");
	world_send(&(struct world_request){
	    .path = "/.well-known/est/csrattrs", .get = true });
	assert_string_equal(
	    fake_gate_field("Content-Type"), "application/csrattrs");
}

/* Wrong credentials are nobody's business here, and count for nothing. */
static void
EST_109_credentials_are_not_looked_at(void **state)
{
	(void)state;
	world_send(&(struct world_request){ .path = "/.well-known/est/cacerts",
	    .get = true,
	    .basic = WORLD_USER ":wrong-Pw1",
	    .second = "Basic x" });
	world_expect(200, NULL, "");
}

static void
EST_067_HEAD_has_no_body(void **state)
{
	(void)state;
	world_send(&(struct world_request){
	    .path = "/.well-known/est/device/csrattrs", .head = true });
	world_expect(200, "", "");
	assert_string_equal(fake_gate_field("Content-Length"), "4");
	assert_true(world_logged("profile=device"));
}

/* EST-047: their answers may be kept; HEAD is GET without its body. */
static void
EST_067_EST_085_a_whole_answer(void **state)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n"
				   "Date: Fri, 20 Nov 2026 09:00:00 GMT\r\n"
				   "Content-Type: application/pkcs7-mime\r\n"
				   "Content-Transfer-Encoding: base64\r\n"
				   "Content-Length: 4\r\n"
				   "\r\n";
	struct world_request r = { .path = "/.well-known/est/cacerts" };
	char whole[sizeof(head) + 4];

	(void)state;
	r.get = true;
	world_send(&r);
	snprintf(whole, sizeof(whole), "%sMAA=", head);
	assert_string_equal(fake_gate.bytes, whole);
	r.get = false;
	r.head = true;
	world_send(&r);
	assert_string_equal(fake_gate.bytes, head);
}

static void
EST_066_the_method_is_judged_after_the_path(void **state)
{
	static const struct {
		const char *path, *allow;
		const char *method;
	} rows[] = {
		{ "/cacerts", "GET, HEAD", "POST" },
		{ "/csrattrs", "GET, HEAD", "PUT" },
		{ "/cacerts", "GET, HEAD", "OPTIONS" },
		{ "/cacerts", "GET, HEAD", "TRACE" },
		{ "/simpleenroll", "POST", "GET" },
		{ "/simpleenroll", "POST", "HEAD" },
		{ "/device/simplereenroll", "POST", "PUT" },
	};
	struct world_request r = { .basic = WORLD_BASIC_CODE };
	char path[64];

	(void)state;
	r.path = path;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(
		    path, sizeof(path), "/.well-known/est%s", rows[i].path);
		r.method = rows[i].method;
		world_send(&r);
		world_expect(405, NULL, "");
		assert_string_equal(fake_gate_field("Allow"), rows[i].allow);
	}
	r.path = "/nothing";
	world_send(&r);
	world_expect(404, NULL, "");
}

/* EST-213: and so it is where there are no attributes to tell of. */
static void
EST_213_csrattrs_says_no_without_a_word(void **state)
{
	struct world_request r = { .get = true };

	(void)state;
	r.path = "/.well-known/est/csrattrs/x";
	world_send(&r);
	world_expect(404, "", "");
	r.path = "/.well-known/est/x";
	world_send(&r);
	world_expect(404,
	    "There is no such operation. Offered are cacerts, csrattrs, "
	    "simpleenroll and simplereenroll.",
	    "");
}

static void
EST_066_EST_213_what_they_are_not(void **state)
{
	(void)state;
	world_send(
	    &(struct world_request){ .path = "/.well-known/est/cacerts" });
	world_expect(405, NULL, "");
	assert_string_equal(fake_gate_field("Allow"), "GET, HEAD");
	world_send(&(struct world_request){
	    .path = "/.well-known/est/other/csrattrs", .get = true });
	world_expect(404, "", "");
	assert_false(world_logged("profile="));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_begin, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(EST_109_EST_110_EST_136_nothing_is_asked),
		TEST(EST_131_EST_250_types),
		TEST(EST_109_credentials_are_not_looked_at),
		TEST(EST_067_HEAD_has_no_body),
		TEST(EST_067_EST_085_a_whole_answer),
		TEST(EST_066_the_method_is_judged_after_the_path),
		TEST(EST_213_csrattrs_says_no_without_a_word),
		TEST(EST_066_EST_213_what_they_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
