#include "db/people_sql.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"

static const struct people_sql_holder holder = { "user0001", "12345678",
	"general", "Taro", "taro@example.jp", "en" };

#define QUESTIONS 24

static void
fill(struct people_sql_question q[QUESTIONS])
{
	const struct people_sql_question all[QUESTIONS] = {
		people_sql_add_contract("a", "b", "c", "d"),
		people_sql_reset_contract("a", "b", "c", "d"),
		people_sql_lift_contract("a", "b", "c"),
		people_sql_close_contract("a", "b", "c"),
		people_sql_set_profiles("a", "b", "c"),
		people_sql_enter_session("a", true),
		people_sql_add_account("a", &holder, "h", true),
		people_sql_register_master(&holder, "h"),
		people_sql_register_member(&holder, "h"),
		people_sql_replace_temporary("h"),
		people_sql_lift_account("a", "b", "c"),
		people_sql_suspend_account("a", "b", "c"),
		people_sql_resume_account("a", "b", "c"),
		people_sql_close_account("a", "b", "c"),
		people_sql_reopen_account("a", "b", "c"),
		people_sql_remind_account("a", "b"),
		people_sql_set_name("a", "b", "c"),
		people_sql_set_email("a", "b", "c"),
		people_sql_keep_email("a", "b"),
		people_sql_set_locale("a", "b", "c"),
		people_sql_set_feed("a"),
		people_sql_set_password("a", "b", "h", false),
		people_sql_give_password("a", "b", "h"),
		people_sql_change_password("h"),
	};

	memcpy(q, all, sizeof(all));
}

/* Prepared once each: a name twice, or a parameter too many, is refused by
 * PostgreSQL only when somebody asks. */
static void
each_statement_has_its_name_and_its_parameters(void **state)
{
	struct people_sql_question q[QUESTIONS];

	(void)state;
	fill(q);
	for (size_t i = 0; i < QUESTIONS; i++) {
		int highest = 0;

		for (const char *at = strchr(q[i].sql, '$'); at != NULL;
		     at = strchr(at + 1, '$')) {
			int n = (int)strtol(at + 1, NULL, 10);

			assert_int_equal(n, highest + 1); /* in order */
			highest = n;
		}
		assert_int_equal(q[i].count, highest);
		for (int p = 0; p < q[i].count; p++)
			assert_non_null(q[i].parameter[p]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(q[i].name, q[j].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    each_statement_has_its_name_and_its_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
