/* FAKES: accounts attempts calls client_certificate clock gate ipc issuer
 * log loop pool proofs */
/*
 * /simplereenroll: with password and code (R-CERT-4), or by a device's
 * certificate alone (R-CERT-10).
 */
#include "tests/lib/flow_world.h"

#include "base/clock.h"

#include <string.h>

#define NO_CERTIFICATE                                                         \
	"Re-enrollment takes the certificate to be renewed as TLS client "     \
	"certificate; without one, enroll."
#define FOREIGN "The client certificate belongs to another account."
#define REVOKED "The client certificate has been revoked; enroll anew."
#define EXPIRED "The client certificate has expired; enroll anew."
#define OTHER_SUBJECT                                                          \
	"The subject of the request differs from that of the certificate that" \
	" is renewed."
#define OTHER_PROFILE                                                          \
	"A certificate is renewed under its own profile: leave the label "     \
	"out. "                                                                \
	"Under another one, enroll."
#define NO_OTP "Renewal by certificate takes no otpChallenge; leave it out."
/* First whose certificate it is, and what it is worth. */
#define ASKS_WHO "holder " WORLD_ASKS_WHO
#define UNSPENT ASKS_WHO " key spend back"

static const struct world_request step_1 = { .path = WORLD_REENROLL,
	.basic = WORLD_BASIC_PASSWORD };
static const struct world_request step_2 = { .path = WORLD_REENROLL,
	.basic = WORLD_BASIC_CODE };
static const struct world_request alone = { .path = WORLD_DEVICE };

/* The ways in which the certificate shown is not good. */
struct bad {
	void (*make)(void);
	const char *text;
};

static void
make_foreign(void)
{
	fake_accounts.holder.presented.account = WORLD_ACCOUNT + 1;
}

static void
make_revoked(void)
{
	fake_accounts.holder.presented.revoked = true;
}

static void
make_expired(void)
{
	fake_accounts.holder.presented.not_after = clock_now() - 1;
}

/* Of another CA, or one that we never finished. */
static void
make_unknown(void)
{
	fake_accounts.holder.presented.exists = false;
}

static const struct bad bads[] = {
	{ make_foreign, FOREIGN },
	{ make_revoked, REVOKED },
	{ make_expired, EXPIRED },
	{ make_unknown, NO_CERTIFICATE },
};

static void
R_CERT_4_certificate_password_and_code_renew(void **state)
{
	(void)state;
	world_shows_certificate(10);
	world_send(&step_1);
	assert_int_equal(fake_gate.status, 401);
	assert_string_equal(fake_calls_asked(), "holder " WORLD_ASKS_STEP_1);
	assert_true(fake_accounts.asked_presented);
	world_send(&step_2);
	world_expect(200, NULL, "holder " WORLD_ASKS_STEP_2);
	assert_int_equal(fake_issue.asked.operation, DECIDE_REENROLL);
	assert_true(
	    serial_equal(&fake_issue.asked.presented, &fake_presented.serial));
	assert_true(fake_issue.asked.by_code);
}

/* Who shows it has got it. A renewal in its time writes nothing more. */
static void
R_CERT_12_what_is_shown_at_once_is_installed(void **state)
{
	struct facts_certificate *shown = &fake_accounts.holder.presented;

	(void)state;
	world_shows_certificate(10);
	world_send(&step_1);
	assert_int_equal(fake_issue.marked, 0);
	shown->issued_at = clock_now() - 60;
	world_send(&step_1);
	assert_int_equal(fake_issue.marked, 1);
	assert_true(
	    serial_equal(&fake_issue.installed, &fake_presented.serial));
	shown->current = false;
	world_send(&step_1);
	shown->current = shown->installed = true;
	world_send(&step_1);
	assert_int_equal(fake_issue.marked, 1);
}

/* No 401: clients would send a password for nothing. */
static void
EST_183_without_a_certificate_nothing_is_asked(void **state)
{
	struct world_request r = step_1;

	(void)state;
	world_send(&r);
	world_expect(403, NO_CERTIFICATE, "");
	r.basic = NULL;
	world_send(&r);
	world_expect(403, NO_CERTIFICATE, "");
	world_send(&alone);
	world_expect(403, NO_CERTIFICATE, "");
}

/*
 * What it is worth by itself is said before a password is asked for; whose it
 * is, only to who has proved to be somebody.
 */
static void
C_32_EST_183_EST_188_a_bad_certificate_mails_no_code(void **state)
{
	struct world_request nobody = { .path = WORLD_REENROLL };

	(void)state;
	for (size_t i = 0; i < COUNT(bads); i++) {
		if (bads[i].make == make_foreign)
			continue;
		world_shows_certificate(10);
		bads[i].make();
		world_send(&step_1);
		world_expect(403, bads[i].text, "holder");
		world_send(&nobody);
		world_expect(403, bads[i].text, "holder");
	}
}

/* A 403 would tell that the password is right, and nobody its owner. */
static void
A_11_EST_190_beside_a_foreign_certificate_a_code_is_mailed(void **state)
{
	(void)state;
	world_shows_certificate(10);
	make_foreign();
	world_send(&step_1);
	assert_int_equal(fake_gate.status, 401);
	assert_string_equal(fake_calls_asked(), "holder " WORLD_ASKS_STEP_1);
	assert_int_equal(fake_attempts.places, 0);
	/* Nor is there a mail where that account could have none. */
	fake_accounts.holder.account.temporary_password = true;
	world_send(&step_1);
	assert_int_equal(fake_gate.status, 403);
	assert_string_equal(fake_calls_asked(), ASKS_WHO " back neutral");
}

/* Also where the request has the names of the account, as an honest one. */
static void
EST_188_EST_190_a_bad_certificate_spends_no_code(void **state)
{
	static const struct make_csr other = { .common_name = "other" };

	(void)state;
	for (size_t i = 0; i < COUNT(bads); i++) {
		struct world_request r = step_2;

		world_shows_certificate(10);
		bads[i].make();
		r.body = make_csr(&other);
		world_send(&r);
		world_expect(403, bads[i].text,
		    bads[i].make == make_foreign ? UNSPENT : "holder");
		assert_false(fake_attempts.spend);
	}
}

static void
EST_184_the_names_are_those_of_the_certificate(void **state)
{
	static const struct make_csr rows[] = {
		{ .common_name = "other" },
		{ .common_name = WORLD_USER, .email = "a@example.jp" },
	};
	struct world_request r = step_2;

	(void)state;
	world_shows_certificate(10);
	for (size_t i = 0; i < COUNT(rows); i++) {
		r.body = make_csr(&rows[i]);
		world_send(&r);
		world_expect(
		    400, i == 0 ? OTHER_SUBJECT : NULL, ASKS_WHO " spend back");
		assert_false(fake_attempts.spend);
	}
}

static void
EST_187_a_profile_may_want_a_new_key(void **state)
{
	struct world_request r = step_2;
	const unsigned char *key;
	size_t len;

	(void)state;
	world_shows_certificate(10);
	key = make_csr_key(&len);
	fake_accounts.holder.presented.key_identity =
	    digest_of(key + len - 64, 32); /* x */
	world_send(&r);
	world_expect(200, NULL, "holder " WORLD_ASKS_STEP_2);
	WORLD_PERSON->new_key = true;
	world_send(&r);
	world_expect(
	    400, "Re-enrollment takes a new key here.", ASKS_WHO " spend back");
	fake_accounts.holder.presented.key_identity.bytes[0] ^= 1;
	world_send(&r);
	world_expect(200, NULL, "holder " WORLD_ASKS_STEP_2);
}

/* EST-021: a certificate that is not good does not stop an enrollment. */
static void
R_CERT_5_an_expired_one_enrolls_by_password_and_code(void **state)
{
	struct world_request r = { .basic = WORLD_BASIC_CODE };

	(void)state;
	world_shows_certificate(10);
	make_expired();
	fake_accounts.holder.current = fake_accounts.holder.presented;
	world_send(&r);
	world_expect(200, NULL, WORLD_ASKS_STEP_2);
}

/* ---------------------------------------------------------------- devices */

static void
R_CERT_10_a_device_renews_by_its_certificate_alone(void **state)
{
	(void)state;
	world_is_device();
	world_shows_certificate(10);
	world_send(&alone);
	world_expect(200, NULL, "holder issue");
	assert_string_equal(fake_accounts.user_id, "");
	assert_false(fake_issue.asked.by_code);
	assert_string_equal(fake_issue.asked.profile, "device");
	assert_true(world_logged("user=" WORLD_USER));
	assert_true(world_logged("profile=device"));
}

static void
C_20_R_CERT_10_no_authorization_is_looked_at_beside_it(void **state)
{
	static const struct world_request beside[] = {
		{ .basic = WORLD_BASIC_PASSWORD },
		{ .basic = WORLD_BASIC_CODE },
		{ .basic = WORLD_USER ":wrong-Pw1" },
		{ .basic = "None:None" },
		{ .authorization = "" },
		{ .authorization = "Bearer abc", .second = "Basic !!!" },
	};

	(void)state;
	world_is_device();
	world_shows_certificate(10);
	for (size_t i = 0; i < COUNT(beside); i++) {
		struct world_request r = beside[i];

		r.path = WORLD_DEVICE;
		world_send(&r);
		world_expect(200, NULL, "holder issue");
		assert_false(fake_issue.asked.by_code);
		assert_false(world_logged("evaluated="));
	}
}

static void
R_CERT_10_only_where_the_profile_says_so(void **state)
{
	(void)state;
	world_shows_certificate(10);
	world_send(&(struct world_request){ .path = WORLD_REENROLL });
	world_expect(401, "", "holder");
	/* A person has no use of the device's profile. */
	world_send(&alone);
	world_expect(403, OTHER_PROFILE, "holder");
	assert_true(world_logged("outcome=other-profile"));
	/* And a first enrollment is none. */
	world_is_device();
	world_send(&(struct world_request){
	    .path = "/.well-known/est/device/simpleenroll" });
	world_expect(401, "", "");
}

static void
EST_183_a_certificate_that_is_not_ours_is_none(void **state)
{
	(void)state;
	world_shows_certificate(10);
	memset(&fake_accounts.holder, 0, sizeof(fake_accounts.holder));
	world_send(&alone);
	world_expect(403, NO_CERTIFICATE, "holder");
	assert_false(world_logged("user="));
}

static void
EST_188_a_device_with_a_bad_certificate(void **state)
{
	(void)state;
	world_is_device();
	for (size_t i = 0; i < COUNT(bads); i++) {
		world_shows_certificate(10);
		bads[i].make();
		world_send(&alone);
		world_expect(403, bads[i].text, "holder");
	}
}

/* Its successor is revoked: so is its right to a new one. */
static void
R_CERT_10_a_replaced_certificate_needs_a_good_successor(void **state)
{
	(void)state;
	world_is_device();
	world_shows_certificate(10);
	fake_accounts.holder.presented.current = false;
	world_send(&alone);
	world_expect(200, NULL, "holder issue");
	fake_accounts.holder.current.revoked = true;
	world_send(&alone);
	world_expect(403, REVOKED, "holder");
}

/* A repeat looks like that; the issuer knows. */
static void
I_6_a_closed_window_is_the_issuers_to_refuse(void **state)
{
	(void)state;
	world_is_device();
	world_shows_certificate(100);
	fake_issue.answer.again = true;
	world_send(&alone);
	world_expect(200, NULL, "holder issue");
	assert_true(fake_issue.asked.unproven);
	fake_issue.answer.end = ISSUER_REFUSED;
	fake_issue.answer.decision.verdict = DECIDE_WINDOW;
	fake_issue.answer.decision.from = clock_now();
	world_send(&alone);
	world_expect(403, "A new certificate is possible from 2026-11-20 on.",
	    "holder issue");
}

/* Each asks PostgreSQL, and may take 15 ms of a processor. */
static void
T1_a_certificate_alone_asks_so_often_in_a_minute(void **state)
{
	(void)state;
	world_is_device();
	world_shows_certificate(100);
	fake_issue.answer.again = true;
	for (int i = 0; i < WORLD_RENEWALS; i++) {
		world_send(&alone);
		world_expect(200, NULL, "holder issue");
	}
	assert_int_equal(fake_gate.turned_away, 0);
	world_send(&alone);
	world_expect(
	    429, "This certificate has asked too often; try again later.", "");
	assert_int_equal(fake_gate.turned_away, 1);
	assert_string_equal(fake_gate_field("Retry-After"), "2");
	fake_presented.fingerprint.bytes[0] ^= 1;
	world_send(&alone);
	world_expect(200, NULL, "holder issue");
}

/* Each asks PostgreSQL before anybody has proved anything. */
static void
T1_beside_a_password_it_asks_as_often(void **state)
{
	(void)state;
	world_shows_certificate(10);
	for (int i = 0; i < WORLD_RENEWALS; i++)
		world_send(&step_1);
	assert_int_equal(fake_gate.status, 401);
	world_send(&step_1);
	world_expect(429, NULL, "");
}

/* R-CERT-11: the same certificate, whatever the path says or leaves out. */
static void
C_25_a_certificate_has_its_profile_with_it(void **state)
{
	struct world_request r = { .path = WORLD_REENROLL };

	(void)state;
	world_is_device();
	world_shows_certificate(10);
	world_send(&r);
	world_expect(200, NULL, "holder issue");
	assert_string_equal(fake_issue.asked.profile, "device");
	assert_true(world_logged("profile=device"));
	r.path = "/.well-known/est/person/simplereenroll";
	r.basic = WORLD_BASIC_CODE;
	world_send(&r);
	world_expect(403, OTHER_PROFILE, "holder");
	/* One that is configured no more. */
	fake_accounts.holder.presented.profile[0] = 'x';
	r.path = WORLD_REENROLL;
	world_send(&r);
	world_expect(403, OTHER_PROFILE, "holder");
}

static void
C_25_a_contract_may_have_lost_its_profile(void **state)
{
	(void)state;
	world_is_device();
	world_shows_certificate(10);
	memcpy(fake_accounts.holder.account.profiles, "person", 6);
	world_send(&alone);
	world_expect(403, NULL, "holder");
	assert_true(world_logged("outcome=profile"));
}

static void
R_LOCK_3_closing_ends_a_renewal_and_a_block_does_not(void **state)
{
	(void)state;
	world_is_device();
	world_shows_certificate(10);
	fake_accounts.holder.account.state = FACTS_BLOCKED;
	world_send(&alone);
	world_expect(200, NULL, "holder issue");
	fake_accounts.holder.account.state = FACTS_CLOSED;
	world_send(&alone);
	world_expect(403, NULL, "holder");
}

static void
EST_239_a_device_hears_what_is_wrong_with_its_request(void **state)
{
	static const struct make_csr other = { .common_name = "other" };
	static const struct make_csr otp = { .common_name = WORLD_USER,
		.otp = WORLD_CODE };
	struct world_request r = alone;

	(void)state;
	world_is_device();
	world_shows_certificate(10);
	r.body = make_csr(&other);
	world_send(&r);
	world_expect(400, OTHER_SUBJECT, "holder");
	r.body = "MAA=";
	world_send(&r);
	world_expect(400, NULL, "holder");
	/* EST-239: what cannot be looked at is refused. */
	r.body = make_csr(&otp);
	world_send(&r);
	world_expect(400, NO_OTP, "holder");
	r.basic = WORLD_BASIC_PASSWORD;
	world_send(&r);
	world_expect(400, NO_OTP, "holder");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_begin, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(R_CERT_4_certificate_password_and_code_renew),
		TEST(R_CERT_12_what_is_shown_at_once_is_installed),
		TEST(EST_183_without_a_certificate_nothing_is_asked),
		TEST(C_32_EST_183_EST_188_a_bad_certificate_mails_no_code),
		TEST(
		    A_11_EST_190_beside_a_foreign_certificate_a_code_is_mailed),
		TEST(EST_188_EST_190_a_bad_certificate_spends_no_code),
		TEST(EST_184_the_names_are_those_of_the_certificate),
		TEST(EST_187_a_profile_may_want_a_new_key),
		TEST(R_CERT_5_an_expired_one_enrolls_by_password_and_code),
		TEST(R_CERT_10_a_device_renews_by_its_certificate_alone),
		TEST(C_20_R_CERT_10_no_authorization_is_looked_at_beside_it),
		TEST(R_CERT_10_only_where_the_profile_says_so),
		TEST(EST_183_a_certificate_that_is_not_ours_is_none),
		TEST(EST_188_a_device_with_a_bad_certificate),
		TEST(R_CERT_10_a_replaced_certificate_needs_a_good_successor),
		TEST(I_6_a_closed_window_is_the_issuers_to_refuse),
		TEST(T1_a_certificate_alone_asks_so_often_in_a_minute),
		TEST(T1_beside_a_password_it_asks_as_often),
		TEST(C_25_a_certificate_has_its_profile_with_it),
		TEST(C_25_a_contract_may_have_lost_its_profile),
		TEST(R_LOCK_3_closing_ends_a_renewal_and_a_block_does_not),
		TEST(EST_239_a_device_hears_what_is_wrong_with_its_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
