/*
 * forge_main - what a front could ask if it were taken over, for
 * tests/server/est/test_grant.py; writes how it was answered.
 *
 *	forge_main certificate ISSUER_SOCKET ACCOUNT SPKI_FILE
 *	forge_main counter AUTH_SOCKET USER PASSWORD
 */
#include "auth/ask.h"
#include "issuer/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int
connect_to(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&name, sizeof(name)) != 0) {
		perror(path);
		exit(2);
	}
	return fd;
}

/* The answer to it; a connection that was closed is none. */
static void
ask(int fd, const void *question, size_t bytes, void *answer, size_t room)
{
	memset(answer, 0, room);
	if (send(fd, question, bytes, 0) != (ssize_t)bytes ||
	    recv(fd, answer, room, 0) <= 0) {
		puts("disconnected");
		exit(0);
	}
}

/* A key of its own for somebody else's account, with an invented code. */
static void
forge_certificate(int fd, const char *account, const char *spki_file)
{
	struct issuer_question q;
	static struct issuer_answer a;
	FILE *file = fopen(spki_file, "rb");

	memset(&q, 0, sizeof(q));
	q.head.version = ISSUER_ASK_VERSION;
	q.account = strtoll(account, NULL, 10);
	snprintf(q.profile, sizeof(q.profile), "person");
	q.operation = DECIDE_ENROLL;
	q.by_code = true;
	memset(&q.grant, 0x5a, sizeof(q.grant));
	q.csr_digest.bytes[0] = 1;
	if (file == NULL)
		exit(2);
	q.spki_len = (uint16_t)fread(q.spki, 1, sizeof(q.spki), file);
	fclose(file);
	ask(fd, &q, ISSUER_ASK_BYTES(&q), &a, sizeof(a));
	printf("end=%d der=%u\n", (int)a.end, a.der_len);
}

/* The success of an attempt that has only shown a password. */
static void
forge_success(int fd, const char *user, const char *password)
{
	struct auth_password q;
	struct auth_succeed success;
	static union auth_answer a;

	memset(&q, 0, sizeof(q));
	q.head = (struct ipc_head){
		.version = AUTH_VERSION, .kind = AUTH_KIND_PASSWORD, .id = 1
	};
	q.handle.number = 1;
	q.subject = AUTH_ACCOUNT;
	snprintf(q.name, sizeof(q.name), "%s", user);
	snprintf(q.address, sizeof(q.address), "192.0.2.77");
	q.secret_len = strlen(password);
	memcpy(q.secret, password, q.secret_len);
	ask(fd, &q, offsetof(struct auth_password, secret) + q.secret_len, &a,
	    sizeof(a));
	printf("password=%d hash=%zu ", (int)a.password.end,
	    strlen(a.password.holder.account.password_hash));
	memset(&success, 0, sizeof(success));
	success.head = (struct ipc_head){
		.version = AUTH_VERSION, .kind = AUTH_KIND_SUCCEED, .id = 2
	};
	success.handle = q.handle;
	ask(fd, &success, sizeof(success), &a, sizeof(a));
	printf("success=%d\n", (int)a.end.end);
}

int
main(int argc, char **argv)
{
	int fd;

	if (argc != 5)
		return 2;
	fd = connect_to(argv[2]);
	if (strcmp(argv[1], "certificate") == 0)
		forge_certificate(fd, argv[3], argv[4]);
	else
		forge_success(fd, argv[3], argv[4]);
	return 0;
}
