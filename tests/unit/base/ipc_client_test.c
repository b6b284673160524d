/* FAKES: malloc */
/*
 * One end of the socket, with this test at the other.
 */
#include "base/ipc_client.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "tests/lib/authority.h"
#include "tests/lib/fake_malloc.h"
#include "tests/lib/test.h"
#include "tests/lib/witness.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_US 60000000

static struct event_base *base;
static char *folder, path[100];
static int listener, server;
static struct ipc_client *client;

enum {
	VERSION = 7,
	DONE = 1,
	OTHER = 2,
	DOWN = 3,	      /* heard as NULL */
	MORE_THAN_FITS = 4000 /* into a socket, of these messages */
};

struct message {
	struct ipc_head head;
	char text[8];
	int how;
};

static struct message heard[4];
static unsigned times_heard;

static void
on_answer(void *arg, const struct ipc_head *a)
{
	assert_true(times_heard < COUNT(heard));
	heard[times_heard] = (struct message){ .how = DOWN };
	if (a != NULL)
		heard[times_heard] = *(const struct message *)a;
	times_heard++;
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

static bool
answer_good(const struct ipc_head *head, size_t bytes)
{
	(void)head;
	return bytes == sizeof(struct message);
}

static void
open_client(int64_t silence_ms)
{
	client = ipc_client_open(&(struct ipc_client_options){ .base = base,
	    .path = path,
	    .name = "other",
	    .version = VERSION,
	    .answer_size = sizeof(struct message),
	    .silence_ms = silence_ms,
	    .answer_good = answer_good });
	assert_true(ipc_client_up(client));
	server = accept(listener, NULL, NULL);
	assert_true(server >= 0);
}

static int
begin(void **state)
{
	(void)state;
	log_open("test", LOG_LINE_ERROR);
	base = loop_new();
	folder = authority_folder();
	snprintf(path, sizeof(path), "%s/test.sock", folder);
	listen_again();
	open_client(0);
	times_heard = 0;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	ipc_client_close(client);
	if (server >= 0)
		close(server);
	if (listener >= 0)
		close(listener);
	event_base_loop(base, EVLOOP_NONBLOCK);
	event_base_free(base);
	authority_remove(folder);
	return 0;
}

static struct call *
put(int64_t limit_ms)
{
	struct message question = { .text = "asked" };

	return ipc_ask(client, &question.head, sizeof(question), limit_ms,
	    on_answer, NULL);
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

/* What the other end got. */
static struct message
receive(void)
{
	struct message question;
	ssize_t n = recv(server, &question, sizeof(question), 0);

	assert_int_equal(n, sizeof(question));
	assert_int_equal(question.head.version, VERSION);
	return question;
}

static uint64_t
receive_id(void)
{
	return receive().head.id;
}

static void
reply(uint64_t id, int how)
{
	struct message a = { .head = { .version = VERSION, .id = id },
		.text = "answer",
		.how = how };

	assert_int_equal(send(server, &a, sizeof(a), 0), sizeof(a));
}

static void
a_question_gets_its_answer(void **state)
{
	struct message first, second;

	(void)state;
	put(60000);
	put(60000);
	assert_int_equal(times_heard, 0);
	first = receive();
	second = receive();
	assert_string_equal(first.text, "asked");
	assert_true(first.head.id != second.head.id);
	reply(second.head.id, DONE);
	reply(first.head.id, OTHER);
	run_until(2);
	assert_int_equal(heard[0].how, DONE);
	assert_string_equal(heard[0].text, "answer");
	assert_int_equal(heard[1].how, OTHER);
}

static void
F_19_all_hear_that_the_other_end_has_gone(void **state)
{
	(void)state;
	put(60000);
	put(60000);
	close(server);
	server = -1;
	run_until(2);
	assert_int_equal(heard[0].how, DOWN);
	assert_int_equal(heard[1].how, DOWN);
	assert_false(ipc_client_up(client));
}

static void
F_19_a_new_process_is_found(void **state)
{
	int64_t began = clock_mono_us();

	(void)state;
	close(server);
	close(listener);
	put(60000);
	run_until(1);
	assert_int_equal(heard[0].how, DOWN);
	listen_again();
	while (!ipc_client_up(client)) {
		event_base_loop(base, EVLOOP_ONCE);
		assert_true(clock_mono_us() - began < PATIENCE_US);
	}
	server = accept(listener, NULL, NULL);
	put(60000);
	reply(receive_id(), DONE);
	run_until(2);
	assert_int_equal(heard[1].how, DONE);
}

/* Open, and as it is with the process `auth`: whose word is missed soon. */
static void
open_with_silence(void)
{
	ipc_client_close(client);
	close(server);
	open_client(40);
}

/* The next message is the question whether somebody is there. */
static struct ipc_head
wait_for_look(void)
{
	int64_t began = clock_mono_us();
	struct ipc_head head;

	while (recv(server, &head, sizeof(head), MSG_DONTWAIT) < 0) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		assert_true(clock_mono_us() - began < PATIENCE_US);
	}
	assert_int_equal(head.version, VERSION);
	assert_int_equal(head.kind, IPC_ALIVE);
	return head;
}

/* Long before its limit, for it stands still and has nothing in work. */
static void
I_9_who_says_no_word_is_not_waited_for(void **state)
{
	(void)state;
	open_with_silence();
	put(3600000);
	receive_id();
	run_until(1);
	assert_int_equal(heard[0].how, DOWN);
	wait_for_look();
	/* It goes on: what it was asked since is answered as ever. */
	assert_true(ipc_client_up(client));
	put(60000);
	reply(receive_id(), DONE);
	run_until(2);
	assert_int_equal(heard[1].how, DONE);
}

static void
who_says_that_he_is_there_is_waited_for(void **state)
{
	struct ipc_head head;
	uint64_t id;

	(void)state;
	open_with_silence();
	put(3600000);
	id = receive_id();
	for (int i = 0; i < 5 && times_heard == 0; i++) {
		head = wait_for_look();
		assert_int_equal(
		    send(server, &head, sizeof(head), 0), sizeof(head));
	}
	reply(id, DONE);
	run_until(1);
	assert_int_equal(heard[0].how, DONE);
}

static void
I_9_without_the_other_end_the_answer_comes_later_and_at_once(void **state)
{
	(void)state;
	close(server);
	server = -1;
	close(listener);
	listener = -1;
	put(60000);
	run_until(1);
	times_heard = 0;
	put(60000);
	assert_int_equal(times_heard, 0); /* not before it returned */
	run_until(1);
	assert_int_equal(heard[0].how, DOWN);
}

static void
I_9_a_limit_ends_a_question_and_late_answers_are_dropped(void **state)
{
	struct message question = { .text = "asked" };
	int64_t began = clock_mono_us();
	struct witness w;
	bool came = false;
	uint64_t late;

	(void)state;
	ipc_ask(client, &question.head, sizeof(question), 50, on_answer, &came);
	witness_begin(&w, base, 60, &came);
	run_until(1);
	witness_end(&w);
	assert_int_equal(heard[0].how, DOWN);
	assert_true(clock_mono_us() - began >= 45000);
	late = receive_id();
	reply(late, DONE);
	put(60000);
	reply(receive_id(), OTHER);
	run_until(2);
	assert_int_equal(heard[1].how, OTHER);
}

static void
a_forgotten_question_is_not_answered(void **state)
{
	struct call *call = put(60000);

	(void)state;
	call_forget(call);
	reply(receive_id(), DONE);
	put(60000);
	reply(receive_id(), DONE);
	run_until(1);
}

static void
an_answer_of_a_wrong_size_ends_the_connection(void **state)
{
	(void)state;
	put(60000);
	assert_int_equal(send(server, "rubbish", 7, 0), 7);
	run_until(1);
	assert_int_equal(heard[0].how, DOWN);
}

static void
refuses(uint16_t version, uint16_t kind)
{
	struct message a = { .head = { .version = version, .kind = kind } };

	put(60000);
	a.head.id = receive_id();
	assert_int_equal(send(server, &a, sizeof(a), 0), sizeof(a));
	run_until(1);
	assert_int_equal(heard[0].how, DOWN);
}

static void
an_answer_of_another_version_ends_the_connection(void **state)
{
	(void)state;
	refuses(VERSION + 1, 0);
}

/* It would be read as what it is not. */
static void
T8_an_answer_of_another_kind_ends_the_connection(void **state)
{
	(void)state;
	refuses(VERSION, 1);
}

/* Their kinds are their numbers. */
static void
tell(uint16_t from, uint16_t to)
{
	struct message said = { .text = "said" };

	for (uint16_t i = from; i < to; i++) {
		said.head.kind = i;
		ipc_tell(client, &said.head, sizeof(said));
	}
}

static void
is_told(uint16_t from, uint16_t to)
{
	struct message said;

	for (uint16_t i = from; i < to; i++) {
		while (recv(server, &said, sizeof(said), MSG_DONTWAIT) < 0)
			event_base_loop(base, EVLOOP_NONBLOCK);
		assert_int_equal(said.head.kind, i);
	}
}

static void
what_does_not_fit_is_sent_in_its_order(void **state)
{
	(void)state;
	tell(0, MORE_THAN_FITS);
	is_told(0, MORE_THAN_FITS);
	put(60000);
	reply(receive_id(), DONE);
	run_until(1);
}

/* The fault: an end that is told passes its question, and ends nothing. */
static void
what_comes_when_there_is_room_again_passes_nothing(void **state)
{
	(void)state;
	tell(0, MORE_THAN_FITS);
	for (uint16_t i = 0; i < 50; i++)
		assert_int_equal(receive().head.kind, i);
	tell(MORE_THAN_FITS, MORE_THAN_FITS + 1);
	is_told(50, MORE_THAN_FITS + 1);
}

static void
closing_answers_what_is_open(void **state)
{
	(void)state;
	put(60000);
	ipc_client_close(client);
	client = NULL;
	assert_int_equal(times_heard, 1);
	assert_int_equal(heard[0].how, DOWN);
}

/* A question that cannot be kept is none; the process goes on, and so does what
 * is asked next. */
static void
F_59_without_memory_there_is_no_question(void **state)
{
	const struct ipc_head told = { .kind = OTHER };
	unsigned refused = 0;
	struct call *call;

	(void)state;
	do {
		fake_malloc_begin(refused + 1, false);
		call = put(60000);
		fake_malloc_end();
		refused += call == NULL;
	} while (call == NULL);
	call_forget(call);
	if (fake_malloc_works()) /* the question, its timer, libevent's */
		assert_true(refused >= 2);
	fake_malloc_begin(1, true);
	ipc_tell(client, &told, sizeof(told));
	fake_malloc_end();
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(times_heard, 0);
	put(0);
	run_until(1);
	assert_int_equal(heard[0].how, DOWN);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_question_gets_its_answer),
		T(F_19_all_hear_that_the_other_end_has_gone),
		T(F_19_a_new_process_is_found),
		T(I_9_who_says_no_word_is_not_waited_for),
		T(who_says_that_he_is_there_is_waited_for),
		T(I_9_without_the_other_end_the_answer_comes_later_and_at_once),
		T(I_9_a_limit_ends_a_question_and_late_answers_are_dropped),
		T(a_forgotten_question_is_not_answered),
		T(an_answer_of_a_wrong_size_ends_the_connection),
		T(an_answer_of_another_version_ends_the_connection),
		T(T8_an_answer_of_another_kind_ends_the_connection),
		T(what_does_not_fit_is_sent_in_its_order),
		T(what_comes_when_there_is_room_again_passes_nothing),
		T(closing_answers_what_is_open),
		T(F_59_without_memory_there_is_no_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
