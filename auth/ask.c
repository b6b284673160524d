#include "auth/ask.h"

#include "base/believe.h"

#include <string.h>

/*
 * When a door gives up on a process that is there and does not answer. What a
 * password waits for is others' passwords, whose number is bounded; but no
 * client waits for a process that stands still.
 */
#define LIMIT_MS 900
#define PASSWORD_LIMIT_MS 9000
#define SILENCE_MS 2000

/* ------------------------------------------------------------ connecting */

struct ipc_client *
auth_connect(struct event_base *base, const char *socket_path)
{
	return ipc_client_open(&(struct ipc_client_options){
	    .base = base,
	    .path = socket_path,
	    .name = "auth",
	    .version = AUTH_VERSION,
	    .answer_size = sizeof(union auth_answer),
	    .silence_ms = SILENCE_MS,
	    .answer_good = auth_answer_good,
	});
}

/* ---------------------------------------------------------------- asking */

static size_t
password_bytes(const struct auth_password *q)
{
	return offsetof(struct auth_password, secret) + q->secret_len;
}

/* Doors of one process share it: each number is an attempt of its own. */
static struct auth_handle
next_handle(void)
{
	static _Atomic uint64_t last;

	return (struct auth_handle){ .number = ++last };
}

struct call *
auth_password(struct ipc_client *auth, struct auth_password *q,
    struct auth_handle *handle, ipc_answer_fn *answer, void *arg)
{
	q->head.kind = AUTH_KIND_PASSWORD;
	q->handle = *handle = next_handle();
	return ipc_ask(
	    auth, &q->head, password_bytes(q), PASSWORD_LIMIT_MS, answer, arg);
}

struct call *
auth_code(struct ipc_client *auth, struct auth_code *q, ipc_answer_fn *answer,
    void *arg)
{
	q->head.kind = AUTH_KIND_CODE;
	return ipc_ask(auth, &q->head, sizeof(*q), LIMIT_MS, answer, arg);
}

static size_t
registration_bytes(const struct auth_registration *q)
{
	return offsetof(struct auth_registration, secret) + q->secret_len;
}

/* It waits for a hash, as a password does. */
struct call *
auth_register(struct ipc_client *auth, struct auth_registration *q,
    ipc_answer_fn *answer, void *arg)
{
	q->head.kind = AUTH_KIND_REGISTER;
	return ipc_ask(auth, &q->head, registration_bytes(q), PASSWORD_LIMIT_MS,
	    answer, arg);
}

/* It waits for a hash, too. */
struct call *
auth_make_password(struct ipc_client *auth, struct auth_make *q,
    ipc_answer_fn *answer, void *arg)
{
	q->head.kind = AUTH_KIND_MAKE;
	q->handle = next_handle();
	return ipc_ask(
	    auth, &q->head, sizeof(*q), PASSWORD_LIMIT_MS, answer, arg);
}

struct call *
auth_settle(struct ipc_client *auth, struct auth_settle *q,
    ipc_answer_fn *answer, void *arg)
{
	q->head.kind = AUTH_KIND_SETTLE;
	q->handle = next_handle();
	return ipc_ask(auth, &q->head, sizeof(*q), LIMIT_MS, answer, arg);
}

struct call *
auth_prepare_email(struct ipc_client *auth, struct auth_prepare_email *q,
    ipc_answer_fn *answer, void *arg)
{
	q->head.kind = AUTH_KIND_PREPARE_EMAIL;
	q->handle = next_handle();
	return ipc_ask(auth, &q->head, sizeof(*q), LIMIT_MS, answer, arg);
}

struct call *
auth_confirm_email(struct ipc_client *auth, struct auth_confirm_email *q,
    ipc_answer_fn *answer, void *arg)
{
	q->head.kind = AUTH_KIND_CONFIRM_EMAIL;
	return ipc_ask(auth, &q->head, sizeof(*q), LIMIT_MS, answer, arg);
}

struct call *
auth_succeed(struct ipc_client *auth, struct auth_succeed *q,
    ipc_answer_fn *done, void *arg)
{
	q->head.kind = AUTH_KIND_SUCCEED;
	return ipc_ask(auth, &q->head, sizeof(*q), LIMIT_MS, done, arg);
}

static void
say(struct ipc_client *auth, struct auth_handle handle, enum auth_kind kind)
{
	struct auth_end_question q = { .head.kind = (uint16_t)kind,
		.handle = handle };

	if (handle.number != 0)
		ipc_tell(auth, &q.head, sizeof(q));
}

void
auth_leave(struct ipc_client *auth, struct auth_handle handle)
{
	say(auth, handle, AUTH_KIND_LEAVE_SAID);
}

void
auth_vanish(struct ipc_client *auth, struct auth_handle handle)
{
	say(auth, handle, AUTH_KIND_VANISH);
}

/* ------------------------------------------------------------- believing */

static bool
password_good(const struct auth_password *q, size_t bytes)
{
	return bytes >= offsetof(struct auth_password, secret) &&
	       q->secret_len <= sizeof(q->secret) &&
	       bytes == password_bytes(q) &&
	       (unsigned)q->subject <= AUTH_CONTRACT &&
	       believe_flag(&q->code_may_follow) &&
	       believe_flag(&q->mails_code) && believe_flag(&q->asks_anew) &&
	       believe_flag(&q->wants_voucher) &&
	       believe_flag(&q->for_session) && believe_flag(&q->alone) &&
	       believe_flag(&q->shows_voucher) &&
	       decide_operation_good(q->operation) &&
	       believe_text(q->profile, sizeof(q->profile)) &&
	       believe_flag(&q->tells_hash) &&
	       believe_flag(&q->shows_certificate) &&
	       believe_text(q->name, sizeof(q->name)) &&
	       believe_text(q->address, sizeof(q->address));
}

static bool
code_good(const struct auth_code *q, size_t bytes)
{
	return bytes == sizeof(*q) && decide_operation_good(q->operation) &&
	       believe_text(q->profile, sizeof(q->profile)) &&
	       believe_flag(&q->good);
}

static bool
registration_good(const struct auth_registration *q, size_t bytes)
{
	return bytes >= offsetof(struct auth_registration, secret) &&
	       q->secret_len <= sizeof(q->secret) &&
	       bytes == registration_bytes(q) &&
	       believe_text(q->user_id, sizeof(q->user_id)) &&
	       believe_text(q->name, sizeof(q->name)) &&
	       believe_text(q->email, sizeof(q->email)) &&
	       believe_text(q->locale, sizeof(q->locale));
}

static bool
make_good(const struct auth_make *q, size_t bytes)
{
	return bytes == sizeof(*q) && believe_flag(&q->initial);
}

static bool
prepare_good(const struct auth_prepare_email *q, size_t bytes)
{
	return bytes == sizeof(*q) && believe_text(q->name, sizeof(q->name));
}

bool
auth_question_good(const struct ipc_head *head, size_t bytes)
{
	const void *q = head;

	switch (head->kind) {
	case AUTH_KIND_PASSWORD:
		return password_good(q, bytes);
	case AUTH_KIND_CODE:
		return code_good(q, bytes);
	case AUTH_KIND_REGISTER:
		return registration_good(q, bytes);
	case AUTH_KIND_SUCCEED:
		return bytes == sizeof(struct auth_succeed);
	case AUTH_KIND_LEAVE:
	case AUTH_KIND_LEAVE_SAID:
	case AUTH_KIND_VANISH:
		return bytes == sizeof(struct auth_end_question);
	case AUTH_KIND_MAKE:
		return make_good(q, bytes);
	case AUTH_KIND_SETTLE:
		return bytes == sizeof(struct auth_settle);
	case AUTH_KIND_PREPARE_EMAIL:
		return prepare_good(q, bytes);
	case AUTH_KIND_CONFIRM_EMAIL:
		return bytes == sizeof(struct auth_confirm_email);
	default:
		return false;
	}
}

static bool
end_good(enum auth_end end)
{
	return (unsigned)end <= AUTH_GONE;
}

static bool
passed_good(const struct auth_password_answer *a, size_t bytes)
{
	return bytes == sizeof(*a) && end_good(a->end) &&
	       believe_flag(&a->with_code) && believe_flag(&a->evaluated) &&
	       decision_good(&a->decision) && facts_holder_good(&a->holder) &&
	       (unsigned)a->mailed.outcome <= AUTH_MAIL_FAILED;
}

static bool
proved_good(const struct auth_code_answer *a, size_t bytes)
{
	return bytes == sizeof(*a) && end_good(a->end) &&
	       believe_flag(&a->again) && decision_good(&a->decision);
}

static bool
registered_good(const struct auth_registration_answer *a, size_t bytes)
{
	return bytes == sizeof(*a) && end_good(a->end) &&
	       believe_flag(&a->taken) && believe_flag(&a->same);
}

static bool
made_good(const struct auth_made *a, size_t bytes)
{
	return bytes == sizeof(*a) && end_good(a->end) &&
	       believe_text(a->password, sizeof(a->password)) &&
	       believe_text(a->hash, sizeof(a->hash));
}

static bool
confirmed_good(const struct auth_confirm_email_answer *a, size_t bytes)
{
	return bytes == sizeof(*a) && end_good(a->end) &&
	       believe_flag(&a->locked);
}

static bool
ended_good(const struct auth_end_answer *a, size_t bytes)
{
	return bytes == sizeof(*a) && end_good(a->end);
}

bool
auth_answer_good(const struct ipc_head *head, size_t bytes)
{
	const void *a = head;

	switch (head->kind) {
	case AUTH_KIND_PASSWORD:
		return passed_good(a, bytes);
	case AUTH_KIND_CODE:
		return proved_good(a, bytes);
	case AUTH_KIND_REGISTER:
		return registered_good(a, bytes);
	case AUTH_KIND_MAKE:
		return made_good(a, bytes);
	case AUTH_KIND_CONFIRM_EMAIL:
		return confirmed_good(a, bytes);
	case AUTH_KIND_SUCCEED:
	case AUTH_KIND_LEAVE:
	case AUTH_KIND_SETTLE:
	case AUTH_KIND_PREPARE_EMAIL:
		return ended_good(a, bytes);
	default:
		return false;
	}
}

/* --------------------------------------------------------------- hearing */

const struct auth_password_answer *
auth_password_answer_of(const struct ipc_head *head)
{
	static const struct auth_password_answer down = { .end = AUTH_DOWN };

	return head == NULL ? &down : (const void *)head;
}

const struct auth_code_answer *
auth_code_answer_of(const struct ipc_head *head)
{
	static const struct auth_code_answer down = { .end = AUTH_DOWN };

	return head == NULL ? &down : (const void *)head;
}

const struct auth_registration_answer *
auth_registration_answer_of(const struct ipc_head *head)
{
	static const struct auth_registration_answer down = { .end =
								  AUTH_DOWN };

	return head == NULL ? &down : (const void *)head;
}

const struct auth_made *
auth_made_of(const struct ipc_head *head)
{
	static const struct auth_made down = { .end = AUTH_DOWN };

	return head == NULL ? &down : (const void *)head;
}

const struct auth_confirm_email_answer *
auth_confirm_email_answer_of(const struct ipc_head *head)
{
	static const struct auth_confirm_email_answer down = { .end =
								   AUTH_DOWN };

	return head == NULL ? &down : (const void *)head;
}

const struct auth_end_answer *
auth_end_answer_of(const struct ipc_head *head)
{
	static const struct auth_end_answer down = { .end = AUTH_DOWN };

	return head == NULL ? &down : (const void *)head;
}
