#include "db/outbox.h"

#include "base/clock.h"

#include "tests/lib/db_test.h"
#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

#define ROOM 16

static struct outbox *outbox;
static unsigned rung;
static bool done;
static enum db_rc rc_heard;
static int64_t seconds;
static struct outbox_mail mail[ROOM];
static size_t taken;
static int64_t account;

static void
ring(void *arg)
{
	assert_ptr_equal(arg, &rung);
	rung++;
}

static struct outbox *
open_one(void)
{
	struct outbox *o = outbox_open(db_base,
	    &(struct outbox_options){ .conninfo = db_as("koshin_courier"),
		.ring = ring,
		.arg = &rung });
	unsigned before = rung;

	for (int i = 0; i < 6000 && rung == before; i++)
		db_run_ms(10);
	assert_int_equal(rung, before + 1); /* it is there: look what is due */
	return o;
}

static int
set_up(void **state)
{
	(void)state;
	db_do("DELETE FROM koshin.mail");
	account = db_new_account();
	rung = 0;
	outbox = open_one();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	outbox_close(outbox);
	return 0;
}

static void
on_taken(void *arg, enum db_rc rc, const struct outbox_mail *m, size_t count)
{
	(void)arg;
	assert_false(done);
	assert_in_range(count, 0, ROOM);
	done = true;
	rc_heard = rc;
	taken = count;
	memcpy(mail, m, count * sizeof *m);
}

static void
on_done(void *arg, enum db_rc rc)
{
	(void)arg;
	assert_false(done);
	done = true;
	rc_heard = rc;
}

static void
on_next(void *arg, enum db_rc rc, int64_t s)
{
	on_done(arg, rc);
	seconds = s;
}

static size_t
take(size_t most)
{
	done = false;
	outbox_take(outbox, most, on_taken, NULL);
	assert_false(done);
	db_wait(&done);
	assert_int_equal(rc_heard, DB_OK);
	return taken;
}

static void
settle(int64_t id, enum outbox_end end, time_t next_at)
{
	struct outbox_result r = { id, end, next_at, "250 fine" };

	done = false;
	outbox_settle(outbox, &r, 1, on_done, NULL);
	db_wait(&done);
	assert_int_equal(rc_heard, DB_OK);
}

static int64_t
next(void)
{
	done = false;
	outbox_next(outbox, on_next, NULL);
	db_wait(&done);
	assert_int_equal(rc_heard, DB_OK);
	return seconds;
}

static void
write_notice(const char *event)
{
	db_do("SELECT koshin.notice(%lld, 'issued', '%s', '{\"serial\":"
	      " \"0a\", \"not_after\": 1700000000, \"none\": null,"
	      " \"odd\": \"a\\u001eb\\u001fc\"}')",
	    (long long)account, event);
}

static void
write_code(unsigned nonce)
{
	db_do("SELECT koshin.mail_code(%lld, decode(repeat(to_hex(%u), 16),"
	      " 'hex'), now(), now() + interval '1800 s', '::1')",
	    (long long)account, nonce);
}

static const char *
state_of(int64_t id)
{
	return db_get(
	    "SELECT state FROM koshin.mail WHERE id = %lld", (long long)id);
}

static const char *
parameter(const struct outbox_mail *m, const char *name)
{
	for (size_t i = 0; i < m->parameter_count; i++)
		if (strcmp(m->parameters[i].name, name) == 0)
			return m->parameters[i].value;
	return NULL;
}

static void
a_mail_is_taken_with_all_that_is_known(void **state)
{
	(void)state;
	write_notice("a");
	assert_int_equal(take(ROOM), 1);
	assert_string_equal(mail[0].kind, "issued");
	assert_string_equal(mail[0].locale, "ja");
	assert_string_equal(mail[0].recipient, "user@example.jp");
	assert_int_equal(strlen(mail[0].message_id), 40);
	assert_in_range(mail[0].made_at, clock_now() - 5, clock_now() + 5);
	assert_int_equal(mail[0].dies_at, 0);
	assert_int_equal(mail[0].attempts, 0);
	assert_false(mail[0].has_nonce);
	assert_string_equal(parameter(&mail[0], "serial"), "0a");
	assert_string_equal(parameter(&mail[0], "not_after"), "1700000000");
	assert_string_equal(
	    parameter(&mail[0], "name"), "\xe5\xb1\xb1\xe7\x94\xb0");
	assert_non_null(parameter(&mail[0], "user_id"));
	assert_null(parameter(&mail[0], "none"));
	assert_string_equal(parameter(&mail[0], "odd"), "a b c");
}

static void
F_54_code_mails_go_first(void **state)
{
	(void)state;
	write_notice("a");
	write_notice("b");
	write_code(0x33);
	assert_int_equal(take(2), 2);
	assert_string_equal(mail[0].kind, "code");
	assert_true(mail[0].has_nonce);
	assert_int_equal(mail[0].nonce[0], 0x33);
	assert_int_equal(mail[0].nonce[CODE_NONCE_SIZE - 1], 0x33);
	assert_int_equal(mail[0].dies_at - mail[0].made_at, 1800);
	assert_string_equal(mail[1].kind, "issued");
}

static void
F_54_code_mails_can_be_taken_alone(void **state)
{
	(void)state;
	write_notice("a");
	write_code(0x33);
	done = false;
	outbox_take_codes(outbox, ROOM, on_taken, NULL);
	db_wait(&done);
	assert_int_equal(rc_heard, DB_OK);
	assert_int_equal(taken, 1);
	assert_string_equal(mail[0].kind, "code");
	assert_int_equal(take(ROOM), 1);
	assert_string_equal(mail[0].kind, "issued");
}

static void
F_55_a_mail_is_one_couriers_until_its_lease_ends(void **state)
{
	struct outbox *other = open_one();
	char message_id[96];

	(void)state;
	write_notice("a");
	assert_int_equal(take(ROOM), 1);
	memcpy(message_id, mail[0].message_id, sizeof message_id);
	done = false;
	outbox_take(other, ROOM, on_taken, NULL);
	db_wait(&done);
	assert_int_equal(rc_heard, DB_OK);
	assert_int_equal(taken, 0);
	outbox_close(other);
	/* The one who has it dies; the lease ends. */
	assert_in_range(next(), OUTBOX_LEASE_S - 5, OUTBOX_LEASE_S);
	db_do("UPDATE koshin.mail SET due_at = due_at - interval '%d s',"
	      " lease_until = lease_until - interval '%d s'",
	    OUTBOX_LEASE_S, OUTBOX_LEASE_S);
	assert_int_equal(take(ROOM), 1);
	assert_int_equal(mail[0].attempts, 1);
	assert_string_equal(
	    mail[0].message_id, message_id); /* a true copy (I-10) */
}

static void
F_55_two_couriers_share_the_work(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		char event[16];

		snprintf(event, sizeof event, "e%d", i);
		write_notice(event);
	}
	assert_int_equal(take(4), 4);
	assert_int_equal(take(4), 4);
	assert_int_equal(take(4), 2);
	assert_int_equal(take(4), 0);
}

static void
a_mail_that_was_sent_is_done(void **state)
{
	(void)state;
	write_code(0x44);
	assert_int_equal(take(1), 1);
	settle(mail[0].id, OUTBOX_SENT, 0);
	settle(mail[0].id, OUTBOX_SENT, 0);
	assert_string_equal(state_of(mail[0].id), "sent");
	/* What makes the code is gone (I-11). */
	assert_string_equal(
	    "t", db_get("SELECT nonce IS NULL AND done_at IS NOT NULL AND"
			" last_answer = '250 fine' FROM koshin.mail"));
	assert_int_equal(next(), -1);
	/* It stays so. */
	settle(mail[0].id, OUTBOX_LATER, clock_now());
	settle(mail[0].id, OUTBOX_FAILED, 0);
	assert_string_equal(state_of(mail[0].id), "sent");
}

/* Each its own way, by one question; what was withdrawn stays so. */
static void
several_mails_are_settled_at_once(void **state)
{
	struct outbox_result r[4];
	time_t later = clock_now() + 60;

	(void)state;
	for (int i = 0; i < 4; i++)
		write_notice((char[2]){ (char)('a' + i), '\0' });
	assert_int_equal(take(4), 4);
	r[0] = (struct outbox_result){ mail[0].id, OUTBOX_SENT, later, "0" };
	r[1] = (struct outbox_result){ mail[1].id, OUTBOX_LATER, later, "1" };
	r[2] = (struct outbox_result){ mail[2].id, OUTBOX_FAILED, later, "2" };
	r[3] = (struct outbox_result){ mail[3].id, OUTBOX_LATER, later, "3" };
	db_do("UPDATE koshin.mail SET state = 'expired' WHERE id = %lld",
	    (long long)mail[3].id);
	done = false;
	outbox_settle(outbox, r, 4, on_done, NULL);
	db_wait(&done);
	assert_int_equal(rc_heard, DB_OK);
	assert_string_equal("sent 0, queued 1, failed 2, expired -",
	    db_get("SELECT string_agg(state || ' ' || coalesce(last_answer,"
		   " '-'), ', ' ORDER BY id) FROM koshin.mail"));
	assert_in_range(next(), 55, 61);
}

static void
R_MAIL_4_a_mail_for_later_comes_again(void **state)
{
	(void)state;
	write_notice("a");
	take(1);
	settle(mail[0].id, OUTBOX_LATER, clock_now() + 60);
	assert_int_equal(take(1), 0);
	assert_in_range(next(), 55, 61);
	settle(mail[0].id, OUTBOX_LATER, clock_now() - 1);
	assert_int_equal(next(), 0);
	assert_int_equal(take(1), 1);
	assert_int_equal(mail[0].attempts, 1);
}

static void
F_50_a_refused_mail_is_recorded(void **state)
{
	(void)state;
	write_code(0x45);
	take(1);
	settle(mail[0].id, OUTBOX_FAILED, 0);
	assert_string_equal(state_of(mail[0].id), "failed");
	assert_string_equal(
	    "t", db_get("SELECT nonce IS NULL FROM koshin.mail"));
	assert_int_equal(take(1), 0);
}

static void
F_48_a_code_mail_dies_with_its_code(void **state)
{
	int64_t id;

	(void)state;
	write_code(0x46);
	id = db_get_number("SELECT id FROM koshin.mail");
	/* No use in trying after the code's end. */
	take(1);
	settle(id, OUTBOX_LATER, clock_now() + 1801);
	assert_string_equal(state_of(id), "expired");
	write_code(0x47);
	id = db_get_number("SELECT max(id) FROM koshin.mail");
	db_do("UPDATE koshin.mail SET dies_at = now() WHERE id = %lld",
	    (long long)id);
	assert_int_equal(take(ROOM), 0);
	assert_string_equal(state_of(id), "expired");
	assert_string_equal(
	    "t", db_get("SELECT bool_and(nonce IS NULL) FROM koshin.mail"));
}

static void
a_mail_rings_when_it_is_committed(void **state)
{
	unsigned before = rung;

	(void)state;
	write_notice("a");
	for (int i = 0; i < 6000 && rung == before; i++)
		db_run_ms(5);
	assert_int_equal(rung, before + 1);
}

static void
a_connection_that_is_back_rings(void **state)
{
	unsigned before = rung;

	(void)state;
	db_do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
	      " WHERE application_name = 'koshin courier'"
	      " AND datname = current_database()");
	write_notice("a");
	for (int i = 0; i < 6000 && rung == before; i++)
		db_run_ms(5);
	assert_true(rung > before);
	assert_int_equal(take(1), 1);
}

static void
I_4_abandoned_reservations_are_closed(void **state)
{
	(void)state;
	db_do("INSERT INTO koshin.certificate (serial, account, profile,"
	      " subject, key_digest, key_identity, csr_digest, tbs_digest, "
	      "not_before,"
	      " not_after, via, lease_until) SELECT decode(repeat('77', 20),"
	      " 'hex'), %lld, 'person', 'CN=x', d, d, d, d, now(), now() +"
	      " interval '1 d', 'certificate', now() FROM"
	      " (SELECT decode(repeat('77', 32), 'hex') d) x",
	    (long long)account);
	done = false;
	outbox_close_abandoned(outbox, on_done, NULL);
	db_wait(&done);
	assert_int_equal(rc_heard, DB_OK);
	assert_string_equal("abandoned",
	    db_get("SELECT state || CASE WHEN reason = 'abandoned' THEN ''"
		   " END FROM koshin.certificate JOIN koshin.revocation"
		   " USING (serial) WHERE account = %lld",
		(long long)account));
}

static void
a_forgotten_question_is_not_answered(void **state)
{
	(void)state;
	done = false;
	call_forget(outbox_take(outbox, 1, on_taken, NULL));
	call_forget(outbox_next(outbox, on_next, NULL));
	call_forget(outbox_close_abandoned(outbox, on_done, NULL));
	db_run_ms(100);
	assert_false(done);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_mail_is_taken_with_all_that_is_known),
		TEST(F_54_code_mails_go_first),
		TEST(F_54_code_mails_can_be_taken_alone),
		TEST(F_55_a_mail_is_one_couriers_until_its_lease_ends),
		TEST(F_55_two_couriers_share_the_work),
		TEST(a_mail_that_was_sent_is_done),
		TEST(several_mails_are_settled_at_once),
		TEST(R_MAIL_4_a_mail_for_later_comes_again),
		TEST(F_50_a_refused_mail_is_recorded),
		TEST(F_48_a_code_mail_dies_with_its_code),
		TEST(a_mail_rings_when_it_is_committed),
		TEST(a_connection_that_is_back_rings),
		TEST(I_4_abandoned_reservations_are_closed),
		TEST(a_forgotten_question_is_not_answered),
	};

	return cmocka_run_group_tests(tests, db_begin, db_end);
}
