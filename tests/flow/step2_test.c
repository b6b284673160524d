/* FAKES: accounts attempts calls client_certificate clock gate ipc issuer
 * log loop pool proofs */
/*
 * The second step: the code, the request and its certificate
 * (est-conformance 4.2, 9 to 11).
 */
#include "tests/lib/flow_world.h"

#include "base/clock.h"

#include <string.h>

#define FAILED "Authentication failed."
#define LINKING "Linking of identity and proof of possession "
#define TYPED                                                                  \
	LINKING "failed (RFC 7030 3.5): the challengePassword is not the "     \
		"value of this TLS connection. Leave the challenge password "  \
		"empty."
#define ALSO_REQUIRED                                                          \
	LINKING "failed (RFC 7030 3.5): the challengePassword is not the "     \
		"value of this TLS connection, which the client has to put "   \
		"there."
#define REQUIRED                                                               \
	LINKING "is required (RFC 7030 3.5): the client has to put the value " \
		"of this TLS connection into challengePassword."
#define KEY_TAKEN "This key may not be certified; make a new one."
/* What is asked when the answer of "spend" is the last thing to hear. */
#define WRONG WORLD_ASKS_WHO " key spend"
#define UNSPENT WRONG " back"
#define BAD_CSR WORLD_ASKS_WHO " spend"

static const struct world_request step_2 = { .basic = WORLD_BASIC_CODE };

static void
expect_digest(const struct digest *given, const void *bytes, size_t len)
{
	struct digest digest = digest_of(bytes, len);

	assert_true(digest_equal(given, &digest));
}

static void
expect_code(const char *code)
{
	struct digest digest;

	digest = code_digest(&world_code_key, WORLD_USER, code);
	assert_true(digest_equal(&digest, &fake_attempts.code_digest));
}

static void
EST_180_password_and_code_give_the_certificate(void **state)
{
	const unsigned char *at;
	size_t len;

	(void)state;
	world_send(&step_2);
	world_expect(200, NULL, WORLD_ASKS_STEP_2);
	assert_string_equal(fake_gate_field("Content-Type"),
	    "application/pkcs7-mime; smime-type=certs-only");
	assert_string_equal(
	    fake_gate_field("Content-Transfer-Encoding"), "base64");
	assert_string_equal(fake_gate_field("Cache-Control"), "no-store");
	/* EST-191: the certificate alone. */
	assert_string_equal(fake_gate.body,
	    "MCoGCSqGSIb3DQEHAqAdMBsCAQExADALBgkqhkiG9w0BBwGgBTADAgEFMQA=");
	/* What Redis and the issuer hear. */
	expect_code(WORLD_CODE);
	at = make_csr_der(&len);
	expect_digest(&fake_attempts.csr_digest, at, len);
	expect_digest(&fake_issue.asked.csr_digest, at, len);
	assert_true(fake_attempts.spend);
	at = make_csr_key(&len);
	assert_int_equal(fake_issue.asked.spki_len, len);
	assert_memory_equal(fake_issue.asked.spki, at, len);
	expect_digest(&fake_accounts.key_identity, at + len - 64, 32); /* x */
	assert_int_equal(fake_accounts.key_account, WORLD_ACCOUNT);
	assert_int_equal(fake_issue.asked.account, WORLD_ACCOUNT);
	assert_string_equal(fake_issue.asked.profile, "person");
	assert_int_equal(fake_issue.asked.operation, DECIDE_ENROLL);
	assert_true(fake_issue.asked.by_code);
	assert_memory_equal(fake_issue.asked.grant.code_id,
	    fake_attempts.code.code_id, GRANT_CODE_ID_SIZE);
	assert_int_equal(fake_issue.limit_ms, 900);
	assert_int_equal(fake_attempts.places, 0);
	/* Who, with which key, and what came of it (EST-300). */
	assert_true(world_logged("outcome=ok"));
	assert_true(world_logged("user=" WORLD_USER));
	assert_true(world_logged("key=p256 spki="));
	assert_true(world_logged("serial=5e5e5e5e"));
}

/* EST-191: the certificate alone; EST-047: not to be kept. */
static void
EST_085_EST_087_a_success(void **state)
{
	(void)state;
	world_send(&(struct world_request){ .basic = WORLD_BASIC_CODE });
	assert_string_equal(fake_gate_field("Content-Type"),
	    "application/pkcs7-mime; smime-type=certs-only");
	assert_string_equal(
	    fake_gate_field("Content-Transfer-Encoding"), "base64");
	assert_string_equal(fake_gate_field("Cache-Control"), "no-store");
}

static void
R_AUTH_3_a_wrong_code_is_a_wrong_password(void **state)
{
	char wrong[sizeof(fake_gate.bytes)];

	(void)state;
	world_send(&(struct world_request){ .basic = WORLD_USER ":wrong-Pw1" });
	memcpy(wrong, fake_gate.bytes, sizeof(wrong));
	fake_attempts.code.code = ATTEMPTS_CODE_WRONG;
	world_send(&step_2);
	world_expect(401, FAILED, WRONG " spent");
	assert_string_equal(fake_gate.bytes, wrong);
	assert_int_equal(fake_attempts.places, 0);
}

static void
R_LOCK_1_the_sixth_wrong_code_locks_in_PostgreSQL_too(void **state)
{
	(void)state;
	fake_attempts.code.code = ATTEMPTS_CODE_WRONG;
	fake_attempts.code.settled = (struct attempts_settled){
		.locked_now = true,
		.lock_number = 1,
		.locked_until = clock_now() + 3600,
		.failures = 6,
	};
	world_send(&step_2);
	world_expect(401, FAILED, WRONG " spent lock");
	assert_int_equal(fake_accounts.lock.number, 1);
	assert_int_equal(fake_accounts.lock.failures, 6);
	assert_int_equal(fake_accounts.lock.until, clock_now() + 3600);
}

/* I-6: although the window has closed with the certificate that it has. */
static void
I_6_the_same_request_again_is_the_same_certificate(void **state)
{
	(void)state;
	world_has_certificate(366);
	fake_attempts.code.code = ATTEMPTS_CODE_AGAIN;
	fake_issue.answer.again = true;
	world_send(&step_2);
	world_expect(200, NULL, WORLD_ASKS_STEP_2);
	assert_false(fake_attempts.spend);
	assert_true(world_logged("note=again"));
}

/* EST-112: told to who has the code, and the code is not burnt. */
static void
C_08_EST_236_a_bad_csr_does_not_burn_the_code(void **state)
{
	static const struct {
		struct make_csr csr;
		const char *text;
		int status;
		bool needs_binding;
	} rows[] = {
		{ .csr = { .spoiled = 1 }, .status = 400 },
		{ .csr = { .challenge = "x" }, .status = 400, .text = TYPED },
		{ .csr = { .challenge = "x" },
		    .status = 400,
		    .text = ALSO_REQUIRED,
		    .needs_binding = true },
		{ .csr = { .email = NULL },
		    .status = 400,
		    .text = REQUIRED,
		    .needs_binding = true },
		{ .csr = { .changes_name = 1 },
		    .status = 403,
		    .text = "Names come from the profile and cannot be "
			    "changed by request." },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct make_csr csr = rows[i].csr;
		struct world_request r = step_2;
		const unsigned char *der;
		size_t len;

		csr.common_name = "x";
		r.body = make_csr(&csr);
		world_config.profiles[0].binding_required =
		    rows[i].needs_binding;
		fake_attempts.code.code = ATTEMPTS_CODE_RIGHT;
		world_send(&r);
		world_expect(rows[i].status, rows[i].text, BAD_CSR " back");
		assert_false(fake_attempts.spend);
		/* It may be the one that the code was spent for. */
		der = make_csr_der(&len);
		expect_digest(&fake_attempts.csr_digest, der, len);
		assert_int_equal(fake_attempts.places, 0);
		/* Who has not the code is not told. */
		fake_attempts.code.code = ATTEMPTS_CODE_WRONG;
		world_send(&r);
		world_expect(401, FAILED, BAD_CSR " spent");
	}
}

static void
EST_080_EST_083_bodies(void **state)
{
	static const struct {
		const char *body;
		const char *text;
	} rows[] = {
		{ "", "The body is empty; send a certification request, "
		      "base64-encoded." },
		{ "!!!", "The body is not well-formed base64." },
		{ "0\x82", "The certification request must be base64-encoded "
			   "(RFC 8951 3)." },
		{ "MAA=", "This is not a certification request (PKCS #10, "
			  "RFC 2986)." },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct world_request r = step_2;

		r.body = rows[i].body;
		world_send(&r);
		world_expect(400, rows[i].text, BAD_CSR " back");
		assert_false(fake_attempts.spend);
		assert_true(world_logged("outcome=request"));
	}
}

static void
D_12_a_private_key_is_wiped_and_named_in_the_log(void **state)
{
	struct world_request r = step_2;

	(void)state;
	r.body = "-----BEGIN PRIVATE KEY-----\nAAAA\n"
		 "-----END PRIVATE KEY-----\n";
	world_send(&r);
	assert_int_equal(fake_gate.status, 400);
	assert_true(world_logged("note=private-key"));
	assert_true(world_body_wiped());
	world_send(&step_2);
	assert_false(world_body_wiped());
	r.basic = WORLD_BASIC_PASSWORD;
	world_send(&r);
	assert_int_equal(fake_gate.status, 401);
	assert_true(world_logged("note=private-key"));
}

static void
S_08_EST_161_a_taken_key_does_not_burn_the_code(void **state)
{
	(void)state;
	fake_accounts.key_free = false;
	world_send(&step_2);
	world_expect(400, KEY_TAKEN, UNSPENT);
	assert_false(fake_attempts.spend);
	assert_int_equal(fake_attempts.places, 0);
	/* Nobody learns whose keys there are without the code. */
	fake_attempts.code.code = ATTEMPTS_CODE_WRONG;
	world_send(&step_2);
	world_expect(401, FAILED, WRONG " spent");
}

static void
S_08_EST_154_a_key_of_ours_does_not_burn_the_code(void **state)
{
	(void)state;
	world_owns_key();
	world_send(&step_2);
	world_expect(400, KEY_TAKEN, BAD_CSR " back");
	assert_false(fake_attempts.spend);
	assert_int_equal(fake_attempts.places, 0);
}

/* 4.2 step 11: the window has closed since the code was mailed. */
static void
who_is_not_entitled_keeps_the_code(void **state)
{
	(void)state;
	world_has_certificate(100);
	world_send(&step_2);
	world_expect(
	    403, "A new certificate is possible from 2027-01-29 on.", UNSPENT);
	assert_false(fake_attempts.spend);
	fake_attempts.code.code = ATTEMPTS_CODE_WRONG;
	world_send(&step_2);
	world_expect(401, FAILED, WRONG " spent");
}

/* ----------------------------------------------------------------- issuer */

static void
what_the_issuer_says(void **state)
{
	static const struct {
		enum issuer_end end;
		enum decide_verdict verdict;
		int status;
		const char *text;
	} rows[] = {
		{ ISSUER_REFUSED, DECIDE_ACCOUNT, 401, FAILED },
		{ ISSUER_REFUSED, DECIDE_TEMPORARY, 403, NULL },
		{ ISSUER_REFUSED, DECIDE_PROFILE, 403, NULL },
		{ ISSUER_REFUSED, DECIDE_NO_CERTIFICATE, 403, NULL },
		{ ISSUER_REFUSED, DECIDE_FOREIGN, 403, NULL },
		{ ISSUER_REFUSED, DECIDE_REVOKED, 403, NULL },
		{ ISSUER_REFUSED, DECIDE_REPLACED, 403, NULL },
		{ ISSUER_REFUSED, DECIDE_EXPIRED, 403, NULL },
		{ ISSUER_REFUSED, DECIDE_WINDOW, 403,
		    "A new certificate is possible from 2026-11-20 on." },
		{ ISSUER_REFUSED, DECIDE_ALLOWED, 500, NULL },
		{ ISSUER_KEY, 0, 400, KEY_TAKEN },
		{ ISSUER_CODE, 0, 401, FAILED },
		{ ISSUER_PENDING, 0, 202, "" },
		{ ISSUER_DOWN, 0, 503, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		fake_issue.answer.end = rows[i].end;
		fake_issue.answer.decision.verdict = rows[i].verdict;
		fake_issue.answer.decision.from = clock_now();
		world_send(&step_2);
		world_expect(rows[i].status, rows[i].text, UNSPENT " issue");
		assert_null(strstr(fake_log_last(), "serial="));
	}
}

static void
EST_215_202_has_seconds_and_nothing_else(void **state)
{
	(void)state;
	fake_issue.answer.end = ISSUER_PENDING;
	world_send(&step_2);
	assert_string_equal(fake_gate_field("Retry-After"), "1");
	assert_string_equal(fake_gate_field("Content-Length"), "0");
	assert_null(fake_gate_field("Content-Type"));
}

static void
R_LOCK_4_a_success_stands_when_counters_cannot_be_cleared(void **state)
{
	struct world_request r = step_2;

	(void)state;
	r.at = "succeed";
	r.fault = FAKE_IS_DOWN;
	world_send(&r);
	world_expect(200, NULL, WORLD_ASKS_STEP_2);
}

/* ------------------------------------------------------------ otpChallenge */

static const char *
csr_with_otp(const char *otp)
{
	const struct make_csr csr = { .common_name = "x", .otp = otp };

	return make_csr(&csr);
}

/* est-conformance 4.5, RFC 7894. */
static void
EST_239_the_code_may_come_in_the_csr(void **state)
{
	struct world_request r = { .basic = WORLD_BASIC_PASSWORD };

	(void)state;
	r.body = csr_with_otp(WORLD_CODE);
	world_send(&r);
	world_expect(200, NULL, WORLD_ASKS_STEP_2);
	expect_code(WORLD_CODE);
	assert_true(fake_attempts.spend);
	r.body = csr_with_otp("123 456 "); /* as it is typed (C-26) */
	world_send(&r);
	world_expect(200, NULL, WORLD_ASKS_STEP_2);
	expect_code(WORLD_CODE);
}

static void
EST_239_an_otp_that_is_no_code_is_a_wrong_code(void **state)
{
	static const char *const codes[] = { "12345", "1234567", "12345a",
		"12 456" };
	struct world_request r = { .basic = WORLD_BASIC_PASSWORD };

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++) {
		r.body = csr_with_otp(codes[i]);
		world_send(&r);
		expect_code("\0\0\0\0\0\0");
	}
}

/* RFC 7894 4: a right code in the password does not save it. */
static void
EST_239_two_codes_must_be_one(void **state)
{
	struct world_request r = step_2;

	(void)state;
	r.body = csr_with_otp(WORLD_CODE);
	world_send(&r);
	expect_code(WORLD_CODE);
	r.body = csr_with_otp("654321");
	world_send(&r);
	expect_code("\0\0\0\0\0\0");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_begin, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(EST_180_password_and_code_give_the_certificate),
		TEST(EST_085_EST_087_a_success),
		TEST(R_AUTH_3_a_wrong_code_is_a_wrong_password),
		TEST(R_LOCK_1_the_sixth_wrong_code_locks_in_PostgreSQL_too),
		TEST(I_6_the_same_request_again_is_the_same_certificate),
		TEST(C_08_EST_236_a_bad_csr_does_not_burn_the_code),
		TEST(EST_080_EST_083_bodies),
		TEST(D_12_a_private_key_is_wiped_and_named_in_the_log),
		TEST(S_08_EST_161_a_taken_key_does_not_burn_the_code),
		TEST(S_08_EST_154_a_key_of_ours_does_not_burn_the_code),
		TEST(who_is_not_entitled_keeps_the_code),
		TEST(what_the_issuer_says),
		TEST(EST_215_202_has_seconds_and_nothing_else),
		TEST(R_LOCK_4_a_success_stands_when_counters_cannot_be_cleared),
		TEST(EST_239_the_code_may_come_in_the_csr),
		TEST(EST_239_an_otp_that_is_no_code_is_a_wrong_code),
		TEST(EST_239_two_codes_must_be_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
