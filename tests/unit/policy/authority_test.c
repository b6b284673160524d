#include "policy/authority.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"

/*
 * The whole table, cell by cell: for each act a line for each actor, in the
 * line a letter for each target: unknown, foreign, contract, self, person,
 * device, chief. + allowed, - refused, . hidden. The profile lets masters
 * revoke.
 */
static const struct {
	const char *nobody, *general, *master, *operator_;
} table[AUTHORITY_ACT_COUNT] = {
	[AUTHORITY_ADD_CONTRACT] = { "-------", "-------", "-------",
	    "+++++++" },
	[AUTHORITY_SHOW_CONTRACT] = { ".......", "..--...", "..+----",
	    ".++++++" },
	[AUTHORITY_RESET_CONTRACT] = { ".......", "..--...", "..-----",
	    ".++++++" },
	[AUTHORITY_UNBLOCK_CONTRACT] = { ".......", "..--...", "..-----",
	    ".++++++" },
	[AUTHORITY_SET_PROFILES] = { ".......", "..--...", "..-----",
	    ".++++++" },
	[AUTHORITY_CLOSE_CONTRACT] = { ".......", "..--...", "..-----",
	    ".++++++" },
	[AUTHORITY_REGISTER] = { ".......", "..--...", "..+----", ".++++++" },
	[AUTHORITY_LIST] = { ".......", "..--...", "..+----", ".++++++" },
	[AUTHORITY_SHOW] = { ".......", "..-+...", "..-+++-", ".++++++" },
	[AUTHORITY_LIFT] = { ".......", "..--...", "..--++-", ".++++++" },
	[AUTHORITY_SUSPEND] = { ".......", "..--...", "..-----", ".++++++" },
	[AUTHORITY_CLOSE] = { ".......", "..--...", "..--++-", ".++++++" },
	[AUTHORITY_REOPEN] = { ".......", "..--...", "..--++-", ".++++++" },
	[AUTHORITY_REMIND] = { ".......", "..--...", "..--++-", ".++++++" },
	[AUTHORITY_SET_NAME] = { ".......", "..-+...", "..-+-+-", ".++++++" },
	[AUTHORITY_SET_EMAIL] = { ".......", "..-+...", "..-+-+-", ".++++++" },
	[AUTHORITY_SET_PASSWORD] = { ".......", "..-+...", "..-+---",
	    ".++++++" },
	[AUTHORITY_SET_TEMPORARY] = { ".......", "..--...", "..--++-",
	    ".++++++" },
	[AUTHORITY_REVOKE] = { ".......", "..--...", "..--++-", ".++++++" },
};

static void
expect(enum authority_who who, enum authority_act act, const char *wanted)
{
	static const char letters[] = ".-+";
	char seen[AUTHORITY_TARGET_COUNT + 1] = "";

	assert_non_null(wanted);
	for (int t = 0; t < AUTHORITY_TARGET_COUNT; t++)
		seen[t] = letters[authority_judge(
		    who, act, (enum authority_target)t, true)];
	if (strcmp(seen, wanted) != 0)
		fail_msg("who %d act %d: %s, not %s", (int)who, (int)act, seen,
		    wanted);
}

static void
R_LOCK_6_R_ACC_8a_every_cell_of_the_table(void **state)
{
	(void)state;
	for (int a = 0; a < AUTHORITY_ACT_COUNT; a++) {
		enum authority_act act = (enum authority_act)a;

		expect(AUTHORITY_NOBODY, act, table[a].nobody);
		expect(AUTHORITY_GENERAL, act, table[a].general);
		expect(AUTHORITY_MASTER, act, table[a].master);
		expect(AUTHORITY_OPERATOR, act, table[a].operator_);
	}
}

/* Once more by sentences, so that a wrong letter above does not hide. */
static enum authority_answer
master(enum authority_act act, enum authority_target target)
{
	return authority_judge(AUTHORITY_MASTER, act, target, false);
}

static void
R_LOCK_6_a_master_lifts_for_the_others_not_for_himself(void **state)
{
	(void)state;
	assert_int_equal(
	    master(AUTHORITY_LIFT, AUTHORITY_PERSON), AUTHORITY_ALLOWED);
	assert_int_equal(
	    master(AUTHORITY_LIFT, AUTHORITY_DEVICE), AUTHORITY_ALLOWED);
	assert_int_equal(
	    master(AUTHORITY_LIFT, AUTHORITY_SELF), AUTHORITY_REFUSED);
	assert_int_equal(authority_judge(AUTHORITY_OPERATOR, AUTHORITY_LIFT,
			     AUTHORITY_FOREIGN, false),
	    AUTHORITY_ALLOWED);
}

static void
R_ACC_8a_only_the_operator_resets_a_contract(void **state)
{
	(void)state;
	for (int w = 0; w < AUTHORITY_OPERATOR; w++)
		for (int t = 0; t < AUTHORITY_TARGET_COUNT; t++)
			assert_int_not_equal(
			    authority_judge((enum authority_who)w,
				AUTHORITY_RESET_CONTRACT,
				(enum authority_target)t, true),
			    AUTHORITY_ALLOWED);
}

static void
I_14_what_is_foreign_answers_like_what_is_not_there(void **state)
{
	(void)state;
	for (int w = 0; w < AUTHORITY_OPERATOR; w++)
		for (int a = 0; a < AUTHORITY_ACT_COUNT; a++) {
			enum authority_who who = (enum authority_who)w;
			enum authority_act act = (enum authority_act)a;

			assert_int_equal(
			    authority_judge(who, act, AUTHORITY_FOREIGN, true),
			    authority_judge(who, act, AUTHORITY_UNKNOWN, true));
			assert_int_not_equal(
			    authority_judge(who, act, AUTHORITY_FOREIGN, true),
			    AUTHORITY_ALLOWED);
		}
}

static void
I_14_a_general_user_does_not_see_colleagues(void **state)
{
	(void)state;
	for (int a = AUTHORITY_SHOW; a < AUTHORITY_ACT_COUNT; a++)
		for (int t = AUTHORITY_PERSON; t < AUTHORITY_TARGET_COUNT; t++)
			assert_int_equal(authority_judge(AUTHORITY_GENERAL,
					     (enum authority_act)a,
					     (enum authority_target)t, true),
			    AUTHORITY_HIDDEN);
}

static void
R_CERT_6_a_master_revokes_only_where_the_profile_says_so(void **state)
{
	(void)state;
	for (int t = 0; t < AUTHORITY_TARGET_COUNT; t++)
		assert_int_not_equal(
		    master(AUTHORITY_REVOKE, (enum authority_target)t),
		    AUTHORITY_ALLOWED);
	assert_int_equal(
	    master(AUTHORITY_REVOKE, AUTHORITY_PERSON), AUTHORITY_REFUSED);
	assert_int_equal(authority_judge(AUTHORITY_OPERATOR, AUTHORITY_REVOKE,
			     AUTHORITY_FOREIGN, false),
	    AUTHORITY_ALLOWED);
}

/* T7: with both, a master could enroll in that user's name. */
static void
R_ACC_8_T7_a_master_gives_a_password_but_no_address(void **state)
{
	(void)state;
	assert_int_equal(master(AUTHORITY_SET_TEMPORARY, AUTHORITY_PERSON),
	    AUTHORITY_ALLOWED);
	assert_int_equal(
	    master(AUTHORITY_SET_EMAIL, AUTHORITY_PERSON), AUTHORITY_REFUSED);
	assert_int_equal(
	    master(AUTHORITY_SET_EMAIL, AUTHORITY_DEVICE), AUTHORITY_ALLOWED);
}

/* ------------------------------------------------------- who and to whom */

static struct facts_account
account(int64_t id, const char *contract, enum facts_role role)
{
	struct facts_account a = { .id = id, .role = role };

	snprintf(a.contract, sizeof(a.contract), "%s", contract);
	return a;
}

static void
R_ACC_7_a_temporary_password_makes_nobody(void **state)
{
	struct facts_account a = account(1, "12345678", FACTS_GENERAL);

	(void)state;
	assert_int_equal(authority_who(&a), AUTHORITY_GENERAL);
	a.temporary_password = true;
	assert_int_equal(authority_who(&a), AUTHORITY_NOBODY);
}

static void
R_LOCK_3_a_blocked_or_closed_account_is_nobody(void **state)
{
	struct facts_account a = account(1, "12345678", FACTS_MASTER);

	(void)state;
	assert_int_equal(authority_who(&a), AUTHORITY_MASTER);
	a.state = FACTS_BLOCKED;
	assert_int_equal(authority_who(&a), AUTHORITY_NOBODY);
	a.state = FACTS_SUSPENDED;
	assert_int_equal(authority_who(&a), AUTHORITY_NOBODY);
	a.state = FACTS_CLOSED;
	assert_int_equal(authority_who(&a), AUTHORITY_NOBODY);
	a = account(1, "12345678", FACTS_DEVICE);
	assert_int_equal(authority_who(&a), AUTHORITY_NOBODY);
	a = account(0, "12345678", FACTS_MASTER);
	assert_int_equal(authority_who(&a), AUTHORITY_NOBODY);
}

/* An account is no key to the command line; and the master of the contract that
 * operators are of makes himself none of them. */
static void
R_OPS_2_an_operators_account_acts_for_itself_alone(void **state)
{
	struct facts_account me = account(1, "12345678", FACTS_OPERATOR);
	struct facts_account master = account(2, "12345678", FACTS_MASTER);

	(void)state;
	assert_int_equal(authority_who(&me), AUTHORITY_GENERAL);
	assert_int_equal(authority_of_account(&master, &me), AUTHORITY_CHIEF);
}

static void
I_14_an_account_is_placed_by_contract_and_role(void **state)
{
	struct facts_account me = account(1, "12345678", FACTS_MASTER);
	struct facts_account none = account(0, "", FACTS_MASTER);
	struct facts_account other;

	(void)state;
	assert_int_equal(authority_of_account(&me, NULL), AUTHORITY_UNKNOWN);
	assert_int_equal(authority_of_account(&me, &none), AUTHORITY_UNKNOWN);
	assert_int_equal(authority_of_account(&me, &me), AUTHORITY_SELF);
	other = account(2, "12345678", FACTS_GENERAL);
	assert_int_equal(authority_of_account(&me, &other), AUTHORITY_PERSON);
	other = account(2, "12345678", FACTS_DEVICE);
	assert_int_equal(authority_of_account(&me, &other), AUTHORITY_DEVICE);
	other = account(2, "12345678", FACTS_MASTER);
	assert_int_equal(authority_of_account(&me, &other), AUTHORITY_CHIEF);
	for (int r = FACTS_MASTER; r <= FACTS_OPERATOR; r++) {
		other = account(2, "12345679", (enum facts_role)r);
		assert_int_equal(
		    authority_of_account(&me, &other), AUTHORITY_FOREIGN);
		/* Somebody without an account has no contract either. */
		other = account(2, "", (enum facts_role)r);
		assert_int_equal(
		    authority_of_account(&none, &other), AUTHORITY_FOREIGN);
	}
	assert_int_equal(
	    authority_of_contract(&me, "12345678"), AUTHORITY_CONTRACT);
	assert_int_equal(
	    authority_of_contract(&me, "12345670"), AUTHORITY_FOREIGN);
	assert_int_equal(authority_of_contract(&none, ""), AUTHORITY_FOREIGN);
}

static void
R_LOCK_6_each_refusal_has_its_sentence(void **state)
{
	(void)state;
	for (int a = 0; a < AUTHORITY_ACT_COUNT; a++) {
		const char *why = authority_why((enum authority_act)a);

		assert_non_null(why);
		assert_true(strlen(why) > 10);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    R_OPS_2_an_operators_account_acts_for_itself_alone),
		cmocka_unit_test(R_LOCK_6_R_ACC_8a_every_cell_of_the_table),
		cmocka_unit_test(
		    R_LOCK_6_a_master_lifts_for_the_others_not_for_himself),
		cmocka_unit_test(R_ACC_8a_only_the_operator_resets_a_contract),
		cmocka_unit_test(
		    I_14_what_is_foreign_answers_like_what_is_not_there),
		cmocka_unit_test(I_14_a_general_user_does_not_see_colleagues),
		cmocka_unit_test(
		    R_CERT_6_a_master_revokes_only_where_the_profile_says_so),
		cmocka_unit_test(
		    R_ACC_8_T7_a_master_gives_a_password_but_no_address),
		cmocka_unit_test(R_ACC_7_a_temporary_password_makes_nobody),
		cmocka_unit_test(
		    R_LOCK_3_a_blocked_or_closed_account_is_nobody),
		cmocka_unit_test(
		    I_14_an_account_is_placed_by_contract_and_role),
		cmocka_unit_test(R_LOCK_6_each_refusal_has_its_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
