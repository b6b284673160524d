#include "tests/lib/auth_door.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

struct auth *door_auth;
struct secret_key door_code_key;
struct auth_handle door_handle;
struct call *door_call;
unsigned door_heard;
struct auth_password_answer door_passed;
struct auth_mail_answer door_mailed;
struct auth_code_answer door_proved;
enum auth_end door_done;

static void
open_auth(bool with_proofs)
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
	door_auth = auth_open(&(struct auth_options){
	    .attempts = (void *)&redis,
	    .accounts = with_proofs ? NULL : (void *)&postgres,
	    .proofs = with_proofs ? (void *)&postgres : NULL,
	    .code_key = &door_code_key,
	    .code = &code,
	    .input = &input,
	    .profiles = profiles,
	    .profiles_count = COUNT(profiles),
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
}

int
door_open(void **state)
{
	(void)state;
	reset();
	open_auth(false);
	return 0;
}

int
door_open_with_proofs(void **state)
{
	(void)state;
	reset();
	open_auth(true);
	return 0;
}

int
door_shut(void **state)
{
	(void)state;
	auth_close(door_auth);
	fake_calls_pump();
	assert_int_equal(fake_loop_timers(), 0);
	return 0;
}

/* --------------------------------------------------------------- hearing */

static void
on_password(void *arg, const struct auth_password_answer *answer)
{
	assert_ptr_equal(arg, &door_handle);
	door_heard++;
	door_passed = *answer;
}

static void
on_mail(void *arg, const struct auth_mail_answer *answer)
{
	(void)arg;
	door_heard++;
	door_mailed = *answer;
}

static void
on_code(void *arg, const struct auth_code_answer *answer)
{
	(void)arg;
	door_heard++;
	door_proved = *answer;
}

void
door_on_done(void *arg, enum auth_end end)
{
	(void)arg;
	door_heard++;
	door_done = end;
}

void
door_wait(void)
{
	assert_int_equal(door_heard, 0); /* nobody is answered at once */
	fake_calls_pump();
	fake_loop_fire();
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

void
door_ask(const struct auth_password *q)
{
	fake_calls_reset();
	door_call = auth_password(
	    door_auth, q, &door_handle, on_password, &door_handle);
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
	struct auth_mail q = { .handle = door_handle,
		.operation = DECIDE_ENROLL };

	snprintf(q.profile, sizeof(q.profile), "%s", profile);
	auth_mail(door_auth, &q, on_mail, NULL);
	door_wait();
	return door_mailed.end;
}

enum auth_end
door_code(bool good)
{
	struct auth_code q = { .handle = door_handle,
		.operation = DECIDE_ENROLL,
		.profile = "person",
		.csr_digest = { { 0xc5 } },
		.good = good };

	memcpy(q.code, DOOR_CODE, sizeof(q.code));
	auth_code(door_auth, &q, on_code, NULL);
	door_wait();
	return door_proved.end;
}

enum auth_end
door_succeed(void)
{
	auth_succeed(door_auth, door_handle, door_on_done, NULL);
	door_wait();
	return door_done;
}
