#include "base/notify.h"

#include "tests/lib/test.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[] = "/tmp/notify_test.XXXXXX";

/* A manager that listens on `path`, where '@' stands for a NUL. */
static int
listen_on(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_true(strlen(path) < sizeof(at.sun_path));
	memcpy(at.sun_path, path, strlen(path));
	if (path[0] == '@')
		at.sun_path[0] = '\0';
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&at,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			    strlen(path))),
	    0);
	return fd;
}

static void
expect_message(int fd, const char *expected)
{
	char text[256];
	ssize_t n = recv(fd, text, sizeof(text), 0);

	assert_int_equal(n, strlen(expected));
	assert_memory_equal(text, expected, (size_t)n);
	assert_int_equal(recv(fd, text, sizeof(text), 0), -1);
}

static void
manager_behind_a_path_hears_it(void **state)
{
	char path[64];
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/notify", folder);
	fd = listen_on(path);
	setenv("NOTIFY_SOCKET", path, 1);
	notify_send("READY=1\nSTATUS=serving");
	expect_message(fd, "READY=1\nSTATUS=serving");
	close(fd);
	notify_send("STOPPING=1"); /* the manager has gone: no harm */
	unlink(path);
	notify_send("STOPPING=1");
}

static void
abstract_address_hears_it(void **state)
{
	char path[64];
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "@koshin-test-%d", (int)getpid());
	fd = listen_on(path);
	setenv("NOTIFY_SOCKET", path, 1);
	notify_send("READY=1");
	expect_message(fd, "READY=1");
	close(fd);
}

static void
silent_without_a_manager(void **state)
{
	char much[300];
	int before = open("/dev/null", O_RDONLY), after;

	(void)state;
	close(before);
	unsetenv("NOTIFY_SOCKET");
	notify_send("READY=1");
	setenv("NOTIFY_SOCKET", "", 1);
	notify_send("READY=1");
	setenv("NOTIFY_SOCKET", "@", 1);
	notify_send("READY=1");
	setenv("NOTIFY_SOCKET", "relative/path", 1);
	notify_send("READY=1");
	memset(much, '/', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	setenv("NOTIFY_SOCKET", much, 1);
	notify_send("READY=1");
	setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1);
	notify_send("READY=1");
	after = open("/dev/null", O_RDONLY);
	close(after);
	assert_int_equal(after, before); /* no descriptor was left open */
}

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int
remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(manager_behind_a_path_hears_it),
		cmocka_unit_test(abstract_address_hears_it),
		cmocka_unit_test(silent_without_a_manager),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
