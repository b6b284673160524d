/* FAKES: malloc */
/*
 * One end of the socket, with a real client at the other.
 */
#include "base/ipc_server.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "tests/lib/authority.h"
#include "tests/lib/fake_malloc.h"
#include "tests/lib/test.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_US 60000000

enum {
	VERSION = 3,
	LATER = 1, /* kinds: what the server does with it */
	AT_ONCE = 2,
	NONSENSE = 3,
	TOLD = 4,
	BIG = 60000
};

struct message {
	struct ipc_head head;
	char text[BIG];
};

static struct event_base *base;
static char *folder, path[100];
static int listener;
static struct ipc_server *server;
static struct ipc_client *client;
static struct ipc_peer *waits; /* for an answer to `waits_for` */
static uint64_t waits_for;
static unsigned gone, told, taken, heard, down;

static void
answer(struct ipc_peer *peer, uint16_t kind, uint64_t id)
{
	static struct message a;

	a.head = (struct ipc_head){ .kind = kind, .id = id };
	ipc_answer(peer, &a.head, sizeof(a));
	ipc_release(peer);
}

static bool
take(
    void *arg, struct ipc_peer *peer, const struct ipc_head *head, size_t bytes)
{
	(void)arg;
	(void)bytes;
	taken++;
	if (head->kind == TOLD) {
		told++;
		return true;
	}
	if (head->kind == NONSENSE)
		return false;
	ipc_hold(peer);
	if (head->kind == AT_ONCE) {
		answer(peer, AT_ONCE, head->id);
	} else {
		waits = peer;
		waits_for = head->id;
	}
	return true;
}

static void
on_gone(void *arg, struct ipc_peer *peer)
{
	(void)arg;
	(void)peer;
	gone++;
}

static bool
answer_good(const struct ipc_head *head, size_t bytes)
{
	(void)head;
	return bytes == sizeof(struct message);
}

static void
on_answer(void *arg, const struct ipc_head *a)
{
	(void)arg;
	if (a == NULL)
		down++;
	else
		heard++;
}

static struct ipc_client *
connect_as(uint16_t version)
{
	return ipc_client_open(&(struct ipc_client_options){ .base = base,
	    .path = path,
	    .name = "server",
	    .version = version,
	    .answer_size = sizeof(struct message),
	    .answer_good = answer_good });
}

static int
begin(void **state)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	(void)state;
	log_open("test", LOG_LINE_ERROR + 1);
	base = loop_new();
	folder = authority_folder();
	snprintf(path, sizeof(path), "%s/test.sock", folder);
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	assert_int_equal(
	    bind(listener, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(listen(listener, 4), 0);
	server = ipc_server_open(&(struct ipc_server_options){ .base = base,
	    .listener = listener,
	    .name = "client",
	    .peer = geteuid(),
	    .version = VERSION,
	    .question_size = sizeof(struct ipc_head) + 16,
	    .take = take,
	    .gone = on_gone });
	assert_non_null(server);
	client = connect_as(VERSION);
	waits = NULL;
	gone = told = taken = heard = down = 0;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	ipc_client_close(client);
	ipc_server_close(server);
	close(listener);
	event_base_loop(base, EVLOOP_NONBLOCK);
	event_base_free(base);
	authority_remove(folder);
	return 0;
}

static void
ask(struct ipc_client *c, uint16_t kind)
{
	struct ipc_head question = { .kind = kind };

	ipc_ask(c, &question, sizeof(question), 60000, on_answer, NULL);
}

#define RUN_UNTIL(what)                                                        \
	do {                                                                   \
		int64_t began = clock_mono_us();                               \
		while (!(what)) {                                              \
			event_base_loop(base, EVLOOP_NONBLOCK);                \
			assert_true(clock_mono_us() - began < PATIENCE_US);    \
		}                                                              \
	} while (0)

static void
an_answer_may_come_at_once_or_later(void **state)
{
	(void)state;
	ask(client, LATER);
	ask(client, AT_ONCE);
	RUN_UNTIL(heard == 1 && waits != NULL);
	answer(waits, LATER, waits_for);
	RUN_UNTIL(heard == 2);
	assert_int_equal(down, 0);
}

static void
whether_it_is_there_is_answered_by_itself(void **state)
{
	(void)state;
	ask(client, IPC_ALIVE);
	RUN_UNTIL(heard == 1);
	assert_int_equal(down, 0);
}

static void
what_is_told_is_taken_and_not_answered(void **state)
{
	struct ipc_head said = { .kind = TOLD };

	(void)state;
	ipc_tell(client, &said, sizeof(said));
	RUN_UNTIL(told == 1);
	ask(client, AT_ONCE);
	RUN_UNTIL(heard == 1);
}

static void
F_05_who_has_gone_is_remembered_until_its_answer(void **state)
{
	(void)state;
	ask(client, LATER);
	RUN_UNTIL(waits != NULL);
	ipc_client_close(client);
	client = NULL;
	RUN_UNTIL(gone == 1);
	/* A peer that was freed is what ASan sees. */
	answer(waits, LATER, waits_for);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(heard, 0);
}

static void
answers_that_do_not_fit_the_socket_come_later(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 20; i++)
		ask(client, AT_ONCE);
	RUN_UNTIL(heard == 20);
	assert_int_equal(down, 0);
}

static int
connect_raw(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	return fd;
}

/* Else whoever never reads has its answers kept until memory is full (T8). */
static void
T8_who_reads_no_answers_is_heard_no_more(void **state)
{
	struct ipc_head question = { .version = VERSION, .kind = AT_ONCE };
	static struct message a;
	int fd = connect_raw();
	unsigned sent = 0, got = 0;

	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		if (send(fd, &question, sizeof(question), MSG_NOSIGNAL) > 0)
			sent++;
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	assert_in_range(taken, 1, 100);
	/* Nothing is lost: it goes on as soon as they are read. */
	RUN_UNTIL((got += recv(fd, &a, sizeof(a), 0) > 0) == sent);
	assert_int_equal(taken, sent);
	close(fd);
	RUN_UNTIL(gone == 1);
}

static void
T8_who_goes_without_reading_is_let_go(void **state)
{
	struct ipc_head question = { .version = VERSION, .kind = AT_ONCE };
	int fd = connect_raw();

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		(void)!send(fd, &question, sizeof(question), MSG_NOSIGNAL);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	close(fd);
	RUN_UNTIL(gone == 1);
}

static void
nonsense_ends_the_connection(void **state)
{
	(void)state;
	ask(client, NONSENSE);
	RUN_UNTIL(down == 1);
	assert_int_equal(gone, 1);
}

static void
a_message_that_is_too_long_ends_the_connection(void **state)
{
	struct {
		struct ipc_head head;
		char more[17];
	} question = { .head.kind = AT_ONCE };

	(void)state;
	ipc_ask(
	    client, &question.head, sizeof(question), 60000, on_answer, NULL);
	RUN_UNTIL(down == 1);
	assert_int_equal(heard, 0);
}

static void
another_version_is_disconnected(void **state)
{
	struct ipc_client *other = connect_as(VERSION + 1);

	(void)state;
	ask(other, AT_ONCE);
	RUN_UNTIL(down == 1);
	assert_int_equal(heard, 0);
	ipc_client_close(other);
}

/* A process of another user, who can reach the socket. */
static void
T14_another_user_is_disconnected(void **state)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int status;
	pid_t pid;
	char byte;

	(void)state;
	if (geteuid() != 0)
		return; /* who is not root cannot be somebody else */
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(chmod(folder, 0711), 0);
	pid = fork();
	if (pid == 0) {
		int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

		if (setuid(65534) != 0 ||
		    connect(fd, (struct sockaddr *)&name, sizeof(name)) != 0)
			_exit(2);
		_exit(recv(fd, &byte, 1, 0) == 0 ? 0 : 1);
	}
	RUN_UNTIL(waitpid(pid, &status, WNOHANG) == pid);
	assert_int_equal(status, 0);
}

/* Each allocation in turn; an honest one comes after it. */
static void
F_59_who_there_is_no_memory_for_is_disconnected(void **state)
{
	unsigned n = 0, count, refused = 0;

	(void)state;
	ask(client, AT_ONCE);
	RUN_UNTIL(heard == 1);
	do {
		int fd = connect_raw();
		char byte;

		fake_malloc_begin(++n, false);
		event_base_loop(base, EVLOOP_NONBLOCK);
		count = fake_malloc_end();
		refused += recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
		close(fd);
		event_base_loop(base, EVLOOP_NONBLOCK);
	} while (n <= count);
	if (fake_malloc_works())
		assert_in_range(refused, 3, n);
	ask(client, AT_ONCE);
	RUN_UNTIL(heard == 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_answer_may_come_at_once_or_later),
		T(whether_it_is_there_is_answered_by_itself),
		T(what_is_told_is_taken_and_not_answered),
		T(F_05_who_has_gone_is_remembered_until_its_answer),
		T(answers_that_do_not_fit_the_socket_come_later),
		T(T8_who_reads_no_answers_is_heard_no_more),
		T(T8_who_goes_without_reading_is_let_go),
		T(nonsense_ends_the_connection),
		T(a_message_that_is_too_long_ends_the_connection),
		T(another_version_is_disconnected),
		T(T14_another_user_is_disconnected),
		T(F_59_who_there_is_no_memory_for_is_disconnected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
