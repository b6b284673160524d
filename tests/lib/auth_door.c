#include "tests/lib/auth_door.h"

#include "auth/ladder.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>

static struct ladder *ladder;
struct secret_key door_code_key;
struct password_costs door_costs;
struct failures door_failures;
const struct secret_key door_grant_key = { { 0x67 } };
struct auth_handle door_handle;
unsigned door_heard;
struct auth_password_answer door_passed;
struct auth_code_answer door_proved;
struct auth_registration_answer door_registered;
struct auth_made door_made;
struct auth_confirm_email_answer door_confirmed;
enum auth_end door_done;

static uint64_t asked_id, last_handle;

/* --------------------------------------------------------------- hearing */

static void
hear(void *door, struct ipc_head *message, size_t bytes)
{
	const union auth_answer *answer = (const void *)message;

	assert_ptr_equal(door, &door_handle);
	assert_int_equal(message->id, asked_id);
	door_heard++;
	switch ((enum auth_kind)message->kind) {
	case AUTH_KIND_PASSWORD:
		assert_int_equal(bytes, sizeof(door_passed));
		door_passed = answer->password;
		break;
	case AUTH_KIND_CODE:
		assert_int_equal(bytes, sizeof(door_proved));
		door_proved = answer->code;
		break;
	case AUTH_KIND_REGISTER:
		assert_int_equal(bytes, sizeof(door_registered));
		door_registered = answer->registration;
		break;
	case AUTH_KIND_MAKE:
		assert_int_equal(bytes, sizeof(door_made));
		door_made = answer->made;
		break;
	case AUTH_KIND_CONFIRM_EMAIL:
		assert_int_equal(bytes, sizeof(door_confirmed));
		door_confirmed = answer->email;
		break;
	default:
		assert_int_equal(bytes, sizeof(answer->end));
		door_done = answer->end.end;
	}
}

static void
open_ladder(bool front)
{
	static struct profile profiles[2];
	static struct input_policy input;
	static struct code_policy code;
	static char redis, postgres;

	profiles[0] = profile_person();
	profiles[1] = profile_device();
	input = (struct input_policy){ 8, 12 };
	code = (struct code_policy){ .life_s = 1800,
		.resend_after_s = 300,
		.spacing_s = 60,
		.per_hour = 5 };
	memset(&door_code_key, 0x6b, sizeof(door_code_key));
	ladder = ladder_open(&(struct ladder_options){
	    .attempts = (void *)&redis,
	    .accounts = front ? (void *)&postgres : NULL,
	    .proofs = (void *)&postgres,
	    .costs = &door_costs,
	    .failures = &door_failures,
	    .code_key = &door_code_key,
	    .grant_key = &door_grant_key,
	    .code = &code,
	    .session_s = DOOR_SESSION_S,
	    .limits = { .lifts = 3, .passwords = 4, .closes = 5 },
	    .input = &input,
	    .profiles = profiles,
	    .profiles_count = COUNT(profiles),
	    .answer = hear,
	});
}

static void
reset(void)
{
	struct facts_account *a = &fake_accounts.holder.account;

	assert_true(clock_zone("Asia/Tokyo"));
	fake_clock_set(FAKE_CLOCK_START);
	fake_calls_reset();
	fake_attempts_reset();
	fake_accounts_reset();
	fake_proofs_reset();
	fake_pool_reset();
	a->id = DOOR_ACCOUNT;
	a->role = FACTS_GENERAL;
	snprintf(a->user_id, sizeof(a->user_id), DOOR_USER);
	snprintf(a->password_hash, sizeof(a->password_hash), DOOR_PASSWORD);
	fake_proofs.holder = fake_accounts.holder;
	door_heard = 0;
	door_costs.count = 0;
	door_failures = (struct failures){ .usual = 1000 };
}

int
door_open(void **state)
{
	(void)state;
	reset();
	open_ladder(true);
	return 0;
}

int
door_open_with_proofs(void **state)
{
	(void)state;
	reset();
	open_ladder(false);
	return 0;
}

int
door_shut(void **state)
{
	(void)state;
	door_close();
	fake_calls_pump();
	return 0;
}

void
door_wait(void)
{
	fake_calls_pump();
	assert_int_equal(door_heard, 1);
	assert_int_equal(fake_calls_open(), 0);
	door_heard = 0;
}

/* ---------------------------------------------------------------- asking */

struct auth_password
door_question(enum auth_subject subject, const char *name, const char *secret)
{
	struct auth_password q = { .subject = subject,
		.code_may_follow = true,
		.address = "192.0.2.1" };

	snprintf(q.name, sizeof(q.name), "%s", name);
	q.secret_len = strlen(secret);
	memcpy(q.secret, secret, q.secret_len);
	return q;
}

static void
ask(struct ipc_head *head, enum auth_kind kind, size_t bytes)
{
	head->kind = (uint16_t)kind;
	head->id = ++asked_id;
	assert_true(ladder_take(ladder, &door_handle, head, bytes));
}

bool
door_take(const struct ipc_head *question, size_t bytes)
{
	asked_id = question->id;
	return ladder_take(ladder, &door_handle, question, bytes);
}

bool
door_may_ask(const struct auth_password *question)
{
	struct auth_password q = *question;

	q.head.kind = AUTH_KIND_PASSWORD;
	q.head.id = ++asked_id;
	q.handle.number = ++last_handle;
	door_handle = q.handle;
	return ladder_take(ladder, &door_handle, &q.head,
	    offsetof(struct auth_password, secret) + q.secret_len);
}

void
door_ask(const struct auth_password *question)
{
	struct auth_password q = *question;

	fake_calls_reset();
	q.handle.number = ++last_handle;
	door_handle = q.handle;
	ask(&q.head, AUTH_KIND_PASSWORD,
	    offsetof(struct auth_password, secret) + q.secret_len);
}

enum auth_end
door_try(const struct auth_password *q)
{
	door_ask(q);
	door_wait();
	return door_passed.end;
}

void
door_ask_login(const char *secret)
{
	struct auth_password q = door_question(AUTH_ACCOUNT, DOOR_USER, secret);

	door_ask(&q);
}

enum auth_end
door_login(const char *secret)
{
	door_ask_login(secret);
	door_wait();
	return door_passed.end;
}

enum auth_end
door_mail(const char *profile)
{
	struct auth_password q =
	    door_question(AUTH_ACCOUNT, DOOR_USER, DOOR_PASSWORD);

	q.mails_code = true;
	q.operation = DECIDE_ENROLL;
	snprintf(q.profile, sizeof(q.profile), "%s", profile);
	return door_try(&q);
}

enum auth_end
door_register(struct auth_registration *q)
{
	q->handle = door_handle;
	ask(&q->head, AUTH_KIND_REGISTER,
	    offsetof(struct auth_registration, secret) + q->secret_len);
	door_wait();
	return door_registered.end;
}

enum auth_end
door_code(bool good)
{
	return door_code_for(DECIDE_ENROLL, good);
}

enum auth_end
door_code_for(enum decide_operation operation, bool good)
{
	struct auth_code q = { .handle = door_handle,
		.operation = operation,
		.profile = "person",
		.csr_digest = { { 0xc5 } },
		.key_digest = { { 0x5e } },
		.presented = { { 0x77 } },
		.good = good };

	memcpy(q.code, DOOR_CODE, sizeof(q.code));
	ask(&q.head, AUTH_KIND_CODE, sizeof(q));
	door_wait();
	return door_proved.end;
}

void
door_end(enum auth_kind kind)
{
	struct auth_end_question q = { .handle = door_handle };

	ask(&q.head, kind, sizeof(q));
}

enum auth_end
door_succeed_by(const struct digest *receipt)
{
	struct auth_succeed q = {
		.handle = door_handle, .serial = { { 1 } }, .receipt = *receipt
	};

	ask(&q.head, AUTH_KIND_SUCCEED, sizeof(q));
	door_wait();
	return door_done;
}

enum auth_end
door_succeed(void)
{
	static const struct serial serial = { { 1 } };
	struct digest receipt =
	    grant_receipt(&door_grant_key, &door_proved.grant, &serial);

	return door_succeed_by(&receipt);
}

void
door_gone(void)
{
	ladder_door_gone(ladder, &door_handle);
}

void
door_close(void)
{
	ladder_close(ladder);
	ladder = NULL;
}
