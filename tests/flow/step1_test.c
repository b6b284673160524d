/* FAKES: accounts attempts calls client_certificate clock gate ipc issuer
 * log loop pool proofs */
/*
 * The first step: who asks, password, mailed code (est-conformance 4.2, 1 to
 * 8), and what is told to somebody who has not proved the password.
 */
#include "tests/lib/flow_world.h"

#include "base/clock.h"
#include "tests/lib/fake_ipc.h"

#include <string.h>

#define FAILED "Authentication failed."
#define MAILED                                                                 \
	"One-time code mailed. Repeat the request with the code appended to "  \
	"the password."
#define UNIFORM                                                                \
	"If the password was right, a one-time code has been mailed; repeat "  \
	"the request with the code appended to the password."

static const struct world_request step_1 = { .basic = WORLD_BASIC_PASSWORD };
static const struct world_request wrong = { .basic = WORLD_USER ":wrong-Pw1" };

static void
EST_104_first_401_is_empty(void **state)
{
	(void)state;
	world_send(&(struct world_request){ .body = "anything" });
	world_expect(401, "", "");
	assert_string_equal(fake_gate_field("Content-Length"), "0");
	assert_string_equal(fake_gate_field("WWW-Authenticate"),
	    "Basic realm=\"EST\", charset=\"UTF-8\"");
	assert_null(fake_gate_field("Content-Type"));
}

static void
EST_112_route_comes_before_method_before_media_type(void **state)
{
	struct world_request r = {
		.path = "/nothing", .get = true, .media_type = "text/html"
	};

	(void)state;
	world_send(&r);
	world_expect(404, NULL, "");
	r.path = WORLD_ENROLL;
	world_send(&r);
	world_expect(405, NULL, "");
	r.get = false;
	world_send(&r);
	world_expect(415, NULL, "");
	r.media_type = NULL;
	world_send(&r);
	world_expect(401, "", "");
}

static void
EST_112_a_bad_csr_is_not_told_before_authentication(void **state)
{
	struct world_request r = wrong;

	(void)state;
	r.body = "!!!";
	world_send(&r);
	world_expect(401, FAILED, WORLD_ASKS_WRONG);
}

static void
EST_086_media_types(void **state)
{
	static const struct {
		const char *type;
		int status;
	} rows[] = {
		{ "application/pkcs10", 401 },
		{ "Application/PKCS10; charset=x", 401 },
		{ "application/pkcs10 ;x", 401 },
		{ "", 415 },
		{ "text/html", 415 },
		{ "application/pkcs10x", 415 },
		{ "application/pkcs10, application/pkcs10", 415 },
		{ "application/x-www-form-urlencoded", 415 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		world_send(
		    &(struct world_request){ .media_type = rows[i].type });
		assert_int_equal(fake_gate.status, rows[i].status);
	}
	assert_string_equal(fake_gate_field("Accept"), "application/pkcs10");
}

static void
R_AUTH_1_a_right_password_mails_a_code(void **state)
{
	const struct secret_key *key = &world_code_key;
	struct digest digest;
	char code[CODE_DIGITS + 1];

	(void)state;
	world_send(&step_1);
	world_expect(401, MAILED, WORLD_ASKS_STEP_1);
	assert_int_equal(fake_attempts.places, 0);
	assert_int_equal(fake_pool.evaluated, 1);
	/* What is mailed is what Redis will compare. */
	code_derive(key, fake_accounts.mail.nonce, code);
	digest = code_digest(key, WORLD_USER, code);
	assert_true(digest_equal(&digest, &fake_attempts.new_digest));
	assert_int_equal(fake_accounts.mail.account, WORLD_ACCOUNT);
	assert_int_equal(fake_accounts.mail.made_at, FAKE_CLOCK_START);
	assert_int_equal(fake_accounts.mail.dies_at, FAKE_CLOCK_START + 1800);
	assert_string_equal(fake_accounts.mail_address, "192.0.2.1");
	assert_string_equal(fake_attempts.client, "192.0.2.1");
	assert_true(world_logged("outcome=code-mailed"));
	assert_true(world_logged("user=" WORLD_USER));
}

/* Each question wakes auth, and its answer the front. */
static void
the_first_step_is_one_message_to_auth_and_the_second_three(void **state)
{
	(void)state;
	fake_ipc_said = 0;
	world_send(&step_1);
	world_expect(401, MAILED, WORLD_ASKS_STEP_1);
	assert_int_equal(fake_ipc_said, 1);
	world_send(&wrong);
	assert_int_equal(fake_ipc_said, 2);
	/* password, code, success */
	world_send(&(struct world_request){ .basic = WORLD_BASIC_CODE });
	world_expect(200, NULL, WORLD_ASKS_STEP_2);
	assert_int_equal(fake_ipc_said, 5);
}

/* C-24: which code is good, since when, and when again. */
static const struct held {
	enum attempts_mail mail;
	bool failed;
	const char *asks, *word, *status, *text;
} helds[] = {
	{ ATTEMPTS_MAIL_RECENT, false, " new-code back code-failed", "code-out",
	    "code-sent; expires=2026-11-20T09:28:00Z; "
	    "again=2026-11-20T09:03:01Z",
	    "The one-time code mailed at 2026-11-20 17:58 JST is good until "
	    "2026-11-20 18:28 JST; another can be had from 2026-11-20 18:04 "
	    "JST on. Repeat the request with the code appended to the "
	    "password." },
	{ ATTEMPTS_MAIL_LIMIT, false, " new-code back", "code-held",
	    "code-none; again=2026-11-20T09:03:01Z",
	    "No one-time code is mailed now; one can be had from 2026-11-20 "
	    "18:04 JST on." },
	{ ATTEMPTS_MAIL_RECENT, true, " new-code back code-failed drop",
	    "code-failed", "code-none; again=2026-11-20T08:59:00Z",
	    "The one-time code mailed at 2026-11-20 17:58 JST could not be "
	    "delivered; another can be had from 2026-11-20 17:59 JST on." },
};

static void
held_is(const struct held *held)
{
	fake_attempts.mail = (struct attempts_mail_answer){
		.mail = held->mail,
		.born = clock_now() - 120,
		.again = clock_now() + 181,
		.again_if_failed = clock_now() - 60,
	};
	fake_accounts.code_failed = held->failed;
	world_send(&step_1);
}

static void
C_23_C_24_R_AUTH_5_what_is_not_mailed_is_not_said_to_be(void **state)
{
	char asks[200];

	(void)state;
	for (size_t i = 0; i < COUNT(helds); i++) {
		held_is(&helds[i]);
		snprintf(
		    asks, sizeof(asks), WORLD_ASKS_WHO "%s", helds[i].asks);
		world_expect(401, helds[i].text, asks);
		assert_string_equal(
		    fake_gate_field("Koshin-Status"), helds[i].status);
		assert_true(world_logged(helds[i].word));
		assert_int_equal(fake_attempts.places, 0);
	}
}

static void
C_23_what_is_mailed_is_said_to_programs_too(void **state)
{
	(void)state;
	world_send(&step_1);
	assert_string_equal(fake_gate_field("Koshin-Status"),
	    "code-sent; expires=2026-11-20T09:30:00Z; "
	    "again=2026-11-20T09:05:00Z");
	world_send(&wrong);
	assert_null(fake_gate_field("Koshin-Status"));
	world_send(&(struct world_request){ .basic = NULL });
	assert_null(fake_gate_field("Koshin-Status"));
}

static void
R_ACC_7_a_temporary_password_is_replaced_before_a_code(void **state)
{
	(void)state;
	fake_accounts.holder.account.temporary_password = true;
	world_send(&step_1);
	world_expect(403, "Replace your temporary password first.",
	    WORLD_ASKS_WHO " back neutral");
	assert_int_equal(fake_attempts.places, 0);
}

static void
EST_189_R_CERT_3_the_day_is_told_before_a_code_is_mailed(void **state)
{
	(void)state;
	world_has_certificate(100); /* to 2027-02-28 18:00 in Tokyo */
	world_send(&step_1);
	world_expect(403, "A new certificate is possible from 2027-01-29 on.",
	    WORLD_ASKS_WHO " back neutral");
	assert_string_equal(fake_gate_field("Cache-Control"), "no-store");
	world_has_certificate(20);
	world_send(&step_1);
	world_expect(401, MAILED, WORLD_ASKS_STEP_1);
}

static void
a_profile_is_for_its_holders(void **state)
{
	(void)state;
	world_is_device();
	world_send(&step_1);
	world_expect(403, NULL, WORLD_ASKS_WHO " back neutral");
	assert_true(world_logged("outcome=profile"));
}

static void
uniform_401_tells_nothing_of_the_password(void **state)
{
	char first[sizeof(fake_gate.bytes)];

	(void)state;
	world_config.est.uniform_401 = true;
	world_send(&step_1);
	world_expect(401, UNIFORM, WORLD_ASKS_STEP_1);
	memcpy(first, fake_gate.bytes, sizeof(first));
	world_send(&wrong);
	world_expect(401, UNIFORM, WORLD_ASKS_WRONG);
	assert_string_equal(fake_gate.bytes, first);
	/* C-23: nor does a field. */
	for (size_t i = 0; i < COUNT(helds); i++) {
		held_is(&helds[i]);
		assert_string_equal(fake_gate.bytes, first);
	}
	/* Nor does what comes before a code. */
	world_is_device();
	world_send(&step_1);
	world_expect(401, UNIFORM, WORLD_ASKS_WHO " back neutral");
	assert_string_equal(fake_gate.bytes, first);
}

/* ---------------------------------------------------------------- silence */

static void
I_15_an_unknown_user_is_asked_and_answered_alike(void **state)
{
	char known[sizeof(fake_gate.bytes)];

	(void)state;
	world_send(&wrong);
	world_expect(401, FAILED, WORLD_ASKS_WRONG);
	memcpy(known, fake_gate.bytes, sizeof(known));
	assert_int_equal(fake_pool.evaluated, 1);

	memset(&fake_accounts.holder, 0, sizeof(fake_accounts.holder));
	fake_pool_reset();
	world_send(&wrong);
	world_expect(401, FAILED, WORLD_ASKS_WRONG);
	assert_string_equal(fake_gate.bytes, known);
	assert_int_equal(fake_pool.evaluated, 0);
	assert_int_equal(fake_pool.dummies, 1);
	assert_string_equal(fake_attempts.user_id, WORLD_USER);
	assert_false(world_logged("user="));
}

/* also with the right password, with and without a code. */
static void
R_LOCK_2_A_07_a_locked_account_is_not_evaluated(void **state)
{
	static const char *const basics[] = { WORLD_BASIC_PASSWORD,
		WORLD_BASIC_CODE };
	struct facts_account *a = &fake_accounts.holder.account;

	(void)state;
	for (int how = 0; how < 3; how++)
		for (size_t i = 0; i < COUNT(basics); i++) {
			a->locked_until = how == 0 ? clock_now() + 1 : 0;
			a->state = how == 1   ? FACTS_BLOCKED
				   : how == 2 ? FACTS_CLOSED
					      : FACTS_ACTIVE;
			fake_pool_reset();
			world_send(
			    &(struct world_request){ .basic = basics[i] });
			world_expect(401, FAILED,
			    how == 2 ? WORLD_ASKS_WRONG
				     : "address holder place password neutral");
			assert_int_equal(fake_pool.evaluated, 0);
			assert_int_equal(fake_pool.dummies, 1);
			assert_int_equal(fake_attempts.places, 0);
		}
	a->state = FACTS_ACTIVE;
	a->locked_until = clock_now(); /* it has just ended */
	world_send(&step_1);
	world_expect(401, MAILED, WORLD_ASKS_STEP_1);
}

static void
R_LOCK_8_a_lock_that_PostgreSQL_has_not_heard_of_is_told(void **state)
{
	(void)state;
	fake_attempts.begin = (struct attempts_begin_answer){
		.begin = ATTEMPTS_LOCKED,
		.lock_number = 2,
		.locked_until = clock_now() + 600,
	};
	world_send(&step_1);
	world_expect(401, FAILED, WORLD_ASKS_WHO " neutral lock");
	assert_int_equal(fake_pool.evaluated, 0);
	assert_int_equal(fake_accounts.lock.account, WORLD_ACCOUNT);
	assert_int_equal(fake_accounts.lock.number, 2);
	assert_int_equal(fake_accounts.lock.until, clock_now() + 600);
	assert_false(fake_accounts.lock.block);

	/* It knows: nothing to tell. */
	fake_accounts.holder.account.locked_until = clock_now() + 600;
	world_send(&step_1);
	world_expect(401, FAILED, WORLD_ASKS_WHO " neutral");

	/* Nobody's lock is not told to anybody. */
	memset(&fake_accounts.holder, 0, sizeof(fake_accounts.holder));
	world_send(&step_1);
	world_expect(401, FAILED, WORLD_ASKS_WHO " neutral");
}

static void
R_LOCK_1_the_sixth_failure_locks_in_PostgreSQL_too(void **state)
{
	(void)state;
	fake_attempts.failed = (struct attempts_settled){
		.locked_now = true,
		.lock_number = 3,
		.blocked = true,
	};
	world_send(&wrong);
	world_expect(401, FAILED, WORLD_ASKS_WRONG " lock");
	assert_int_equal(fake_accounts.lock.number, 3);
	assert_true(fake_accounts.lock.block);
}

/* The commit of a lock is not waited for: its time would tell. */
static void
A_09_the_sixth_failure_takes_no_longer_for_one_that_exists(void **state)
{
	struct world_request r = wrong;

	(void)state;
	fake_attempts.failed = (struct attempts_settled){
		.locked_now = true,
		.lock_number = 1,
	};
	r.at = "lock";
	r.fault = FAKE_IS_DOWN;
	world_send(&r);
	world_expect(401, FAILED, WORLD_ASKS_WRONG " lock");
}

static void
R_LOCK_8_the_locks_of_PostgreSQL_are_the_floor(void **state)
{
	(void)state;
	fake_accounts.holder.account.locks = 2;
	world_send(&wrong);
	assert_int_equal(fake_attempts.locks, 2);
}

/* between the password and its mail. */
static void
A_07_an_account_that_is_closed_meanwhile_gets_the_same_401(void **state)
{
	(void)state;
	fake_accounts.mail_rc = DB_CONFLICT;
	world_send(&step_1);
	world_expect(401, FAILED, WORLD_ASKS_WHO " new-code back mail");
}

/* ----------------------------------------------------------------- fields */

static void
A_01_A_02_A_06_what_is_no_Basic_is_a_wrong_password(void **state)
{
	static const char *const values[] = { "Basic", "Basic ", "Basic !!!",
		"Basic dXNlcg==" /* no colon */, "Digest username=\"a\", b=c",
		"Bearer abc", "Negotiate x, y", "" };

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		fake_pool_reset();
		world_send(
		    &(struct world_request){ .authorization = values[i] });
		world_expect(401, FAILED, "address password");
		assert_int_equal(fake_pool.dummies, 1);
	}
}

static void
A_01_two_authorizations_are_refused(void **state)
{
	(void)state;
	world_send(&(struct world_request){
	    .basic = WORLD_BASIC_PASSWORD, .second = "Basic eDp5" });
	world_expect(400, "Send one Authorization field only.", "");
	world_send(&(struct world_request){
	    .authorization = "Basic eDp5, Basic eDp5" });
	world_expect(400, "Send one Authorization field only.", "");
}

static void
A_05_a_password_that_cannot_be_one_is_not_hashed(void **state)
{
	static const char *const basics[] = { WORLD_USER ":", WORLD_USER ":x",
		WORLD_USER ":0123456789012345678901234567890123456789", ":",
		":" WORLD_PASSWORD };

	(void)state;
	for (size_t i = 0; i < COUNT(basics); i++) {
		if (basics[i][0] == ':') /* an unknown user like others */
			memset(&fake_accounts.holder, 0,
			    sizeof(fake_accounts.holder));
		fake_pool_reset();
		world_send(&(struct world_request){ .basic = basics[i] });
		world_expect(401, FAILED, WORLD_ASKS_WRONG);
		assert_int_equal(fake_pool.evaluated, 0);
		assert_int_equal(fake_pool.dummies, 1);
	}
}

/* With large maxima both forms fit, and both are evaluated, always. */
static void
R_ACC_4_with_long_passwords_both_forms_are_evaluated(void **state)
{
	(void)state;
	world_config.policy.input.password_max = 128;
	world_send(&(struct world_request){ .basic = WORLD_BASIC_CODE });
	world_expect(200, NULL, WORLD_ASKS_STEP_2);
	assert_int_equal(fake_pool.evaluated, 2);
	fake_pool_reset();
	world_send(
	    &(struct world_request){ .basic = WORLD_USER ":wrong-Pw1123456" });
	world_expect(401, FAILED, WORLD_ASKS_WRONG);
	assert_int_equal(fake_pool.evaluated, 2);
}

/* ----------------------------------------------------------------- limits */

static void
R_AUTH_5_EST_220_an_address_is_limited_before_anything(void **state)
{
	(void)state;
	fake_attempts.address = (struct attempts_address_answer){ false, 17 };
	world_send(&step_1);
	world_expect(429,
	    "Too many attempts from your address; try again later.", "address");
	assert_string_equal(fake_gate_field("Retry-After"), "17");
}

static void
I_7_no_place_no_evaluation(void **state)
{
	(void)state;
	fake_attempts.begin.begin = ATTEMPTS_BUSY;
	world_send(&step_1);
	world_expect(429, NULL, "address holder place");
	assert_string_equal(fake_gate_field("Retry-After"), "1");
	assert_int_equal(fake_pool.evaluated + fake_pool.dummies, 0);
}

static void
I_13_a_full_pool_is_503_and_gives_the_place_back(void **state)
{
	(void)state;
	fake_pool.full = true;
	world_send(&step_1);
	world_expect(503, NULL, "address holder place neutral");
	assert_string_equal(fake_gate_field("Retry-After"), "60");
	assert_int_equal(fake_attempts.places, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_begin, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(EST_104_first_401_is_empty),
		TEST(EST_112_route_comes_before_method_before_media_type),
		TEST(EST_112_a_bad_csr_is_not_told_before_authentication),
		TEST(EST_086_media_types),
		TEST(R_AUTH_1_a_right_password_mails_a_code),
		TEST(
		    the_first_step_is_one_message_to_auth_and_the_second_three),

		TEST(C_23_C_24_R_AUTH_5_what_is_not_mailed_is_not_said_to_be),
		TEST(C_23_what_is_mailed_is_said_to_programs_too),
		TEST(R_ACC_7_a_temporary_password_is_replaced_before_a_code),
		TEST(EST_189_R_CERT_3_the_day_is_told_before_a_code_is_mailed),
		TEST(a_profile_is_for_its_holders),
		TEST(uniform_401_tells_nothing_of_the_password),
		TEST(I_15_an_unknown_user_is_asked_and_answered_alike),
		TEST(R_LOCK_2_A_07_a_locked_account_is_not_evaluated),
		TEST(R_LOCK_8_a_lock_that_PostgreSQL_has_not_heard_of_is_told),
		TEST(R_LOCK_1_the_sixth_failure_locks_in_PostgreSQL_too),
		TEST(
		    A_09_the_sixth_failure_takes_no_longer_for_one_that_exists),
		TEST(R_LOCK_8_the_locks_of_PostgreSQL_are_the_floor),
		TEST(
		    A_07_an_account_that_is_closed_meanwhile_gets_the_same_401),
		TEST(A_01_A_02_A_06_what_is_no_Basic_is_a_wrong_password),
		TEST(A_01_two_authorizations_are_refused),
		TEST(A_05_a_password_that_cannot_be_one_is_not_hashed),
		TEST(R_ACC_4_with_long_passwords_both_forms_are_evaluated),
		TEST(R_AUTH_5_EST_220_an_address_is_limited_before_anything),
		TEST(I_7_no_place_no_evaluation),
		TEST(I_13_a_full_pool_is_503_and_gives_the_place_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
