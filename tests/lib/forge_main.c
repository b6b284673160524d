/*
 * forge_main - whoever has taken a process of the service over, for
 * tests/server/guard: it asks auth and issuer whatever it is told to, as the
 * user that it is told to be.
 *
 *	forge_main UID GID
 *
 * Each line of its input is one of these, each of its output an answer, as
 * KEY=VALUE; "closed" where the other end has closed the connection instead.
 * What is binary is hexadecimal, "-" is nothing.
 *
 *	auth|issuer SOCKET		connects anew, once more for each
 *	password HANDLE USER SECRET plain|code|contract|hash
 *	mail HANDLE USER SECRET PROFILE	the same; a code is wanted
 *	voucher HANDLE USER PROFILE VOUCHER	in the place of a password
 *	code HANDLE PROFILE CODE CSR SPKI
 *	succeed HANDLE SERIAL RECEIPT
 *	make HANDLE SESSION		a password, by the digest of a token
 *	settle HANDLE SESSION USER	what that session owes to Redis
 *	certificate ACCOUNT PROFILE CSR SPKI GRANT	by code
 *	replace ACCOUNT PROFILE CSR SPKI GRANT		the same, R-CERT-12
 *	renew ACCOUNT PROFILE CSR SPKI SERIAL		without
 *	installed SERIAL FINGERPRINT			was shown in TLS
 *	message auth|issuer VERSION KIND BYTES BYTE	all behind its head
 *	flood auth|issuer COUNT USER|ACCOUNT	asks, and reads no answer
 *	grant KEY ACCOUNT PROFILE CSR SPKI CODE_ID	as who has its key
 */
#include "auth/ask.h"
#include "base/clock.h"
#include "base/hex.h"
#include "issuer/ask.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WORDS 8
#define LONGEST 65536 /* of a message */

static struct {
	char *word[WORDS];
	int words;
} line;

static int auth = -1, issuer = -1;
static uint64_t last_id;
static union {
	struct ipc_head head;
	union auth_answer auth;
	struct issuer_answer issuer;
	struct issuer_installed_answer installed;
} answer;

static void
die(const char *what)
{
	fprintf(stderr, "forge_main: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* ----------------------------------------------------------------- words */

static const char *
word(int n)
{
	if (n >= line.words)
		die("a word is missing");
	return strcmp(line.word[n], "-") == 0 ? "" : line.word[n];
}

static int64_t
number(int n)
{
	return strtoll(word(n), NULL, 10);
}

static size_t
bytes(int n, void *out, size_t room)
{
	const char *hex = word(n);
	size_t len = strlen(hex) / 2;

	if (len > room || !hex_read(out, len, hex))
		die(hex);
	return len;
}

static void
text(int n, char *out, size_t size)
{
	snprintf(out, size, "%s", word(n));
}

static void
show(const char *key, const void *what, size_t len)
{
	const unsigned char *byte = what;

	printf(" %s=", key);
	while (len-- > 0)
		printf("%02x", *byte++);
}

/* --------------------------------------------------------------- sockets */

static int
connect_to(const char *path, int before)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = 60 };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	if (before >= 0)
		close(before);
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&name, sizeof(name)) != 0)
		die(path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static int *
end_of(const char *name)
{
	return strcmp(name, "auth") == 0 ? &auth : &issuer;
}

static void
do_connect(void)
{
	int *end = end_of(word(0));

	*end = connect_to(word(1), *end);
	printf(
	    "version=%d\n", end == &auth ? AUTH_VERSION : ISSUER_ASK_VERSION);
}

/* False, and "closed": nobody answers. */
static bool
ask(int fd, void *question, size_t len)
{
	struct ipc_head *head = question;

	head->id = ++last_id;
	memset(&answer, 0, sizeof(answer));
	if (send(fd, question, len, MSG_NOSIGNAL) == (ssize_t)len &&
	    recv(fd, &answer, sizeof(answer), 0) > 0 &&
	    answer.head.id == head->id)
		return true;
	puts("closed=1");
	return false;
}

/* ------------------------------------------------------------------ auth */

/* A question of that kind, with nothing in it yet. */
static void
begin(void *question, size_t size, enum auth_kind kind)
{
	struct ipc_head *head = memset(question, 0, size);

	head->version = AUTH_VERSION;
	head->kind = (uint16_t)kind;
}

/* Of the attempt that the first word numbers. */
static struct auth_handle
handle_of(void)
{
	return (struct auth_handle){ .number = (uint64_t)number(1) };
}

static size_t
fill_password(struct auth_password *q, const char *user, const char *secret)
{
	begin(q, sizeof(*q), AUTH_KIND_PASSWORD);
	q->subject = AUTH_ACCOUNT;
	snprintf(q->name, sizeof(q->name), "%s", user);
	q->secret_len = strlen(secret);
	memcpy(q->secret, secret, q->secret_len);
	return offsetof(struct auth_password, secret) + q->secret_len;
}

/* Without an address: so it is not counted under any. */
static void
do_password(void)
{
	struct auth_password q;
	size_t len = fill_password(&q, word(2), word(3));
	const struct facts_account *a = &answer.auth.password.holder.account;

	q.handle = handle_of();
	q.code_may_follow = strcmp(word(4), "code") == 0;
	q.tells_hash = strcmp(word(4), "hash") == 0;
	if (strcmp(word(4), "contract") == 0)
		q.subject = AUTH_CONTRACT;
	if (!ask(auth, &q, len))
		return;
	printf("end=%d with_code=%d evaluated=%d hash=%zu account=%lld\n",
	    (int)answer.auth.password.end, answer.auth.password.with_code,
	    answer.auth.password.evaluated, strlen(a->password_hash),
	    (long long)a->id);
}

static void
do_mail(void)
{
	struct auth_password q;
	size_t len = fill_password(&q, word(2), word(3));

	q.handle = handle_of();
	q.mails_code = q.wants_voucher = true;
	q.operation = DECIDE_ENROLL;
	text(4, q.profile, sizeof(q.profile));
	if (!ask(auth, &q, len))
		return;
	printf("end=%d verdict=%d", (int)answer.auth.password.end,
	    (int)answer.auth.password.decision.verdict);
	show("voucher", &answer.auth.password.voucher, sizeof(struct voucher));
	puts("");
}

static void
do_voucher(void)
{
	struct auth_password q;
	size_t len = fill_password(&q, word(2), "");

	q.handle = handle_of();
	q.shows_voucher = true;
	q.operation = DECIDE_ENROLL;
	text(3, q.profile, sizeof(q.profile));
	bytes(4, &q.voucher, sizeof(q.voucher));
	if (ask(auth, &q, len))
		printf("end=%d evaluated=%d\n", (int)answer.auth.password.end,
		    answer.auth.password.evaluated);
}

static void
do_code(void)
{
	struct auth_code q;
	unsigned char spki[ISSUER_SPKI_MAX];

	begin(&q, sizeof(q), AUTH_KIND_CODE);
	q.handle = handle_of();
	text(2, q.profile, sizeof(q.profile));
	memcpy(q.code, word(3), strnlen(word(3), sizeof(q.code)));
	bytes(4, &q.csr_digest, sizeof(q.csr_digest));
	q.key_digest = digest_of(spki, bytes(5, spki, sizeof(spki)));
	q.good = true;
	if (!ask(auth, &q, sizeof(q)))
		return;
	printf("end=%d again=%d verdict=%d", (int)answer.auth.code.end,
	    answer.auth.code.again, (int)answer.auth.code.decision.verdict);
	show("grant", &answer.auth.code.grant, sizeof(struct grant));
	puts("");
}

static void
do_succeed(void)
{
	struct auth_succeed q;

	begin(&q, sizeof(q), AUTH_KIND_SUCCEED);
	q.handle = handle_of();
	bytes(2, &q.serial, sizeof(q.serial));
	bytes(3, &q.receipt, sizeof(q.receipt));
	if (ask(auth, &q, sizeof(q)))
		printf("end=%d\n", (int)answer.auth.end.end);
}

static void
do_make(void)
{
	const struct auth_made *a = &answer.auth.made;
	struct auth_make q;

	begin(&q, sizeof(q), AUTH_KIND_MAKE);
	q.handle = handle_of();
	bytes(2, &q.session, sizeof(q.session));
	if (ask(auth, &q, sizeof(q)))
		printf("end=%d password=%zu hash=%zu\n", (int)a->end,
		    strlen(a->password), strlen(a->hash));
}

static void
do_settle(void)
{
	struct auth_settle q;

	begin(&q, sizeof(q), AUTH_KIND_SETTLE);
	q.handle = handle_of();
	bytes(2, &q.session, sizeof(q.session));
	text(3, q.name, sizeof(q.name));
	if (ask(auth, &q, sizeof(q)))
		printf("end=%d\n", (int)answer.auth.end.end);
}

/* ---------------------------------------------------------------- issuer */

static void
ask_issuer(enum decide_operation operation)
{
	bool by_code = operation != DECIDE_REENROLL;
	struct issuer_question q;

	memset(&q, 0, sizeof(q));
	q.head.version = ISSUER_ASK_VERSION;
	q.account = number(1);
	text(2, q.profile, sizeof(q.profile));
	bytes(3, &q.csr_digest, sizeof(q.csr_digest));
	q.spki_len = (uint16_t)bytes(4, q.spki, sizeof(q.spki));
	q.by_code = by_code;
	q.operation = operation;
	if (by_code)
		bytes(5, &q.grant, sizeof(q.grant));
	else
		bytes(5, &q.presented, sizeof(q.presented));
	if (!ask(issuer, &q, ISSUER_ASK_BYTES(&q)))
		return;
	printf("end=%d again=%d verdict=%d", (int)answer.issuer.end,
	    answer.issuer.again, (int)answer.issuer.decision.verdict);
	show("serial", &answer.issuer.serial, sizeof(struct serial));
	show("receipt", &answer.issuer.receipt, sizeof(struct digest));
	show("der", answer.issuer.der, answer.issuer.der_len);
	puts("");
}

static void
do_installed(void)
{
	struct issuer_installed_question q;

	memset(&q, 0, sizeof(q));
	q.head.version = ISSUER_ASK_VERSION;
	q.head.kind = ISSUER_KIND_INSTALLED;
	bytes(1, &q.serial, sizeof(q.serial));
	bytes(2, &q.fingerprint, sizeof(q.fingerprint));
	if (ask(issuer, &q, sizeof(q)))
		printf("end=%d\n", (int)answer.installed.end);
}

static void
do_grant(void)
{
	struct secret_key key;
	unsigned char spki[ISSUER_SPKI_MAX], code_id[GRANT_CODE_ID_SIZE];
	struct grant_subject s = { .act = GRANT_CERTIFICATE,
		.operation = DECIDE_ENROLL };
	struct grant made;

	memset(&key, 0, sizeof(key));
	bytes(1, &key, sizeof(key));
	s.account = number(2);
	s.profile = word(3);
	bytes(4, &s.csr, sizeof(s.csr));
	s.key = digest_of(spki, bytes(5, spki, sizeof(spki)));
	bytes(6, code_id, sizeof(code_id));
	made = grant_make(&key, &s, code_id, clock_mono_us());
	show("grant", &made, sizeof(made));
	puts("");
}

/* ---------------------------------------------------------------- nonsense */

static void
do_message(void)
{
	static unsigned char message[LONGEST];
	struct ipc_head head = { .version = (uint16_t)number(2),
		.kind = (uint16_t)number(3) };
	size_t len = (size_t)number(4);

	if (len > sizeof(message))
		die("too long");
	memset(message, (int)number(5), sizeof(message));
	memcpy(message, &head, sizeof(head));
	if (ask(*end_of(word(1)), message, len))
		puts("answered=1");
}

/* Until it is not heard any more, or has said it all. */
static void
do_flood(void)
{
	struct issuer_question i = { .head.version = ISSUER_ASK_VERSION,
		.account = number(3),
		.operation = DECIDE_REENROLL,
		.profile = "device",
		.spki_len = 91 };
	struct auth_password a;
	size_t len = fill_password(&a, word(3), "Wrong-1234");
	bool to_auth = strcmp(word(1), "auth") == 0;
	int64_t left = number(2);
	ssize_t sent = 0;

	for (; left > 0 && sent >= 0; left--) {
		a.handle.number = a.head.id = i.head.id = ++last_id;
		memcpy(i.csr_digest.bytes, &last_id, sizeof(last_id));
		sent = to_auth ? send(auth, &a, len, MSG_DONTWAIT)
			       : send(issuer, &i, ISSUER_ASK_BYTES(&i),
				     MSG_DONTWAIT);
	}
	printf("left=%lld\n", (long long)left);
}

/* ----------------------------------------------------------------- lines */

static void
obey(void)
{
	const char *what = word(0);

	if (strcmp(what, "auth") == 0 || strcmp(what, "issuer") == 0)
		do_connect();
	else if (strcmp(what, "password") == 0)
		do_password();
	else if (strcmp(what, "mail") == 0)
		do_mail();
	else if (strcmp(what, "voucher") == 0)
		do_voucher();
	else if (strcmp(what, "code") == 0)
		do_code();
	else if (strcmp(what, "succeed") == 0)
		do_succeed();
	else if (strcmp(what, "make") == 0)
		do_make();
	else if (strcmp(what, "settle") == 0)
		do_settle();
	else if (strcmp(what, "certificate") == 0)
		ask_issuer(DECIDE_ENROLL);
	else if (strcmp(what, "replace") == 0)
		ask_issuer(DECIDE_REPLACE);
	else if (strcmp(what, "renew") == 0)
		ask_issuer(DECIDE_REENROLL);
	else if (strcmp(what, "installed") == 0)
		do_installed();
	else if (strcmp(what, "grant") == 0)
		do_grant();
	else if (strcmp(what, "message") == 0)
		do_message();
	else if (strcmp(what, "flood") == 0)
		do_flood();
	else
		die(what);
}

static void
split(char *at)
{
	char *rest = NULL, *next;

	line.words = 0;
	for (next = strtok_r(at, " \n", &rest); next != NULL;
	     next = strtok_r(NULL, " \n", &rest)) {
		if (line.words == WORDS)
			die("too many words");
		line.word[line.words++] = next;
	}
}

int
main(int argc, char **argv)
{
	char room[16384];
	gid_t gid;

	if (argc != 3)
		return 2;
	gid = (gid_t)strtoul(argv[2], NULL, 10);
	if (geteuid() == 0 &&
	    (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
		setuid((uid_t)strtoul(argv[1], NULL, 10)) != 0))
		die("its user");
	while (fgets(room, sizeof(room), stdin) != NULL) {
		split(room);
		obey();
		fflush(stdout);
	}
	return 0;
}
