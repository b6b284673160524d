/*
 * forge_keymaker_main - whoever has taken the keymaker over, for
 * tests/server/guard: it hears the fronts at a socket that it is given, as the
 * user that it is told to be, and answers whatever it is told to.
 *
 *	forge_keymaker_main UID GID LISTENER
 *
 * Each line of its input is one of these (forge.h):
 *
 *	hear				the next question, of whatever front
 *	unseal SEALED			by the secret of that question
 *	key END REQUEST KEY		answers it; KEY is sealed by its secret
 *	file END FILE			the same
 *	message VERSION KIND BYTES BYTE	the same, with all behind its head
 */
#include "keymaker/ask.h"
#include "tests/lib/forge.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRONTS 62     /* threads of theirs */
#define LONGEST 65536 /* of a message */

enum {
	INPUT,
	LISTENER,
	FIRST
};

static struct pollfd ends[FIRST + FRONTS];
static nfds_t count = FIRST;
static int asker = -1;
static union {
	struct ipc_head head;
	struct keymaker_key_question key;
	struct keymaker_file_question file;
} question;

/* ------------------------------------------------------------------- hear */

static void
let_in(void)
{
	int fd = accept(ends[LISTENER].fd, NULL, NULL);

	if (fd < 0 || count == FIRST + FRONTS)
		forge_die("a front");
	ends[count++] = (struct pollfd){ .fd = fd, .events = POLLIN };
}

/* False: it has gone. */
static bool
hear_of(nfds_t n)
{
	ssize_t got = recv(ends[n].fd, &question, sizeof(question), 0);

	if (got > 0) {
		asker = ends[n].fd;
		return true;
	}
	close(ends[n].fd);
	ends[n] = ends[--count];
	return false;
}

static void
tell_question(void)
{
	const struct keymaker_file_question *f = &question.file;
	const struct keymaker_key_question *k = &question.key;

	printf("kind=%d", question.head.kind);
	if (question.head.kind == KEYMAKER_KIND_KEY) {
		forge_show("name", k->name, strlen(k->name));
	} else {
		forge_show("name", f->name, strlen(f->name));
		forge_show("passphrase", f->passphrase, strlen(f->passphrase));
	}
	puts("");
}

static void
do_hear(void)
{
	for (;;) {
		if (poll(ends, count, -1) < 0)
			forge_die("poll");
		if (ends[INPUT].revents != 0)
			exit(0); /* nobody tells it anything any more */
		if (ends[LISTENER].revents != 0)
			let_in();
		for (nfds_t n = FIRST; n < count; n++) {
			if (ends[n].revents == 0)
				continue;
			if (hear_of(n)) {
				tell_question();
				return;
			}
			break; /* another one is at its place */
		}
	}
}

/* ----------------------------------------------------------------- answer */

static const struct secret_key *
seal(void)
{
	return question.head.kind == KEYMAKER_KIND_KEY ? &question.key.seal
						       : &question.file.seal;
}

static void
answer(void *message, size_t len, int version)
{
	struct ipc_head *head = message;

	head->version = (uint16_t)version;
	head->id = question.head.id;
	printf("sent=%d\n",
	    send(asker, message, len, MSG_NOSIGNAL) == (ssize_t)len);
}

static void
do_unseal(void)
{
	unsigned char sealed[KEYMAKER_SEALED_MAX], key[KEYMAKER_SEALED_MAX];
	size_t len = forge_bytes(1, sealed, sizeof(sealed));

	printf("opened=%d\n", sealed_open(seal(), sealed, len, key));
}

static void
do_key(void)
{
	unsigned char key[KEYMAKER_SEALED_MAX - SEALED_MORE];
	struct keymaker_key_answer a;
	size_t len;

	memset(&a, 0, sizeof(a));
	a.head.kind = KEYMAKER_KIND_KEY;
	a.end = (enum keymaker_end)forge_number(1);
	a.request_len = (uint16_t)forge_bytes(2, a.request, sizeof(a.request));
	len = forge_bytes(3, key, sizeof(key));
	sealed_close(seal(), key, len, a.sealed);
	a.sealed_len = (uint16_t)(len + SEALED_MORE);
	answer(&a, sizeof(a), KEYMAKER_ASK_VERSION);
}

static void
do_file(void)
{
	struct keymaker_file_answer a;

	memset(&a, 0, sizeof(a));
	a.head.kind = KEYMAKER_KIND_FILE;
	a.end = (enum keymaker_end)forge_number(1);
	a.file_len = (uint32_t)forge_bytes(2, a.file, sizeof(a.file));
	answer(&a, KEYMAKER_FILE_ANSWER_BYTES(&a), KEYMAKER_ASK_VERSION);
}

static void
do_message(void)
{
	static unsigned char message[LONGEST];
	struct ipc_head head = { .kind = (uint16_t)forge_number(2) };
	size_t len = (size_t)forge_number(3);

	if (len < sizeof(head) || len > sizeof(message))
		forge_die("its size");
	memset(message, (int)forge_number(4), sizeof(message));
	memcpy(message, &head, sizeof(head));
	answer(message, len, (int)forge_number(1));
}

static void
obey(void)
{
	const char *what = forge_word(0);

	if (strcmp(what, "hear") == 0)
		do_hear();
	else if (strcmp(what, "unseal") == 0)
		do_unseal();
	else if (strcmp(what, "key") == 0)
		do_key();
	else if (strcmp(what, "file") == 0)
		do_file();
	else if (strcmp(what, "message") == 0)
		do_message();
	else
		forge_die(what);
}

int
main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	ends[INPUT] = (struct pollfd){ .fd = STDIN_FILENO };
	ends[LISTENER] = (struct pollfd){ .events = POLLIN };
	ends[LISTENER].fd = (int)strtol(argv[3], NULL, 10);
	forge_become(argv[1], argv[2]);
	while (forge_next())
		obey();
	return 0;
}
