/*
 * What a master's desk asks in the role of koshin_member: reading and changing
 * users of the contract of a session, and nobody else's.
 */
#include "db/people.h"

#include "tests/lib/db_test.h"
#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

#define MONTH_ENDS 4000000000
#define HASH "$argon2id$v=19$test"

static struct people *people;
static bool heard, anything;
static enum db_rc rc;
static unsigned found, seen;
static char names[512]; /* of the users that were listed, with blanks */
static struct people_figures figures;
static unsigned made;

static int
begin(void **state)
{
	if (db_begin(state) != 0)
		return -1;
	people = people_open(db_base, db_as("koshin_member"));
	for (int i = 0; i < 500 && !people_up(people); i++)
		db_run_ms(10);
	return people_up(people) ? 0 : -1;
}

static int
end(void **state)
{
	people_close(people);
	return db_end(state);
}

/* A contract with a master, whose token is `name`; a general user. */
static void
new_firm(const char *name, char user[64])
{
	int64_t master = db_new_account();

	snprintf(user, 64, "member%u", ++made);
	db_do("INSERT INTO koshin.account (user_id, contract, role, name,"
	      " email, password_hash) SELECT '%s', contract, 'general', 'X',"
	      " 'x@example.jp', '" HASH "' FROM koshin.account WHERE id = %lld",
	    user, (long long)master);
	db_do("SELECT koshin.open_session(sha256('%s'), contract, id,"
	      " password_hash, 1, 1, 1) FROM koshin.account WHERE id = %lld",
	    name, (long long)master);
}

static void
wait(void)
{
	assert_false(heard); /* not before it was asked */
	db_wait(&heard);
	heard = false;
}

static void
on_list(void *arg, enum db_rc how, struct people_rows *rows, unsigned all)
{
	struct people_user u;

	assert_null(arg);
	heard = true;
	rc = how;
	found = all;
	seen = 0;
	names[0] = '\0';
	while (how == DB_OK && people_next(rows, &u)) {
		size_t used = strlen(names), left = sizeof(names) - used;

		assert_true((size_t)snprintf(
				names + used, left, "%s ", u.user_id) < left);
		seen++;
	}
}

static void
list(const char *token, const char *which, const char *search)
{
	const struct people_page page = { .month_ends = MONTH_ENDS,
		.list = which,
		.search = search,
		.sort = "user_id",
		.most = 50 };

	assert_non_null(people_list(people, token, &page, on_list, NULL));
	wait();
}

static void
on_figures(void *arg, enum db_rc how, const struct people_figures *f)
{
	assert_null(arg);
	heard = true;
	rc = how;
	figures = *f;
}

static void
on_done(void *arg, enum db_rc how, bool was)
{
	assert_null(arg);
	heard = true;
	rc = how;
	anything = was;
}

static void
act(const char *token, struct people_sql_question q)
{
	assert_non_null(people_do(people, token, &q, on_done, NULL));
	wait();
}

static void
R_WEB_5_a_master_lists_and_counts_the_own_users(void **state)
{
	char user[64];

	(void)state;
	new_firm("lists", user);
	list("lists", "all", "");
	assert_int_equal(rc, DB_OK);
	assert_int_equal(found, 2);
	assert_int_equal(seen, 2);
	assert_non_null(strstr(names, user));
	list("lists", "all", user);
	assert_int_equal(seen, 1);
	list("lists", "bounced", "");
	assert_int_equal(rc, DB_OK); /* nobody is there, but the session */
	assert_int_equal(seen, 0);
	people_count(people, "lists", MONTH_ENDS, on_figures, NULL);
	wait();
	assert_int_equal(rc, DB_OK);
	assert_int_equal(figures.all, 2);
	assert_int_equal(figures.without, 2);
	assert_int_equal(figures.locked, 0);
}

static void
I_14_without_a_session_there_is_nothing(void **state)
{
	char user[64];

	(void)state;
	new_firm("somebody", user);
	list("nobody", "all", "");
	assert_int_equal(rc, DB_NONE);
	act("nobody", people_sql_close_account("", user, "why"));
	assert_int_equal(rc, DB_NONE);
	assert_string_equal("active",
	    db_get(
		"SELECT state FROM koshin.account WHERE user_id = '%s'", user));
}

/* The connection is one: what was asked before must not be there. */
static void
I_14_the_next_one_on_the_connection_is_somebody_else(void **state)
{
	char ours[64], theirs[64];

	(void)state;
	new_firm("ours", ours);
	new_firm("theirs", theirs);
	for (int i = 0; i < 3; i++) {
		list("ours", "all", "");
		assert_non_null(strstr(names, ours));
		assert_null(strstr(names, theirs));
		list("nobody", "all", "");
		assert_int_equal(rc, DB_NONE);
		list("theirs", "all", "");
		assert_non_null(strstr(names, theirs));
		assert_null(strstr(names, ours));
		act("ours", people_sql_remind_account("", theirs));
		assert_int_equal(rc, DB_NONE);
	}
}

static void
T6_T7_what_is_done_too_often_has_an_answer_of_its_own(void **state)
{
	char user[64];

	(void)state;
	new_firm("often", user);
	act("often", people_sql_give_password("", user, HASH "1"));
	assert_int_equal(rc, DB_OK);
	act("often", people_sql_give_password("", user, HASH "2"));
	assert_int_equal(rc, DB_LIMIT);
	assert_string_equal(
	    HASH "1", db_get("SELECT password_hash FROM koshin.account"
			     " WHERE user_id = '%s'",
			  user));
	act("often", people_sql_remind_account("", user));
	assert_int_equal(rc, DB_OK);
	assert_true(anything);
	act("often", people_sql_remind_account("", user));
	assert_false(anything);
	act("often", people_sql_close_account("", user, "left"));
	assert_int_equal(rc, DB_OK);
	act("often", people_sql_reopen_account("", user, "undone"));
	assert_int_equal(rc, DB_OK);
	assert_true(anything);
}

static void
R_ACC_3_a_taken_user_id_is_a_conflict(void **state)
{
	struct people_sql_holder holder = { .role = "general",
		.name = "X",
		.email = "x@example.jp",
		.locale = "ja" };
	char user[64];

	(void)state;
	new_firm("registers", user);
	holder.user_id = user;
	act("registers", people_sql_register_member(&holder, HASH));
	assert_int_equal(rc, DB_CONFLICT);
	holder.user_id = "fresh0001";
	act("registers", people_sql_register_member(&holder, HASH));
	assert_int_equal(rc, DB_OK);
	list("registers", "all", "");
	assert_int_equal(seen, 3);
}

static struct people_user whole; /* texts are gone */
static struct people_left left;
static bool there;

static void
on_user(void *arg, enum db_rc how, const struct people_user *user,
    const struct people_left *may)
{
	assert_null(arg);
	heard = true;
	rc = how;
	there = user != NULL;
	if (there)
		whole = *user;
	left = *may;
}

static void
find(const char *token, const char *user)
{
	assert_non_null(people_find(people, token, user, on_user, NULL));
	wait();
}

static void
R_WEB_5_one_is_found_with_what_may_still_be_done(void **state)
{
	char ours[64], theirs[64];

	(void)state;
	new_firm("finds", ours);
	new_firm("other", theirs);
	find("finds", ours);
	assert_int_equal(rc, DB_OK);
	assert_true(there);
	assert_int_equal(left.lifts, 1);
	assert_int_equal(left.passwords, 1);
	act("finds", people_sql_lift_account("", ours, "why"));
	find("finds", ours);
	assert_int_equal(left.lifts, 0);
	assert_int_equal(left.passwords, 1);
	find("finds", theirs);
	assert_int_equal(rc, DB_OK);
	assert_false(there);
	find("nobody", ours);
	assert_int_equal(rc, DB_NONE);
	assert_false(there);
}

static void
on_taken(void *arg, enum db_rc how, const char *user)
{
	assert_null(arg);
	rc = how;
	if (user == NULL)
		heard = true;
	else
		assert_true((size_t)snprintf(names + strlen(names),
				sizeof(names) - strlen(names), "%s ",
				user) < sizeof(names));
}

static void
I_14_what_is_taken_elsewhere_is_not_told(void **state)
{
	char ours[64], theirs[64], asked[256], wanted[128];

	(void)state;
	new_firm("asks", ours);
	new_firm("asked", theirs);
	snprintf(asked, sizeof(asked), "%s,nobody01,%s", theirs, ours);
	names[0] = '\0';
	people_find_taken(people, "asks", asked, on_taken, NULL);
	wait();
	snprintf(wanted, sizeof(wanted), "%s ", ours);
	assert_string_equal(names, wanted);
	people_find_taken(people, "asks", "", on_taken, NULL);
	wait();
	assert_int_equal(rc, DB_OK);
}

static void
J_02_who_has_left_is_nobody(void **state)
{
	char user[64];

	(void)state;
	new_firm("leaves", user);
	people_leave(people, "leaves", on_done, NULL);
	wait();
	list("leaves", "all", "");
	assert_int_equal(rc, DB_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    R_WEB_5_a_master_lists_and_counts_the_own_users),
		cmocka_unit_test(I_14_without_a_session_there_is_nothing),
		cmocka_unit_test(
		    I_14_the_next_one_on_the_connection_is_somebody_else),
		cmocka_unit_test(
		    T6_T7_what_is_done_too_often_has_an_answer_of_its_own),
		cmocka_unit_test(R_ACC_3_a_taken_user_id_is_a_conflict),
		cmocka_unit_test(
		    R_WEB_5_one_is_found_with_what_may_still_be_done),
		cmocka_unit_test(I_14_what_is_taken_elsewhere_is_not_told),
		cmocka_unit_test(J_02_who_has_left_is_nobody),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
