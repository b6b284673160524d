#include "db/revocations.h"

#include "tests/db/clerk.h"
#include "tests/lib/db_test.h"
#include "tests/lib/test.h"

#include <string.h>

#define ROWS_MAX 8000

static struct revocations *revocations;
static bool heard;
static enum db_rc rc_heard;
static bool said;
static struct revocations_list list;
static struct revocations_marks marks;
static struct revocations_row rows[ROWS_MAX];
static size_t row_count, page_count;

static int
begin(void **state)
{
	if (db_begin(state) != 0 || clerk_begin(state) != 0)
		return -1;
	revocations = revocations_open(db_base, db_as("koshin_issuer"));
	return 0;
}

static int
end(void **state)
{
	revocations_close(revocations);
	clerk_end(state);
	return db_end(state);
}

/* ------------------------------------------------------------- questions */

static void
on_marks(void *arg, enum db_rc rc, const struct revocations_marks *m)
{
	(void)arg;
	heard = true;
	rc_heard = rc;
	marks = *m;
}

static void
on_begun(void *arg, enum db_rc rc, const struct revocations_list *l)
{
	(void)arg;
	heard = true;
	rc_heard = rc;
	list = *l;
}

static void
on_page(void *arg, enum db_rc rc, const struct revocations_row *r, size_t count)
{
	(void)arg;
	heard = true;
	rc_heard = rc;
	assert_in_range(row_count + count, 0, ROWS_MAX);
	memcpy(rows + row_count, r, count * sizeof(*r));
	row_count += count;
	page_count = count;
}

static void
on_finished(void *arg, enum db_rc rc, bool finished)
{
	(void)arg;
	heard = true;
	rc_heard = rc;
	said = finished;
}

/* The connection may be on its way, and a busy machine slow. */
static bool
again(unsigned *tries)
{
	db_wait(&heard);
	heard = false;
	if (rc_heard != DB_DOWN || ++*tries > 100)
		return false;
	db_run_ms(50);
	return true;
}

static void
ask_marks(time_t since)
{
	unsigned tries = 0;

	do
		revocations_marks(revocations, since, on_marks, NULL);
	while (again(&tries));
	assert_int_equal(rc_heard, DB_OK);
}

static void
begin_list(int64_t known)
{
	struct revocations_wanted wanted = { "key", 3, 604800, known };
	unsigned tries = 0;

	do
		revocations_begin(revocations, &wanted, on_begun, NULL);
	while (again(&tries));
	assert_int_equal(rc_heard, DB_OK);
}

static void
finish(int64_t number, unsigned char digest)
{
	struct revocations_published p = {
		.number = number, .entries = 3, .bytes = 400
	};
	unsigned tries = 0;

	memset(&p.digest, digest, sizeof(p.digest));
	do
		revocations_finish(revocations, &p, on_finished, NULL);
	while (again(&tries));
	assert_int_equal(rc_heard, DB_OK);
}

/* All that end at `from` or later. */
static void
read_all(time_t from)
{
	struct revocations_row after = { .not_after = from };
	unsigned tries = 0;

	row_count = 0;
	for (;;) {
		revocations_page(revocations, &after, on_page, NULL);
		if (again(&tries))
			continue;
		assert_int_equal(rc_heard, DB_OK);
		if (page_count == 0)
			return;
		after = rows[row_count - 1];
	}
}

static const struct revocations_row *
row_of(unsigned char serial)
{
	struct serial wanted;

	clerk_fill(&wanted, sizeof(wanted), serial);
	for (size_t i = 0; i < row_count; i++)
		if (serial_equal(&rows[i].serial, &wanted))
			return &rows[i];
	return NULL;
}

static unsigned char
revoked(const char *reason)
{
	unsigned char n = clerk_issue(db_new_account());

	db_do("SELECT koshin.revoke_certificate('x', '\\x%s', '%s')",
	    clerk_hex(n), reason);
	return n;
}

/* ----------------------------------------------------------------- tests */

static void
EST_354_each_revoked_serial_is_read_with_time_and_reason(void **state)
{
	static const char *const reasons[] = { "unspecified", "keyCompromise",
		"affiliationChanged", "superseded", "cessationOfOperation",
		"privilegeWithdrawn" };
	unsigned char serials[COUNT(reasons)], other;

	(void)state;
	for (size_t i = 0; i < COUNT(reasons); i++)
		serials[i] = revoked(reasons[i]);
	other = clerk_issue(db_new_account());
	read_all(0);
	for (size_t i = 0; i < COUNT(reasons); i++) {
		const struct revocations_row *r = row_of(serials[i]);

		assert_non_null(r);
		assert_string_equal(r->reason, reasons[i]);
		assert_int_equal(r->revoked_at,
		    db_get_number("SELECT koshin.epoch(revoked_at) FROM"
				  " koshin.revocation WHERE serial = '\\x%s'",
			clerk_hex(serials[i])));
	}
	assert_null(row_of(other));
}

static void
I_4_an_abandoned_reservation_is_read_too(void **state)
{
	struct ledger_fact f =
	    clerk_facts_by_code(db_new_account(), ++clerk_seed);
	unsigned char serial = clerk_seed;
	struct ledger_reservation r = clerk_reservation(&f, serial);

	(void)state;
	assert_int_equal(clerk_reserve(&r), DB_OK);
	read_all(0);
	assert_null(row_of(serial));
	clerk_make_older(serial, "lease_until", "2 minutes");
	db_do("SELECT koshin.close_abandoned()");
	read_all(0);
	assert_non_null(row_of(serial));
	assert_string_equal(row_of(serial)->reason, "abandoned");
}

/* The first second of a list's time is that of the list before. */
static void
EST_355_what_ended_before_is_left_out_to_the_second(void **state)
{
	unsigned char serial = revoked("superseded");
	time_t end;

	(void)state;
	read_all(0);
	end = row_of(serial)->not_after;
	assert_int_equal(
	    end, db_get_number("SELECT koshin.epoch(not_after) FROM"
			       " koshin.certificate WHERE serial = '\\x%s'",
		     clerk_hex(serial)));
	read_all(end);
	assert_non_null(row_of(serial));
	read_all(end + 1);
	assert_null(row_of(serial));
}

/* More than a page of them, each once, in one order. */
static void
EST_360_all_of_them_are_read_page_by_page(void **state)
{
	int64_t count;

	(void)state;
	db_do("DO $$ DECLARE who bigint := %lld; one bytea; BEGIN"
	      " FOR i IN 1..%d LOOP"
	      " one := decode('7' || lpad(to_hex(i), 39, '0'), 'hex');"
	      " INSERT INTO koshin.certificate (serial, account, profile,"
	      " subject, key_digest, key_identity, csr_digest, tbs_digest,"
	      " not_before, not_after, via) SELECT one, who, 'person', 'CN=x',"
	      " d, d, d, d, now(), now() + interval '1 day', 'certificate'"
	      " FROM sha256(one) d;"
	      " UPDATE koshin.certificate SET state = 'abandoned',"
	      " abandoned_at = now() WHERE serial = one;"
	      " INSERT INTO koshin.revocation (serial, reason, actor)"
	      " VALUES (one, 'abandoned', 'test'); END LOOP; END $$",
	    (long long)db_new_account(), REVOCATIONS_PAGE + 10);
	count = db_get_number("SELECT count(*) FROM koshin.revocation");
	read_all(0);
	assert_int_equal(row_count, count);
	for (size_t i = 1; i < row_count; i++) {
		const struct revocations_row *a = &rows[i - 1], *b = &rows[i];

		assert_true(
		    a->not_after < b->not_after ||
		    (a->not_after == b->not_after &&
			memcmp(&a->serial, &b->serial, sizeof(a->serial)) < 0));
	}
}

static void
F_73_a_number_is_the_time_and_never_one_that_was(void **state)
{
	int64_t now = db_get_number("SELECT koshin.epoch(now())"), number;

	(void)state;
	begin_list(0);
	number = list.number;
	assert_in_range(number, now, now + 600);
	assert_int_equal(list.next_update, list.this_update + 604800);
	assert_in_range(list.this_update, now, now + 600);
	for (int i = 0; i < 5; i++) {
		begin_list(0);
		assert_true(list.number > number);
		number = list.number;
	}
	/* The database was restored and does not know of that one. */
	begin_list(number + 1000000);
	assert_int_equal(list.number, number + 1000001);
}

static void
F_73_one_list_under_a_number_and_no_other(void **state)
{
	(void)state;
	begin_list(0);
	finish(list.number, 1);
	assert_true(said);
	finish(list.number, 1); /* sent twice */
	assert_true(said);
	finish(list.number + 1, 1); /* begun by nobody */
	assert_false(said);
	assert_string_equal("3 400",
	    db_get("SELECT concat_ws(' ', entries, bytes) FROM koshin.crl"
		   " WHERE number = %lld",
		(long long)list.number));
}

static void
I_17_what_was_revoked_or_wished_since_is_seen(void **state)
{
	struct revocations_marks before;
	time_t since;

	(void)state;
	ask_marks(0);
	since = marks.now - 3600;
	ask_marks(since);
	before = marks;
	ask_marks(since);
	assert_int_equal(marks.revoked, before.revoked);
	assert_int_equal(marks.wish, before.wish);
	revoked("superseded");
	ask_marks(since);
	assert_int_equal(marks.revoked, before.revoked + 1);
	assert_int_equal(marks.wish, before.wish);
	db_do("SELECT koshin.wish_crl('')");
	ask_marks(since);
	assert_int_equal(marks.revoked, before.revoked + 1);
	assert_true(marks.wish > before.wish);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    EST_354_each_revoked_serial_is_read_with_time_and_reason),
		cmocka_unit_test(I_4_an_abandoned_reservation_is_read_too),
		cmocka_unit_test(
		    EST_355_what_ended_before_is_left_out_to_the_second),
		cmocka_unit_test(EST_360_all_of_them_are_read_page_by_page),
		cmocka_unit_test(
		    F_73_a_number_is_the_time_and_never_one_that_was),
		cmocka_unit_test(F_73_one_list_under_a_number_and_no_other),
		cmocka_unit_test(I_17_what_was_revoked_or_wished_since_is_seen),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
