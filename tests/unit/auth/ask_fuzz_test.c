/* FAKES: accounts attempts calls clock ipc loop pool proofs */
/*
 * Messages as no door of this version sends them, to the real attempts, and
 * answers as auth does not send them (T8).
 */
#include "base/clock.h"
#include "tests/lib/auth_door.h"
#include "tests/lib/fuzz.h"

#include <stdlib.h>
#include <string.h>

enum {
	ROUNDS = 100000,
};

static union message {
	struct ipc_head head;
	struct auth_password password;
	struct auth_code code;
	struct auth_registration registration;
	struct auth_make make;
	struct auth_settle settle;
	struct auth_prepare_email prepare;
	struct auth_confirm_email confirm;
	struct auth_succeed succeed;
	struct auth_end_question end;
	union auth_answer answer;
	unsigned char bytes[4096];
} m;

/* ---------------------------------------------------------------- changing */

/* Its head stays, mostly: else it would only ever be one of no kind. */
static size_t
change(size_t len)
{
	uint32_t n = fuzz_below(4);

	for (; n > 0; n--) {
		size_t from = fuzz_below(8) > 0 ? sizeof(m.head) : 0;
		size_t at = from + fuzz_below((uint32_t)(len - from));

		m.bytes[at] = fuzz_byte();
	}
	/* Texts that do not end. */
	if (fuzz_below(8) == 0) {
		size_t from = sizeof(m.head) +
			      fuzz_below((uint32_t)(len - sizeof(m.head)));

		memset(m.bytes + from, 'a',
		    1 + fuzz_below((uint32_t)(len - from)));
	}
	if (fuzz_below(16) == 0)
		len = fuzz_below(sizeof(m.bytes));
	return len < sizeof(m.head) ? sizeof(m.head) : len;
}

static void
own(size_t len, bool (*judge)(const struct ipc_head *, size_t))
{
	struct ipc_head *copy = fuzz_copy(&m, len);

	judge(copy, len);
	free(copy);
}

/* --------------------------------------------------------------- questions */

/* One attempt, and another that never was. */
static struct auth_handle
some_handle(void)
{
	return (struct auth_handle){ .number = 1 + fuzz_below(8) / 7 };
}

static size_t
make_password(void)
{
	static const char *const secrets[] = { DOOR_PASSWORD,
		DOOR_PASSWORD DOOR_CODE, "wrong-Pw1", "" };
	enum auth_subject subject = (enum auth_subject)fuzz_below(3);
	const char *secret = secrets[fuzz_below(COUNT(secrets))];

	m.password = door_question(subject, DOOR_USER, secret);
	m.password.handle.number = 1;
	m.password.mails_code = fuzz_below(2);
	m.password.asks_anew = fuzz_below(2);
	m.password.wants_voucher = fuzz_below(2);
	m.password.shows_voucher = fuzz_below(4) == 0;
	memcpy(m.password.profile, "person", 7);
	return offsetof(struct auth_password, secret) + m.password.secret_len;
}

static size_t
make(void)
{
	enum auth_kind kind = (enum auth_kind)(1 + fuzz_below(11));
	size_t len = sizeof(m.end);

	memset(&m, 0, sizeof(m));
	switch (kind) {
	case AUTH_KIND_PASSWORD:
		len = make_password();
		break;
	case AUTH_KIND_CODE:
		m.code.handle = some_handle();
		memcpy(m.code.profile, "person", 7);
		m.code.good = fuzz_below(2);
		len = sizeof(m.code);
		break;
	case AUTH_KIND_REGISTER:
		m.registration.handle = some_handle();
		memcpy(m.registration.user_id, "sample001", 10);
		memcpy(m.registration.name, "name", 5);
		memcpy(m.registration.email, "a@example.jp", 13);
		memcpy(m.registration.locale, "ja", 3);
		memcpy(m.registration.secret, "Zakura-55", 9);
		m.registration.secret_len = 9;
		len = offsetof(struct auth_registration, secret) + 9;
		break;
	case AUTH_KIND_SUCCEED:
		m.succeed.handle = some_handle();
		len = sizeof(m.succeed);
		break;
	case AUTH_KIND_LEAVE:
	case AUTH_KIND_LEAVE_SAID:
	case AUTH_KIND_VANISH:
		m.end.handle = some_handle();
		break;
	case AUTH_KIND_MAKE:
		m.make.handle = some_handle();
		len = sizeof(m.make);
		break;
	case AUTH_KIND_SETTLE:
		m.settle.handle = some_handle();
		len = sizeof(m.settle);
		break;
	case AUTH_KIND_PREPARE_EMAIL:
		m.prepare.handle = some_handle();
		memcpy(m.prepare.name, "sample001", 10);
		len = sizeof(m.prepare);
		break;
	case AUTH_KIND_CONFIRM_EMAIL:
		m.confirm.handle = some_handle();
		len = sizeof(m.confirm);
		break;
	}
	m.head.kind = (uint16_t)kind;
	return len;
}

/* ---------------------------------------------------------------- the door */

static unsigned taken, refused, granted, registered, succeeded;

static unsigned
answers_to(uint16_t kind)
{
	return kind == AUTH_KIND_LEAVE_SAID || kind == AUTH_KIND_VANISH ? 0 : 1;
}

/* What no store says every time. */
static void
vary_the_world(void)
{
	static const enum attempts_begin begins[] = { ATTEMPTS_GO, ATTEMPTS_GO,
		ATTEMPTS_GO, ATTEMPTS_LOCKED, ATTEMPTS_BUSY };
	static const char *const names[] = { "place", "holder", "spend",
		"new-code", "neutral", "contract", "begin-account",
		"begin-master" };

	fake_attempts.begin.begin = begins[fuzz_below(COUNT(begins))];
	fake_attempts.code.code = (enum attempts_code)fuzz_below(3);
	fake_attempts.mail.mail = (enum attempts_mail)fuzz_below(3);
	fake_accounts.holder.account.temporary_password = fuzz_below(4) == 0;
	fake_proofs.begun = fuzz_below(4);
	fake_proofs.taken = fuzz_below(4) == 0;
	fake_proofs.waits = fuzz_below(2);
	fake_calls_reset();
	if (fuzz_below(8) == 0)
		fake_calls_fault(
		    names[fuzz_below(COUNT(names))], FAKE_IS_DOWN, NULL);
	if (fuzz_below(64) == 0)
		fake_clock_pass_s((int)fuzz_below(2 * ATTEMPTS_PLACE_LIFE_S));
	if (fuzz_below(64) == 0)
		door_gone();
	fake_calls_pump();
}

static bool
ask(const struct ipc_head *question, size_t len)
{
	if (!door_take(question, len))
		return false;
	fake_calls_pump();
	assert_int_equal(fake_calls_open(), 0);
	assert_true(strlen(fake_attempts.user_id) < AUTH_NAME_SIZE);
	assert_int_equal(door_heard, answers_to(question->kind));
	if (door_heard == 1 && question->kind == AUTH_KIND_CODE) {
		granted += door_proved.grant.end_us != 0;
		assert_true(door_proved.grant.end_us == 0 ||
			    door_proved.end == AUTH_DONE);
	}
	if (door_heard == 1 && question->kind == AUTH_KIND_REGISTER)
		registered += door_registered.end == AUTH_DONE;
	if (door_heard == 1 && question->kind == AUTH_KIND_SUCCEED)
		succeeded += door_done == AUTH_DONE;
	door_heard = 0;
	return true;
}

static bool
put(const struct ipc_head *question, size_t len)
{
	bool took = ask(question, len);

	taken += took;
	refused += !took;
	return took;
}

/*
 * Whatever comes, in whatever order: it is refused, or answered once; nothing
 * stays open; and nobody has a success without a receipt.
 */
static void
T8_any_messages_in_any_order_are_answered_once_or_refused(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		vary_the_world();
		own(change(make()), put);
	}
	assert_true(taken > ROUNDS / 4 && refused > ROUNDS / 100);
	assert_true(granted > 0 && registered > 0);
	assert_int_equal(succeeded, 0);
}

/* ----------------------------------------------------------------- answers */

static unsigned believed, disbelieved;

static void
read_texts(const struct facts_account *a)
{
	size_t sum = strlen(a->user_id) + strlen(a->contract) +
		     strlen(a->name) + strlen(a->email) + strlen(a->locale) +
		     strlen(a->password_hash);

	assert_true(sum < sizeof(*a));
}

static bool
believe(const struct ipc_head *head, size_t len)
{
	const void *message = head;
	const union auth_answer *a = message;

	if (!auth_answer_good(head, len)) {
		disbelieved++;
		return false;
	}
	believed++;
	assert_in_range(a->end.end, AUTH_DONE, AUTH_GONE);
	if (head->kind == AUTH_KIND_PASSWORD) {
		read_texts(&a->password.holder.account);
		assert_in_range(a->password.holder.account.role, FACTS_MASTER,
		    FACTS_OPERATOR);
	}
	return true;
}

static void
T8_an_answer_that_is_believed_can_be_read(void **state)
{
	static const size_t sizes[] = { 0, sizeof(m.answer.password),
		sizeof(m.answer.code), sizeof(m.answer.registration),
		sizeof(m.answer.end), sizeof(m.answer.end) };

	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint16_t kind = (uint16_t)(1 + fuzz_below(5));
		size_t len;

		memset(&m, fuzz_below(8) == 0 ? 'a' : 0, sizeof(m));
		m.head.kind = kind;
		len = change(sizes[kind]);
		own(len, believe);
	}
	assert_true(believed > ROUNDS / 4 && disbelieved > ROUNDS / 20);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, door_open, door_shut)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(T8_any_messages_in_any_order_are_answered_once_or_refused),
		TEST(T8_an_answer_that_is_believed_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
