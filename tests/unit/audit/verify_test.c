#include "audit/verify.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 200

static const struct secret_key key = { { 1, 2, 3 } };

/* A trail as it was written; tests change it and look again. */
static struct verify_seal seals[ROWS];
static char objects[ROWS][24];
static struct verify found;

static int
begin(void **state)
{
	struct chain_head head = { 0 };

	(void)state;
	for (int i = 0; i < ROWS; i++) {
		struct verify_seal *s = &seals[i];

		snprintf(objects[i], sizeof(objects[i]), "thing:%d", i);
		*s = (struct verify_seal){ .position = i + 1,
			.has_row = true,
			.row = { .id = 1000 + i,
			    .has_at = true,
			    .at_us = i,
			    .role = "r",
			    .actor = "a",
			    .action = "b",
			    .object = objects[i],
			    .details = "{}" } };
		s->mac = chain_mac(&key, &head, &s->row);
		head.position = s->position;
		head.mac = s->mac;
	}
	return 0;
}

static struct chain_head
head_at(int64_t position)
{
	struct chain_head h = { .position = position };

	h.mac = seals[position - 1].mac;
	return h;
}

/* All but those from `gap` on, `missing` of them. */
static void
look(const struct chain_head *head, int gap, int missing)
{
	verify_open(&found, &key);
	if (head != NULL)
		verify_expect(&found, head);
	for (int i = 0; i < ROWS; i++)
		if (i + 1 < gap || i + 1 >= gap + missing)
			verify_take(&found, &seals[i]);
	verify_end(&found);
}

static void
expect(enum verify_fault first, int64_t position, int64_t faults)
{
	assert_string_equal(verify_word(found.first), verify_word(first));
	assert_int_equal(found.first_position, position);
	assert_int_equal(found.faults, faults);
}

static void
a_trail_as_it_was_written_is_good(void **state)
{
	struct chain_head head = head_at(ROWS);

	(void)state;
	look(&head, 0, 0);
	expect(VERIFY_GOOD, 0, 0);
	assert_int_equal(found.rows, ROWS);
	assert_int_equal(found.last.position, ROWS);
	head = head_at(1);
	look(&head, 0, 0);
	expect(VERIFY_GOOD, 0, 0);
}

static void
an_empty_trail_is_good_where_none_is_expected(void **state)
{
	struct chain_head head = { 0 };

	(void)state;
	look(&head, 1, ROWS);
	expect(VERIFY_GOOD, 0, 0);
	head = head_at(3);
	look(&head, 1, ROWS);
	expect(VERIFY_CUT, 1, 1);
}

static void
T10_a_changed_row_does_not_spoil_the_next_one(void **state)
{
	(void)state;
	seals[10].row.actor = "x";
	look(NULL, 0, 0);
	expect(VERIFY_CHANGED, 11, 1);
	seals[20].row.at_us++;
	look(NULL, 0, 0);
	expect(VERIFY_CHANGED, 11, 2);
}

static void
T10_a_changed_seal_spoils_the_next_one_too(void **state)
{
	(void)state;
	seals[10].mac.bytes[0] ^= 1;
	look(NULL, 0, 0);
	expect(VERIFY_CHANGED, 11, 2);
}

static void
T10_a_missing_row_is_told_where_it_was(void **state)
{
	(void)state;
	for (int at = 1; at < ROWS; at++) {
		look(NULL, at, 1);
		expect(VERIFY_MISSING, at, 1);
	}
	seals[4].has_row = false;
	look(NULL, 0, 0);
	expect(VERIFY_ROW_MISSING, 5, 1);
}

static void
T10_rows_that_changed_places_are_out_of_order(void **state)
{
	struct chain_row row = seals[3].row;

	(void)state;
	seals[3].row = seals[60].row;
	seals[60].row = row;
	look(NULL, 0, 0);
	expect(VERIFY_ORDER, 4, 2);
	/* Also when each took the id of the other. */
	seals[60].row.id = 1060;
	seals[3].row.id = 1003;
	look(NULL, 0, 0);
	expect(VERIFY_ORDER, 4, 2);
}

static void
T10_more_faults_than_can_be_kept_are_counted(void **state)
{
	(void)state;
	for (int i = 50; i < ROWS; i++)
		seals[i].row.details = "[]";
	look(NULL, 0, 0);
	expect(VERIFY_CHANGED, 51, ROWS - 50);
}

static void
A10_a_tail_that_was_cut_off_is_told_by_a_head(void **state)
{
	struct chain_head head = head_at(ROWS);

	(void)state;
	look(&head, ROWS - 2, 3);
	expect(VERIFY_CUT, ROWS - 2, 1);
	look(NULL, ROWS - 2, 3);
	expect(VERIFY_GOOD, 0, 0);
}

static void
A10_another_chain_is_told_by_a_head(void **state)
{
	struct chain_head head = head_at(70);

	(void)state;
	head.mac.bytes[5] ^= 1;
	look(&head, 0, 0);
	expect(VERIFY_OTHER, 70, 1);
}

static void
the_first_fault_is_the_one_at_the_lowest_position(void **state)
{
	struct chain_head head = head_at(ROWS);

	(void)state;
	seals[2].row.role = "x";
	look(&head, ROWS, 1);
	expect(VERIFY_CHANGED, 3, 2);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
	const struct CMUnitTest tests[] = {
		TEST(a_trail_as_it_was_written_is_good),
		TEST(an_empty_trail_is_good_where_none_is_expected),
		TEST(T10_a_changed_row_does_not_spoil_the_next_one),
		TEST(T10_a_changed_seal_spoils_the_next_one_too),
		TEST(T10_a_missing_row_is_told_where_it_was),
		TEST(T10_rows_that_changed_places_are_out_of_order),
		TEST(T10_more_faults_than_can_be_kept_are_counted),
		TEST(A10_a_tail_that_was_cut_off_is_told_by_a_head),
		TEST(A10_another_chain_is_told_by_a_head),
		TEST(the_first_fault_is_the_one_at_the_lowest_position),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
