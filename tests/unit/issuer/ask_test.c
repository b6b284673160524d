/*
 * The front's end of the socket, with this test at the issuer's end.
 */
#include "issuer/ask.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "tests/lib/authority.h"
#include "tests/lib/test.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_US 5000000

static struct event_base *base;
static char *folder, path[100];
static int listener, server;
static struct issuer_link *issue;

static struct issuer_answer heard[4];
static unsigned times_heard;

static void
on_answer(void *arg, const struct issuer_answer *a)
{
	assert_true(times_heard < COUNT(heard));
	heard[times_heard++] = *a;
	if (arg != NULL)
		*(bool *)arg = true;
}

static void
listen_again(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	unlink(path);
	listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	assert_int_equal(
	    bind(listener, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(listen(listener, 4), 0);
}

static int
begin(void **state)
{
	(void)state;
	log_open("test", LOG_LINE_ERROR);
	base = loop_new();
	folder = authority_folder();
	snprintf(path, sizeof(path), "%s/issuer.sock", folder);
	listen_again();
	issue = issuer_open(base, path);
	assert_true(issuer_up(issue));
	server = accept(listener, NULL, NULL);
	assert_true(server >= 0);
	times_heard = 0;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	issuer_close(issue);
	if (server >= 0)
		close(server);
	if (listener >= 0)
		close(listener);
	event_base_loop(base, EVLOOP_NONBLOCK);
	event_base_free(base);
	authority_remove(folder);
	return 0;
}

static struct issuer_question
question(void)
{
	struct issuer_question ask;

	memset(&ask, 0, sizeof(ask));
	ask.account = 7;
	ask.spki_len = 5;
	memcpy(ask.spki, "spki!", 5);
	return ask;
}

static struct call *
put(int64_t limit_ms)
{
	struct issuer_question ask = question();

	return issuer_ask(issue, &ask, limit_ms, on_answer, NULL);
}

static void
run_until(unsigned times)
{
	int64_t began = clock_mono_us();

	while (times_heard < times) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		assert_true(clock_mono_us() - began < PATIENCE_US);
	}
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(times_heard, times);
}

/* What the issuer got. */
static struct issuer_question
receive(void)
{
	struct issuer_question ask;
	ssize_t n = recv(server, &ask, sizeof(ask), 0);

	assert_true(n > 0 && (size_t)n == ISSUER_ASK_BYTES(&ask));
	return ask;
}

static void
reply(uint64_t id, enum issuer_end how)
{
	struct issuer_answer a;

	memset(&a, 0, sizeof(a));
	a.id = id;
	a.end = how;
	a.der_len = 3;
	memcpy(a.der, "der", 3);
	assert_int_equal(send(server, &a, ISSUER_ANSWER_BYTES(&a), 0),
	    ISSUER_ANSWER_BYTES(&a));
}

static void
a_question_gets_its_answer(void **state)
{
	struct issuer_question first, second;

	(void)state;
	put(5000);
	put(5000);
	assert_int_equal(times_heard, 0);
	first = receive();
	second = receive();
	assert_int_equal(first.account, 7);
	assert_memory_equal(first.spki, "spki!", 5);
	assert_true(first.id != second.id);
	reply(second.id, ISSUER_DONE);
	reply(first.id, ISSUER_PENDING);
	run_until(2);
	assert_int_equal(heard[0].end, ISSUER_DONE);
	assert_memory_equal(heard[0].der, "der", 3);
	assert_int_equal(heard[1].end, ISSUER_PENDING);
}

static void
F_19_all_hear_that_the_issuer_has_gone(void **state)
{
	(void)state;
	put(5000);
	put(5000);
	close(server);
	server = -1;
	run_until(2);
	assert_int_equal(heard[0].end, ISSUER_DOWN);
	assert_int_equal(heard[1].end, ISSUER_DOWN);
	assert_false(issuer_up(issue));
}

static void
F_19_a_new_issuer_is_found(void **state)
{
	int64_t began = clock_mono_us();

	(void)state;
	close(server);
	close(listener);
	put(5000);
	run_until(1);
	assert_int_equal(heard[0].end, ISSUER_DOWN);
	listen_again();
	while (!issuer_up(issue)) {
		event_base_loop(base, EVLOOP_ONCE);
		assert_true(clock_mono_us() - began < PATIENCE_US);
	}
	server = accept(listener, NULL, NULL);
	put(5000);
	reply(receive().id, ISSUER_DONE);
	run_until(2);
	assert_int_equal(heard[1].end, ISSUER_DONE);
}

static void
I_9_without_an_issuer_the_answer_comes_later_and_at_once(void **state)
{
	(void)state;
	close(server);
	server = -1;
	close(listener);
	listener = -1;
	put(5000);
	run_until(1);
	times_heard = 0;
	put(5000);
	assert_int_equal(times_heard, 0); /* not before it returned */
	run_until(1);
	assert_int_equal(heard[0].end, ISSUER_DOWN);
}

static void
a_limit_ends_a_question_and_late_answers_are_dropped(void **state)
{
	int64_t began = clock_mono_us();
	uint64_t late;

	(void)state;
	put(50);
	run_until(1);
	assert_int_equal(heard[0].end, ISSUER_DOWN);
	assert_true(clock_mono_us() - began >= 45000);
	late = receive().id;
	reply(late, ISSUER_DONE);
	put(5000);
	reply(receive().id, ISSUER_CODE);
	run_until(2);
	assert_int_equal(heard[1].end, ISSUER_CODE);
}

static void
a_forgotten_question_is_not_answered(void **state)
{
	struct call *call = put(5000);

	(void)state;
	call_forget(call);
	reply(receive().id, ISSUER_DONE);
	put(5000);
	reply(receive().id, ISSUER_DONE);
	run_until(1);
}

static void
an_answer_of_a_wrong_size_ends_the_connection(void **state)
{
	(void)state;
	put(5000);
	assert_int_equal(send(server, "rubbish", 7, 0), 7);
	run_until(1);
	assert_int_equal(heard[0].end, ISSUER_DOWN);
}

static void
closing_answers_what_is_open(void **state)
{
	(void)state;
	put(5000);
	issuer_close(issue);
	issue = NULL;
	assert_int_equal(times_heard, 1);
	assert_int_equal(heard[0].end, ISSUER_DOWN);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_question_gets_its_answer),
		T(F_19_all_hear_that_the_issuer_has_gone),
		T(F_19_a_new_issuer_is_found),
		T(I_9_without_an_issuer_the_answer_comes_later_and_at_once),
		T(a_limit_ends_a_question_and_late_answers_are_dropped),
		T(a_forgotten_question_is_not_answered),
		T(an_answer_of_a_wrong_size_ends_the_connection),
		T(closing_answers_what_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
