#include "tests/db/guess.h"

#include "tests/db/private_redis.h"
#include "tests/lib/fake_shifted_clock.h"
#include "tests/lib/test.h"

#include <signal.h>

struct session guess_desk;

const struct digest code_a[1] = { { "code a" } };
const struct digest code_b[1] = { { "code b" } };
const struct digest csr_a[1] = { { "csr a" } };
const struct digest csr_b[1] = { { "csr b" } };

int
guess_start(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	private_redis_start(NULL);
	return 0;
}

int
guess_end(void **state)
{
	(void)state;
	private_redis_forget();
	return 0;
}

int
guess_open(void **state)
{
	(void)state;
	shifted_clock_reset();
	private_redis_ask("FLUSHALL");
	session_open(&guess_desk, private_redis_socket());
	session_until_up(&guess_desk, true);
	return 0;
}

int
guess_close(void **state)
{
	(void)state;
	session_close(&guess_desk);
	return 0;
}

/* ------------------------------------------------------------ shorthand */

void
guess_fail(const char *user, unsigned times)
{
	struct attempts_settled s;

	while (times-- > 0) {
		assert_int_equal(
		    session_fail(&guess_desk, user, &s), ATTEMPTS_GO);
		assert_false(s.locked_now);
	}
}

/* The sixth failure. */
struct attempts_settled
guess_lock(const char *user)
{
	struct attempts_settled s;

	assert_int_equal(session_fail(&guess_desk, user, &s), ATTEMPTS_GO);
	assert_true(s.locked_now);
	return s;
}

enum attempts_begin
guess_begin(const struct attempts_who *who)
{
	struct attempts_begin_answer b;

	assert_int_equal(session_begin(&guess_desk, who, 0, &b), DB_OK);
	return b.begin;
}

struct attempts_who
guess_take(const char *user)
{
	struct attempts_who who = session_who(user);

	assert_int_equal(guess_begin(&who), ATTEMPTS_GO);
	return who;
}

/* Asks for a code; if it is new, its mail goes out. */
enum attempts_mail
guess_want_code(const char *user, const struct digest *code)
{
	struct attempts_who who = guess_take(user);
	struct attempts_mail_answer mail;

	assert_int_equal(
	    session_new_code(&guess_desk, &who, code, &mail), DB_OK);
	if (mail.mail == ATTEMPTS_MAIL_NEW)
		assert_int_equal(session_mailed(&guess_desk, &who), DB_OK);
	return mail.mail;
}

enum attempts_code
guess_give_code(
    const char *user, const struct digest *code, const struct digest *csr)
{
	struct attempts_who who = guess_take(user);
	struct attempts_code_answer a;

	assert_int_equal(
	    session_spend(&guess_desk, &who, code, csr, true, &a), DB_OK);
	return a.code;
}
