/*
 * forge_main - whoever has taken a process of the service over, for
 * tests/server/guard: it asks auth, issuer and keymaker whatever it is told to,
 * as the user that it is told to be.
 *
 *	forge_main UID GID
 *
 * Each line of its input is one of these (forge.h); it answers "closed" where
 * the other end has closed the connection instead.
 *
 *	auth|issuer|keymaker SOCKET	connects anew, once more for each
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
 *	new-key SEAL USER			a key is made, sealed by that
 *	key-file SEAL SEALED PASSPHRASE CERTIFICATE
 *	message auth|issuer|keymaker VERSION KIND BYTES BYTE
 *						all behind its head
 *	flood auth|issuer|keymaker COUNT USER|ACCOUNT
 *						asks, and reads no answer
 *	grant KEY ACCOUNT PROFILE CSR SPKI CODE_ID	as who has its key
 */
#include "auth/ask.h"
#include "base/clock.h"
#include "issuer/ask.h"
#include "keymaker/ask.h"
#include "tests/lib/forge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LONGEST 65536 /* of a message */

static int auth = -1, issuer = -1, keymaker = -1;
static uint64_t last_id;
static union {
	struct ipc_head head;
	union auth_answer auth;
	struct issuer_answer issuer;
	struct issuer_installed_answer installed;
	struct keymaker_key_answer key;
	struct keymaker_file_answer file;
} answer;

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
		forge_die(path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static int *
end_of(const char *name)
{
	if (strcmp(name, "keymaker") == 0)
		return &keymaker;
	return strcmp(name, "auth") == 0 ? &auth : &issuer;
}

static int
version_of(const int *end)
{
	if (end == &keymaker)
		return KEYMAKER_ASK_VERSION;
	return end == &auth ? AUTH_VERSION : ISSUER_ASK_VERSION;
}

static void
do_connect(void)
{
	int *end = end_of(forge_word(0));

	*end = connect_to(forge_word(1), *end);
	printf("version=%d\n", version_of(end));
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
	return (struct auth_handle){ .number = (uint64_t)forge_number(1) };
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
	size_t len = fill_password(&q, forge_word(2), forge_word(3));
	const struct facts_account *a = &answer.auth.password.holder.account;

	q.handle = handle_of();
	q.code_may_follow = strcmp(forge_word(4), "code") == 0;
	q.tells_hash = strcmp(forge_word(4), "hash") == 0;
	if (strcmp(forge_word(4), "contract") == 0)
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
	size_t len = fill_password(&q, forge_word(2), forge_word(3));

	q.handle = handle_of();
	q.mails_code = q.wants_voucher = true;
	q.operation = DECIDE_ENROLL;
	forge_text(4, q.profile, sizeof(q.profile));
	if (!ask(auth, &q, len))
		return;
	printf("end=%d verdict=%d", (int)answer.auth.password.end,
	    (int)answer.auth.password.decision.verdict);
	forge_show(
	    "voucher", &answer.auth.password.voucher, sizeof(struct voucher));
	puts("");
}

static void
do_voucher(void)
{
	struct auth_password q;
	size_t len = fill_password(&q, forge_word(2), "");

	q.handle = handle_of();
	q.shows_voucher = true;
	q.operation = DECIDE_ENROLL;
	forge_text(3, q.profile, sizeof(q.profile));
	forge_bytes(4, &q.voucher, sizeof(q.voucher));
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
	forge_text(2, q.profile, sizeof(q.profile));
	memcpy(q.code, forge_word(3), strnlen(forge_word(3), sizeof(q.code)));
	forge_bytes(4, &q.csr_digest, sizeof(q.csr_digest));
	q.key_digest = digest_of(spki, forge_bytes(5, spki, sizeof(spki)));
	q.good = true;
	if (!ask(auth, &q, sizeof(q)))
		return;
	printf("end=%d again=%d verdict=%d", (int)answer.auth.code.end,
	    answer.auth.code.again, (int)answer.auth.code.decision.verdict);
	forge_show("grant", &answer.auth.code.grant, sizeof(struct grant));
	puts("");
}

static void
do_succeed(void)
{
	struct auth_succeed q;

	begin(&q, sizeof(q), AUTH_KIND_SUCCEED);
	q.handle = handle_of();
	forge_bytes(2, &q.serial, sizeof(q.serial));
	forge_bytes(3, &q.receipt, sizeof(q.receipt));
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
	forge_bytes(2, &q.session, sizeof(q.session));
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
	forge_bytes(2, &q.session, sizeof(q.session));
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
	q.account = forge_number(1);
	forge_text(2, q.profile, sizeof(q.profile));
	forge_bytes(3, &q.csr_digest, sizeof(q.csr_digest));
	q.spki_len = (uint16_t)forge_bytes(4, q.spki, sizeof(q.spki));
	q.by_code = by_code;
	q.operation = operation;
	if (by_code)
		forge_bytes(5, &q.grant, sizeof(q.grant));
	else
		forge_bytes(5, &q.presented, sizeof(q.presented));
	if (!ask(issuer, &q, ISSUER_ASK_BYTES(&q)))
		return;
	printf("end=%d again=%d verdict=%d", (int)answer.issuer.end,
	    answer.issuer.again, (int)answer.issuer.decision.verdict);
	forge_show("serial", &answer.issuer.serial, sizeof(struct serial));
	forge_show("receipt", &answer.issuer.receipt, sizeof(struct digest));
	forge_show("der", answer.issuer.der, answer.issuer.der_len);
	puts("");
}

static void
do_installed(void)
{
	struct issuer_installed_question q;

	memset(&q, 0, sizeof(q));
	q.head.version = ISSUER_ASK_VERSION;
	q.head.kind = ISSUER_KIND_INSTALLED;
	forge_bytes(1, &q.serial, sizeof(q.serial));
	forge_bytes(2, &q.fingerprint, sizeof(q.fingerprint));
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
	forge_bytes(1, &key, sizeof(key));
	s.account = forge_number(2);
	s.profile = forge_word(3);
	forge_bytes(4, &s.csr, sizeof(s.csr));
	s.key = digest_of(spki, forge_bytes(5, spki, sizeof(spki)));
	forge_bytes(6, code_id, sizeof(code_id));
	made = grant_make(&key, &s, code_id, clock_mono_us());
	forge_show("grant", &made, sizeof(made));
	puts("");
}

/* -------------------------------------------------------------- keymaker */

static void
fill_key(struct keymaker_key_question *q)
{
	memset(q, 0, sizeof(*q));
	q->head.version = KEYMAKER_ASK_VERSION;
	q->head.kind = KEYMAKER_KIND_KEY;
	q->key = KEYS_PEOPLE_P256; /* the quickest */
}

static void
do_new_key(void)
{
	const struct keymaker_key_answer *a = &answer.key;
	struct keymaker_key_question q;

	fill_key(&q);
	forge_bytes(1, &q.seal, sizeof(q.seal));
	forge_text(2, q.name, sizeof(q.name));
	if (!ask(keymaker, &q, sizeof(q)))
		return;
	printf("end=%d", (int)a->end);
	forge_show("sealed", a->sealed, a->sealed_len);
	puts("");
}

static void
do_key_file(void)
{
	const struct keymaker_file_answer *a = &answer.file;
	struct keymaker_file_question q;

	memset(&q, 0, sizeof(q));
	q.head.version = KEYMAKER_ASK_VERSION;
	q.head.kind = KEYMAKER_KIND_FILE;
	forge_bytes(1, &q.seal, sizeof(q.seal));
	q.sealed_len = (uint16_t)forge_bytes(2, q.sealed, sizeof(q.sealed));
	forge_text(3, q.passphrase, sizeof(q.passphrase));
	q.certificates_len =
	    (uint16_t)forge_bytes(4, q.certificates, sizeof(q.certificates));
	if (!ask(keymaker, &q, KEYMAKER_FILE_QUESTION_BYTES(&q)))
		return;
	printf("end=%d", (int)a->end);
	forge_show("file", a->file, a->file_len);
	puts("");
}

/* ---------------------------------------------------------------- nonsense */

static void
do_message(void)
{
	static unsigned char message[LONGEST];
	struct ipc_head head = { .version = (uint16_t)forge_number(2),
		.kind = (uint16_t)forge_number(3) };
	size_t len = (size_t)forge_number(4);

	if (len > sizeof(message))
		forge_die("too long");
	memset(message, (int)forge_number(5), sizeof(message));
	memcpy(message, &head, sizeof(head));
	if (ask(*end_of(forge_word(1)), message, len))
		puts("answered=1");
}

static ssize_t
send_to_auth(void)
{
	struct auth_password q;
	size_t len = fill_password(&q, forge_word(3), "Wrong-1234");

	q.handle.number = q.head.id = ++last_id;
	return send(auth, &q, len, MSG_DONTWAIT);
}

static ssize_t
send_to_issuer(void)
{
	struct issuer_question q = { .head.version = ISSUER_ASK_VERSION,
		.head.id = ++last_id,
		.account = forge_number(3),
		.operation = DECIDE_REENROLL,
		.profile = "device",
		.spki_len = 91 };

	memcpy(q.csr_digest.bytes, &last_id, sizeof(last_id));
	return send(issuer, &q, ISSUER_ASK_BYTES(&q), MSG_DONTWAIT);
}

static ssize_t
send_to_keymaker(void)
{
	struct keymaker_key_question q;

	fill_key(&q);
	q.head.id = ++last_id;
	forge_text(3, q.name, sizeof(q.name));
	return send(keymaker, &q, sizeof(q), MSG_DONTWAIT);
}

/* Until it is not heard any more, or has said it all. */
static void
do_flood(void)
{
	const int *end = end_of(forge_word(1));
	int64_t left = forge_number(2);
	ssize_t sent = 0;

	for (; left > 0 && sent >= 0; left--)
		sent = end == &auth	  ? send_to_auth()
		       : end == &keymaker ? send_to_keymaker()
					  : send_to_issuer();
	printf("left=%lld\n", (long long)left);
}

/* ----------------------------------------------------------------- lines */

static void
obey(void)
{
	const char *what = forge_word(0);

	if (strcmp(what, "auth") == 0 || strcmp(what, "issuer") == 0 ||
	    strcmp(what, "keymaker") == 0)
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
	else if (strcmp(what, "new-key") == 0)
		do_new_key();
	else if (strcmp(what, "key-file") == 0)
		do_key_file();
	else if (strcmp(what, "grant") == 0)
		do_grant();
	else if (strcmp(what, "message") == 0)
		do_message();
	else if (strcmp(what, "flood") == 0)
		do_flood();
	else
		forge_die(what);
}

int
main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	forge_become(argv[1], argv[2]);
	while (forge_next())
		obey();
	return 0;
}
