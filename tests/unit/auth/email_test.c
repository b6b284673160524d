/* FAKES: accounts attempts calls clock ipc loop pool proofs */
/*
 * Another mail address waits (T3): what auth makes for the mail to the old one,
 * and the code that ends the waiting, which is an attempt as any.
 */
#include "tests/lib/auth_door.h"

#include <string.h>

#define TOKEN 0x70

static enum auth_end
prepare(void)
{
	struct auth_prepare_email q = {
		.head = { .kind = AUTH_KIND_PREPARE_EMAIL, .id = 7 },
		.handle.number = 79,
		.name = DOOR_USER
	};

	memset(&q.session, TOKEN, sizeof(q.session));
	door_heard = 0;
	assert_true(door_take(&q.head, sizeof(q)));
	door_wait();
	return door_done;
}

static const char *
code_of_mail(void)
{
	static char code[CODE_EMAIL_DIGITS + 1];

	code_derive_email(&door_code_key, fake_proofs.email.nonce, code);
	return code;
}

/* Beside a good certificate of that very user. */
static void
pass(void)
{
	struct auth_password q =
	    door_question(AUTH_ACCOUNT, DOOR_USER, DOOR_PASSWORD);

	q.code_may_follow = false;
	q.shows_certificate = true;
	fake_accounts.holder.presented =
	    (struct facts_certificate){ .exists = true,
		    .issued = true,
		    .account = DOOR_ACCOUNT,
		    .not_after = FAKE_CLOCK_START + 1 };
	assert_int_equal(door_try(&q), AUTH_DONE);
	fake_calls_reset();
}

static enum auth_end
show(const char *code)
{
	struct auth_confirm_email q = {
		.head = { .kind = AUTH_KIND_CONFIRM_EMAIL, .id = 8 },
		.handle = door_handle
	};

	memcpy(q.code, code, sizeof(q.code));
	door_heard = 0;
	assert_true(door_take(&q.head, sizeof(q)));
	door_wait();
	return door_confirmed.end;
}

static void
I_11_the_database_has_the_nonce_and_two_digests(void **state)
{
	char token[CODE_TOKEN_SIZE];
	struct digest session, wanted;

	(void)state;
	memset(&session, TOKEN, sizeof(session));
	assert_int_equal(prepare(), AUTH_DONE);
	assert_string_equal(fake_calls_asked(), "prepare-email");
	assert_true(digest_equal(&fake_proofs.token, &session));
	wanted = code_email_digest(&door_code_key, DOOR_USER, code_of_mail());
	assert_true(digest_equal(&fake_proofs.email.code, &wanted));
	code_derive_token(&door_code_key, fake_proofs.email.nonce, token);
	wanted = code_token_digest(token);
	assert_true(digest_equal(&fake_proofs.email.stop, &wanted));
}

static void
T8_no_other_session_has_one_made(void **state)
{
	(void)state;
	fake_proofs.changed = true;
	assert_int_equal(prepare(), AUTH_GONE);
	fake_calls_fault("prepare-email", FAKE_IS_DOWN, NULL);
	assert_int_equal(prepare(), AUTH_DOWN);
	assert_int_equal(fake_attempts.places, 0);
}

/* What a code was mailed for at the old address is over (O-09). */
static void
T3_the_right_code_moves_the_address(void **state)
{
	(void)state;
	assert_int_equal(prepare(), AUTH_DONE);
	fake_proofs.waits = true;
	pass();
	assert_int_equal(show(code_of_mail()), AUTH_DONE);
	assert_string_equal(
	    fake_calls_asked(), "confirm-email back drop neutral");
	assert_int_equal(fake_attempts.places, 0);
	assert_int_equal(show(code_of_mail()), AUTH_GONE);
}

static void
T3_R_LOCK_1_a_wrong_one_is_a_failure_as_any(void **state)
{
	(void)state;
	assert_int_equal(prepare(), AUTH_DONE);
	fake_proofs.waits = true;
	pass();
	assert_int_equal(show("0000000x"), AUTH_REFUSED);
	assert_string_equal(fake_calls_asked(), "confirm-email failed");
	assert_false(door_confirmed.locked);
	fake_attempts.failed.locked_now = true;
	pass();
	assert_int_equal(show("0000000x"), AUTH_REFUSED);
	assert_true(door_confirmed.locked);
	assert_non_null(strstr(fake_calls_asked(), "lock"));
}

static void
T3_where_none_waits_nothing_is_counted(void **state)
{
	(void)state;
	pass();
	assert_int_equal(show("00000000"), AUTH_NOT_ENTITLED);
	assert_string_equal(fake_calls_asked(), "confirm-email neutral");
	pass();
	fake_calls_fault("confirm-email", FAKE_IS_DOWN, NULL);
	assert_int_equal(show("00000000"), AUTH_DOWN);
}

/* In no attempt, beside no certificate, or somebody else's. */
static void
R_WEB_4_T3_not_without_password_and_certificate(void **state)
{
	(void)state;
	assert_int_equal(show("00000000"), AUTH_GONE);
	pass();
	fake_accounts.holder.presented.account++;
	assert_int_equal(door_login(DOOR_PASSWORD), AUTH_DONE);
	assert_int_equal(show("00000000"), AUTH_GONE);
	assert_null(strstr(fake_calls_asked(), "confirm-email"));
}

int
main(void)
{
#define DOOR(test) cmocka_unit_test_setup_teardown(test, door_open, door_shut)
	const struct CMUnitTest tests[] = {
		DOOR(I_11_the_database_has_the_nonce_and_two_digests),
		DOOR(T8_no_other_session_has_one_made),
		DOOR(T3_the_right_code_moves_the_address),
		DOOR(T3_R_LOCK_1_a_wrong_one_is_a_failure_as_any),
		DOOR(T3_where_none_waits_nothing_is_counted),
		DOOR(R_WEB_4_T3_not_without_password_and_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
