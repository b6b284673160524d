#include "tests/db/private_redis.h"

#include <hiredis/hiredis.h>

#include <assert.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char folder[64];
static char socket_path[128];
static pid_t owner, server;
static char text[16384]; /* of the last reply */

static void
remove_folder(void)
{
	char command[128];

	if (folder[0] == '\0' || getpid() != owner)
		return;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	if (system(command) != 0)
		perror(command);
	folder[0] = '\0';
}

static void
at_end(void)
{
	if (getpid() == owner)
		private_redis_forget();
}

static void
make_folder(void)
{
	static bool registered;

	if (folder[0] != '\0')
		return;
	owner = getpid();
	snprintf(folder, sizeof(folder), "/tmp/koshin-redis-XXXXXX");
	assert(mkdtemp(folder) != NULL);
	snprintf(socket_path, sizeof(socket_path), "%s/s", folder);
	if (!registered)
		atexit(at_end);
	registered = true;
}

static void
write_settings(const char *path, const char *settings)
{
	FILE *f = fopen(path, "w");

	assert(f != NULL);
	fprintf(f,
	    "port 0\nunixsocket %s\ndir %s\ndaemonize no\nsave \"\"\n"
	    "appendonly yes\nappendfsync no\nmaxmemory-policy noeviction\n"
	    "logfile %s/log\nenable-debug-command yes\n%s",
	    socket_path, folder, folder, settings == NULL ? "" : settings);
	assert(fclose(f) == 0);
}

const char *
private_redis_socket(void)
{
	return socket_path;
}

void
private_redis_launch(const char *settings)
{
	char path[128];

	assert(server == 0);
	make_folder();
	snprintf(path, sizeof(path), "%s/conf", folder);
	write_settings(path, settings);
	server = fork();
	assert(server >= 0);
	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execlp("redis-server", "redis-server", path, (char *)NULL);
		perror("redis-server");
		_exit(127);
	}
}

void
private_redis_start(const char *settings)
{
	static const struct timespec moment = { .tv_nsec = 10000000 };

	private_redis_launch(settings);
	for (int i = 0; i < 1000; i++) {
		if (strcmp(private_redis_ask("PING"), "PONG") == 0)
			return;
		nanosleep(&moment, NULL);
	}
	fprintf(stderr, "redis-server does not start: %s\n", folder);
	abort();
}

void
private_redis_signal(int number)
{
	assert(server > 0);
	assert(kill(server, number) == 0);
}

void
private_redis_kill(void)
{
	if (server <= 0)
		return;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	server = 0;
}

void
private_redis_forget(void)
{
	private_redis_kill();
	remove_folder();
}

static void
tell(const redisReply *reply)
{
	size_t size = sizeof(text);

	if (reply == NULL)
		snprintf(text, size, "(no answer)");
	else if (reply->type == REDIS_REPLY_INTEGER)
		snprintf(text, size, "%lld", reply->integer);
	else if (reply->type == REDIS_REPLY_NIL)
		snprintf(text, size, "(nil)");
	else if (reply->type == REDIS_REPLY_ARRAY)
		snprintf(text, size, "(%zu)", reply->elements);
	else
		snprintf(text, size, "%s", reply->str);
}

static const char *
ask(const char *format, va_list ap)
{
	redisContext *c = redisConnectUnix(socket_path);
	redisReply *reply = NULL;

	if (c != NULL && c->err == 0)
		reply = redisvCommand(c, format, ap);
	tell(reply);
	if (reply != NULL)
		freeReplyObject(reply);
	if (c != NULL)
		redisFree(c);
	return text;
}

const char *
private_redis_ask(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	ask(format, ap);
	va_end(ap);
	return text;
}

const char *
private_redis_line(const char *line)
{
	return private_redis_ask("EVAL %s 0 %s",
	    "local w = {} for x in ARGV[1]:gmatch('%S+') do w[#w + 1] = x end "
	    "local r = redis.call(unpack(w)) "
	    "return type(r) == 'table' and (r.ok or #r) or r",
	    line);
}
