#include "policy/decide.h"

#include "tests/lib/test.h"

#include "base/clock.h"

#include <string.h>

/* Issued 2022-05-25 in Tokyo, good to 2023-05-25 23:59:59 (R-CERT-1). */
#define ISSUED 1653465600    /* 2022-05-25T17:00:00+09:00 */
#define NOT_AFTER 1685026799 /* 2023-05-25T23:59:59+09:00 */
#define OPENS 1682348400     /* 2023-04-25T00:00:00+09:00 */

#define ACCOUNT 7

static const struct facts_certificate any_certificate = {
	.exists = true,
	.account = ACCOUNT,
	.not_before = ISSUED,
	.not_after = NOT_AFTER,
	.issued = true,
	.current = true,
};

static struct facts_certificate
certificate(enum facts_role role)
{
	struct facts_certificate c = any_certificate;
	const char *profile = role == FACTS_DEVICE ? "device" : "person";

	memcpy(c.profile, profile, strlen(profile));
	return c;
}

/* Somebody with a current certificate that is also presented. */
static struct facts_holder
holder(enum facts_role role)
{
	return (struct facts_holder){
		.account = { .id = ACCOUNT, .role = role },
		.current = certificate(role),
		.presented = certificate(role),
	};
}

/* The current certificate is of that profile, too. */
static struct decision
decide_under(enum decide_operation operation, const struct profile *p,
    const struct facts_holder *h, time_t now)
{
	const struct decide_profiles profiles = { .wanted = p };

	return decide(operation, &profiles, h, now);
}

static enum decide_verdict
enroll(const struct facts_holder *h, time_t now)
{
	struct profile p = h->account.role == FACTS_DEVICE ? profile_device()
							   : profile_person();

	return decide_under(DECIDE_ENROLL, &p, h, now).verdict;
}

static enum decide_verdict
reenroll(const struct facts_holder *h, time_t now)
{
	struct profile p = h->account.role == FACTS_DEVICE ? profile_device()
							   : profile_person();

	return decide_under(DECIDE_REENROLL, &p, h, now).verdict;
}

static int
in_tokyo(void **state)
{
	(void)state;
	return clock_zone("Asia/Tokyo") ? 0 : -1;
}

static void
R_CERT_3_first_certificate_is_allowed(void **state)
{
	struct facts_holder h = holder(FACTS_GENERAL);

	(void)state;
	h.current = (struct facts_certificate){ 0 };
	h.presented = (struct facts_certificate){ 0 };
	assert_int_equal(enroll(&h, ISSUED), DECIDE_ALLOWED);
	h.account.role = FACTS_MASTER;
	assert_int_equal(enroll(&h, ISSUED), DECIDE_ALLOWED);
	h.account.role = FACTS_DEVICE;
	assert_int_equal(enroll(&h, ISSUED), DECIDE_ALLOWED);
}

static void
R_CERT_3_refused_until_the_window_and_says_from_when(void **state)
{
	struct facts_holder h = holder(FACTS_GENERAL);
	struct profile p = profile_person();

	(void)state;
	for (int i = 0; i < 2; i++) {
		enum decide_operation o =
		    i == 0 ? DECIDE_ENROLL : DECIDE_REENROLL;
		struct decision d = decide_under(o, &p, &h, OPENS - 1);

		assert_int_equal(d.verdict, DECIDE_WINDOW);
		assert_int_equal(d.from, OPENS);
		d = decide_under(o, &p, &h, ISSUED);
		assert_int_equal(d.verdict, DECIDE_WINDOW);
		assert_int_equal(d.from, OPENS);
		d = decide_under(o, &p, &h, OPENS);
		assert_int_equal(d.verdict, DECIDE_ALLOWED);
		assert_int_equal(d.from, 0);
		d = decide_under(o, &p, &h, NOT_AFTER);
		assert_int_equal(d.verdict, DECIDE_ALLOWED);
	}
}

static void
R_CERT_3_in_the_window_no_certificate_need_be_shown(void **state)
{
	struct facts_holder h = holder(FACTS_GENERAL);

	(void)state;
	h.presented = (struct facts_certificate){ 0 };
	assert_int_equal(enroll(&h, OPENS - 1), DECIDE_WINDOW);
	assert_int_equal(enroll(&h, OPENS), DECIDE_ALLOWED);
}

static void
R_CERT_5_after_expiry_enroll_is_allowed_anew(void **state)
{
	struct facts_holder h = holder(FACTS_GENERAL);

	(void)state;
	assert_int_equal(enroll(&h, NOT_AFTER + 1), DECIDE_ALLOWED);
	h.account.role = FACTS_DEVICE;
	assert_int_equal(enroll(&h, NOT_AFTER + 1), DECIDE_ALLOWED);
}

static void
R_CERT_6_after_revocation_enroll_is_allowed_anew(void **state)
{
	struct facts_holder h = holder(FACTS_GENERAL);

	(void)state;
	h.current.revoked = true;
	assert_int_equal(enroll(&h, ISSUED), DECIDE_ALLOWED);
}

/* A reservation that was never filled is no certificate yet (I-4). */
static void
I_4_unfinished_row_does_not_close_the_window(void **state)
{
	struct facts_holder h = holder(FACTS_GENERAL);

	(void)state;
	h.current.issued = false;
	assert_int_equal(enroll(&h, ISSUED), DECIDE_ALLOWED);
}

static void
R_LOCK_2_account_that_is_not_open_is_refused_first(void **state)
{
	struct facts_holder h = holder(FACTS_GENERAL);

	(void)state;
	h.account.temporary_password = true;
	h.account.locked_until = OPENS;
	assert_int_equal(reenroll(&h, OPENS - 1), DECIDE_ACCOUNT);
	assert_int_equal(reenroll(&h, OPENS), DECIDE_TEMPORARY);
	h.account.state = FACTS_BLOCKED;
	assert_int_equal(reenroll(&h, OPENS), DECIDE_ACCOUNT);
	h.account.state = FACTS_CLOSED;
	assert_int_equal(reenroll(&h, OPENS), DECIDE_ACCOUNT);
	h.account.state = FACTS_ACTIVE;
	h.account.id = 0;
	assert_int_equal(reenroll(&h, OPENS), DECIDE_ACCOUNT);
}

/*
 * Who knows a user ID locks it, and blocks it, with wrong passwords. A device
 * that shows its certificate has made none of them (A12).
 */
static void
R_LOCK_3_no_lock_ends_a_renewal_by_certificate(void **state)
{
	struct facts_holder h = holder(FACTS_DEVICE);

	(void)state;
	h.account.locked_until = OPENS + 3600;
	h.account.locks = 2;
	assert_int_equal(reenroll(&h, OPENS), DECIDE_ALLOWED);
	assert_int_equal(enroll(&h, OPENS), DECIDE_ACCOUNT);
	h.account.state = FACTS_BLOCKED;
	assert_int_equal(reenroll(&h, OPENS), DECIDE_ALLOWED);
	assert_int_equal(enroll(&h, OPENS), DECIDE_ACCOUNT);
	h.account.state = FACTS_CLOSED;
	assert_int_equal(reenroll(&h, OPENS), DECIDE_ACCOUNT);
	h.account.state = FACTS_ACTIVE;
	h.account.id = 0;
	assert_int_equal(reenroll(&h, OPENS), DECIDE_ACCOUNT);
}

static void
R_LOCK_9_a_suspension_ends_every_way(void **state)
{
	struct facts_holder h = holder(FACTS_DEVICE);

	(void)state;
	h.account.state = FACTS_SUSPENDED;
	assert_int_equal(reenroll(&h, OPENS), DECIDE_ACCOUNT);
	assert_int_equal(enroll(&h, OPENS), DECIDE_ACCOUNT);
}

static void
I_9_facts_that_are_all_zero_allow_nothing(void **state)
{
	struct facts_holder h = { 0 };

	(void)state;
	assert_int_equal(enroll(&h, OPENS), DECIDE_ACCOUNT);
	assert_int_equal(reenroll(&h, OPENS), DECIDE_ACCOUNT);
}

static void
R_ACC_7_temporary_password_comes_before_the_profile(void **state)
{
	struct facts_holder h = holder(FACTS_DEVICE);
	struct profile p = profile_person();

	(void)state;
	h.account.temporary_password = true;
	assert_int_equal(decide_under(DECIDE_ENROLL, &p, &h, OPENS).verdict,
	    DECIDE_TEMPORARY);
	h.account.temporary_password = false;
	assert_int_equal(
	    decide_under(DECIDE_ENROLL, &p, &h, OPENS).verdict, DECIDE_PROFILE);
}

static void
R_CERT_10_profile_is_for_its_role_only(void **state)
{
	static const enum facts_role roles[] = { FACTS_MASTER, FACTS_GENERAL,
		FACTS_DEVICE };
	struct profile person = profile_person(), device = profile_device();

	(void)state;
	for (size_t i = 0; i < COUNT(roles); i++) {
		struct facts_holder h = holder(roles[i]);
		bool is_device = roles[i] == FACTS_DEVICE;

		assert_int_equal(
		    decide_under(DECIDE_ENROLL, &person, &h, OPENS).verdict,
		    is_device ? DECIDE_PROFILE : DECIDE_ALLOWED);
		assert_int_equal(
		    decide_under(DECIDE_REENROLL, &device, &h, OPENS).verdict,
		    is_device ? DECIDE_ALLOWED : DECIDE_PROFILE);
	}
}

/* Neither way: what lets an operator in is no other person's. */
static void
R_OPS_1_an_operators_profile_is_for_operators_alone(void **state)
{
	struct profile operator_ = profile_operator();
	struct profile others[] = { profile_person(), profile_device() };
	struct facts_holder h = holder(FACTS_OPERATOR);

	(void)state;
	assert_int_equal(
	    decide_under(DECIDE_ENROLL, &operator_, &h, OPENS).verdict,
	    DECIDE_ALLOWED);
	for (size_t i = 0; i < COUNT(others); i++)
		assert_int_equal(
		    decide_under(DECIDE_ENROLL, &others[i], &h, OPENS).verdict,
		    DECIDE_PROFILE);
	for (int r = FACTS_MASTER; r <= FACTS_DEVICE; r++) {
		h = holder((enum facts_role)r);
		assert_int_equal(
		    decide_under(DECIDE_ENROLL, &operator_, &h, OPENS).verdict,
		    DECIDE_PROFILE);
	}
}

/* In each role, for it is the same question whatever else was shown. */
static void
EST_183_to_190_reenroll_needs_a_good_certificate(void **state)
{
	static const enum facts_role roles[] = { FACTS_GENERAL, FACTS_DEVICE };

	(void)state;
	for (size_t i = 0; i < COUNT(roles); i++) {
		struct facts_holder h = holder(roles[i]);

		/* Everything wrong at once; made right one by one. */
		h.presented.exists = false;
		h.presented.issued = false;
		h.presented.account = ACCOUNT + 1;
		h.presented.revoked = true;
		h.presented.not_after = OPENS - 1;
		assert_int_equal(reenroll(&h, OPENS), DECIDE_NO_CERTIFICATE);
		h.presented.exists = true;
		assert_int_equal(reenroll(&h, OPENS), DECIDE_NO_CERTIFICATE);
		h.presented.issued = true;
		assert_int_equal(reenroll(&h, OPENS), DECIDE_FOREIGN);
		h.presented.account = ACCOUNT;
		assert_int_equal(reenroll(&h, OPENS), DECIDE_REVOKED);
		h.presented.revoked = false;
		assert_int_equal(reenroll(&h, OPENS), DECIDE_EXPIRED);
		h.presented.not_after = OPENS;
		assert_int_equal(reenroll(&h, OPENS), DECIDE_ALLOWED);
	}
}

static void
EST_188_certificate_is_good_to_its_last_second(void **state)
{
	struct facts_holder h = holder(FACTS_DEVICE);

	(void)state;
	assert_int_equal(reenroll(&h, NOT_AFTER - 1), DECIDE_ALLOWED);
	assert_int_equal(reenroll(&h, NOT_AFTER), DECIDE_ALLOWED);
	assert_int_equal(reenroll(&h, NOT_AFTER + 1), DECIDE_EXPIRED);
}

/* The old one stays good, but the new one is the current one at once. */
static void
R_CERT_4_window_is_that_of_the_new_certificate(void **state)
{
	struct facts_holder h = holder(FACTS_GENERAL);
	struct profile p = profile_person();
	struct decision d;

	(void)state;
	h.presented.current = false;
	h.current.not_after = NOT_AFTER + 365 * 86400;
	d = decide_under(DECIDE_REENROLL, &p, &h, OPENS);
	assert_int_equal(d.verdict, DECIDE_WINDOW);
	assert_in_range(d.from, OPENS + 364 * 86400, OPENS + 366 * 86400);
}

static void
R_CERT_4_old_certificate_renews_with_password_and_code(void **state)
{
	struct facts_holder h = holder(FACTS_GENERAL);

	(void)state;
	h.presented.current = false;
	assert_int_equal(reenroll(&h, OPENS), DECIDE_ALLOWED);
	h.current.revoked = true;
	assert_int_equal(reenroll(&h, ISSUED), DECIDE_ALLOWED);
}

/* No path leads around what a profile demands. */
static void
C_25_R_CERT_11_it_is_renewed_under_its_own_profile(void **state)
{
	struct facts_holder h = holder(FACTS_DEVICE);
	struct profile own = profile_device(), other = profile_device();

	(void)state;
	memcpy(other.name, "lax", sizeof("lax"));
	assert_int_equal(decide_under(DECIDE_REENROLL, &own, &h, OPENS).verdict,
	    DECIDE_ALLOWED);
	assert_int_equal(
	    decide_under(DECIDE_REENROLL, &other, &h, OPENS).verdict,
	    DECIDE_OTHER_PROFILE);
	assert_int_equal(decide_under(DECIDE_ENROLL, &other, &h, OPENS).verdict,
	    DECIDE_ALLOWED);
}

/* A successor that wants more than the older one shows. */
static void
C_25_R_CERT_11_an_older_one_renews_none_of_another_profile(void **state)
{
	struct facts_holder h = holder(FACTS_DEVICE);
	struct profile own = profile_device();

	(void)state;
	h.presented.current = false;
	assert_int_equal(decide_under(DECIDE_REENROLL, &own, &h, OPENS).verdict,
	    DECIDE_ALLOWED);
	memcpy(h.current.profile, "strict", sizeof("strict"));
	assert_int_equal(decide_under(DECIDE_REENROLL, &own, &h, OPENS).verdict,
	    DECIDE_REPLACED);
}

static void
C_25_R_CERT_3_the_window_is_that_of_the_current_one(void **state)
{
	struct facts_holder h = holder(FACTS_GENERAL);
	struct profile own = profile_person(), lax = profile_person();
	const struct decide_profiles profiles = { &lax, &own };
	struct decision d;

	(void)state;
	memcpy(lax.name, "lax", sizeof("lax"));
	lax.renewal_days = 365;
	d = decide(DECIDE_ENROLL, &profiles, &h, OPENS - 1);
	assert_int_equal(d.verdict, DECIDE_WINDOW);
	assert_int_equal(d.from, OPENS);
	d = decide(DECIDE_ENROLL, &profiles, &h, OPENS);
	assert_int_equal(d.verdict, DECIDE_ALLOWED);
}

static void
C_25_R_CERT_11_a_contract_has_its_profiles(void **state)
{
	static const struct {
		const char *profiles;
		bool allowed;
	} rows[] = {
		{ "", true },
		{ "person", true },
		{ "short,person", true },
		{ "person,short", true },
		{ "a,person,b", true },
		{ "short", false },
		{ "person2", false },
		{ "perso", false },
		{ "xperson,personx", false },
		{ "Person", false },
	};
	struct facts_holder h = holder(FACTS_GENERAL);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		memset(h.account.profiles, 0, sizeof(h.account.profiles));
		memcpy(h.account.profiles, rows[i].profiles,
		    strlen(rows[i].profiles));
		assert_int_equal(enroll(&h, OPENS),
		    rows[i].allowed ? DECIDE_ALLOWED : DECIDE_PROFILE);
		assert_int_equal(reenroll(&h, OPENS),
		    rows[i].allowed ? DECIDE_ALLOWED : DECIDE_PROFILE);
	}
}

static struct decision
replace(const struct facts_holder *h, const struct profile *p, time_t now)
{
	return decide_under(DECIDE_REPLACE, p, h, now);
}

static void
R_CERT_12_replaced_for_a_day_after_the_issue(void **state)
{
	struct facts_holder h = holder(FACTS_GENERAL);
	struct profile p = profile_person();
	time_t until = ISSUED + 86400;
	struct decision d;

	(void)state;
	h.current.issued_at = ISSUED;
	d = replace(&h, &p, until - 1);
	assert_int_equal(d.verdict, DECIDE_ALLOWED);
	assert_true(d.replaces);
	d = replace(&h, &p, until);
	assert_int_equal(d.verdict, DECIDE_WINDOW);
	assert_int_equal(d.replace_until, 0);
	assert_false(d.replaces);
	p.replacement_s = 0;
	assert_int_equal(replace(&h, &p, ISSUED).verdict, DECIDE_WINDOW);
}

static void
R_CERT_12_not_after_it_was_seen_installed(void **state)
{
	struct facts_holder h = holder(FACTS_GENERAL);
	struct profile p = profile_person();
	struct decision d;

	(void)state;
	h.current.issued_at = ISSUED;
	h.current.installed = true;
	d = replace(&h, &p, ISSUED);
	assert_int_equal(d.verdict, DECIDE_WINDOW);
	assert_int_equal(d.from, OPENS);
	assert_int_equal(d.replace_until, 0);
}

/* One in use, and at any time; and who does not ask for it is told of it. */
static void
R_CERT_6_what_its_holder_may_revoke_is_replaced(void **state)
{
	struct facts_holder h = holder(FACTS_GENERAL);
	struct profile p = profile_person();
	struct decision d;

	(void)state;
	p.holder_revokes = true;
	h.current.issued_at = ISSUED;
	h.current.installed = true;
	d = replace(&h, &p, OPENS - 1);
	assert_int_equal(d.verdict, DECIDE_ALLOWED);
	assert_true(d.replaces);
	assert_true(d.held);
	d = decide_under(DECIDE_ENROLL, &p, &h, OPENS - 1);
	assert_int_equal(d.verdict, DECIDE_WINDOW);
	assert_int_equal(d.replace_until, OPENS);
	assert_false(d.held);
	memcpy(h.current.profile, "strict", sizeof("strict"));
	assert_int_equal(replace(&h, &p, ISSUED).verdict, DECIDE_WINDOW);
}

static void
R_CERT_12_whoever_does_not_ask_for_it_is_told_of_it(void **state)
{
	struct facts_holder h = holder(FACTS_GENERAL);
	struct profile p = profile_person();
	struct decision d;

	(void)state;
	h.current.issued_at = ISSUED;
	for (int i = 0; i < 2; i++) {
		d = decide_under(
		    i == 0 ? DECIDE_ENROLL : DECIDE_REENROLL, &p, &h, ISSUED);
		assert_int_equal(d.verdict, DECIDE_WINDOW);
		assert_int_equal(d.replace_until, ISSUED + 86400);
		assert_false(d.replaces);
	}
}

/* Nor one whose profile asks for more, nor a device's. */
static void
R_CERT_12_R_CERT_11_only_under_its_own_profile(void **state)
{
	struct facts_holder h = holder(FACTS_GENERAL);
	struct profile p = profile_person(), device = profile_device();

	(void)state;
	h.current.issued_at = ISSUED;
	memcpy(h.current.profile, "strict", sizeof("strict"));
	assert_int_equal(replace(&h, &p, ISSUED).verdict, DECIDE_WINDOW);
	h = holder(FACTS_DEVICE);
	h.current.issued_at = ISSUED;
	assert_int_equal(replace(&h, &device, ISSUED).verdict, DECIDE_WINDOW);
}

static void
R_CERT_12_where_nothing_is_to_be_replaced_it_is_an_issue(void **state)
{
	struct facts_holder h = holder(FACTS_GENERAL);
	struct profile p = profile_person();
	struct decision d;

	(void)state;
	h.current.issued_at = ISSUED;
	d = replace(&h, &p, OPENS);
	assert_int_equal(d.verdict, DECIDE_ALLOWED);
	assert_false(d.replaces);
	h.current.revoked = true;
	d = replace(&h, &p, ISSUED);
	assert_int_equal(d.verdict, DECIDE_ALLOWED);
	assert_false(d.replaces);
	h.account.state = FACTS_BLOCKED;
	assert_int_equal(replace(&h, &p, ISSUED).verdict, DECIDE_ACCOUNT);
}

/* Or who kept a device's old key would live on after its revocation. */
static void
R_CERT_10_a_replaced_one_renews_alone_beside_a_good_one(void **state)
{
	struct facts_holder h = holder(FACTS_DEVICE);

	(void)state;
	assert_int_equal(reenroll(&h, OPENS - 1), DECIDE_WINDOW);
	assert_int_equal(reenroll(&h, OPENS), DECIDE_ALLOWED);
	h.presented.current = false;
	assert_int_equal(reenroll(&h, OPENS - 1), DECIDE_WINDOW);
	assert_int_equal(reenroll(&h, OPENS), DECIDE_ALLOWED);
	h.current.revoked = true;
	assert_int_equal(reenroll(&h, OPENS), DECIDE_REPLACED);
	h.current.exists = false;
	assert_int_equal(reenroll(&h, OPENS), DECIDE_REPLACED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R_CERT_3_first_certificate_is_allowed),
		cmocka_unit_test(
		    C_25_R_CERT_11_it_is_renewed_under_its_own_profile),
		cmocka_unit_test(
		    C_25_R_CERT_11_an_older_one_renews_none_of_another_profile),
		cmocka_unit_test(
		    C_25_R_CERT_3_the_window_is_that_of_the_current_one),
		cmocka_unit_test(C_25_R_CERT_11_a_contract_has_its_profiles),
		cmocka_unit_test(
		    R_CERT_3_refused_until_the_window_and_says_from_when),
		cmocka_unit_test(
		    R_CERT_3_in_the_window_no_certificate_need_be_shown),
		cmocka_unit_test(R_CERT_5_after_expiry_enroll_is_allowed_anew),
		cmocka_unit_test(
		    R_CERT_6_after_revocation_enroll_is_allowed_anew),
		cmocka_unit_test(I_4_unfinished_row_does_not_close_the_window),
		cmocka_unit_test(
		    R_LOCK_2_account_that_is_not_open_is_refused_first),
		cmocka_unit_test(
		    R_LOCK_3_no_lock_ends_a_renewal_by_certificate),
		cmocka_unit_test(R_LOCK_9_a_suspension_ends_every_way),
		cmocka_unit_test(I_9_facts_that_are_all_zero_allow_nothing),
		cmocka_unit_test(
		    R_ACC_7_temporary_password_comes_before_the_profile),
		cmocka_unit_test(R_CERT_10_profile_is_for_its_role_only),
		cmocka_unit_test(
		    R_OPS_1_an_operators_profile_is_for_operators_alone),
		cmocka_unit_test(
		    EST_183_to_190_reenroll_needs_a_good_certificate),
		cmocka_unit_test(
		    EST_188_certificate_is_good_to_its_last_second),
		cmocka_unit_test(
		    R_CERT_4_window_is_that_of_the_new_certificate),
		cmocka_unit_test(
		    R_CERT_4_old_certificate_renews_with_password_and_code),
		cmocka_unit_test(
		    R_CERT_10_a_replaced_one_renews_alone_beside_a_good_one),
		cmocka_unit_test(R_CERT_12_replaced_for_a_day_after_the_issue),
		cmocka_unit_test(R_CERT_12_not_after_it_was_seen_installed),
		cmocka_unit_test(
		    R_CERT_6_what_its_holder_may_revoke_is_replaced),
		cmocka_unit_test(
		    R_CERT_12_whoever_does_not_ask_for_it_is_told_of_it),
		cmocka_unit_test(
		    R_CERT_12_R_CERT_11_only_under_its_own_profile),
		cmocka_unit_test(
		    R_CERT_12_where_nothing_is_to_be_replaced_it_is_an_issue),
	};

	return cmocka_run_group_tests(tests, in_tokyo, NULL);
}
