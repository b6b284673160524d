/*
 * Symbolic links are followed: certbot and Kubernetes hand out secrets that
 * way. What counts is the file that was opened, so it is that one which is
 * examined, not the name.
 */
#include "base/secret.h"

#include "base/folder.h"
#include "base/locked.h"
#include "base/xalloc.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_DIGITS (SECRET_KEY_SIZE * 2)
#define GIVEN_MAX 16

/* As descriptors are: of the whole process. */
static struct given {
	const char *path;
	int fd;
} given[GIVEN_MAX];
static size_t given_count;

static struct given *
find_given(const char *path)
{
	for (size_t i = 0; i < given_count; i++)
		if (strcmp(given[i].path, path) == 0)
			return &given[i];
	return NULL;
}

void
secret_give(const char *path, int fd)
{
	struct given *g = find_given(path);

	if (g == NULL) {
		assert(given_count < GIVEN_MAX);
		g = &given[given_count++];
	}
	*g = (struct given){ path, fd };
}

/* Whose a file may be beside root and us. */
static struct {
	char path[4096];
	uid_t owner;
} lent;

void
secret_lend(const char *path, uid_t owner)
{
	snprintf(lent.path, sizeof(lent.path), "%s", path);
	lent.owner = owner;
}

static bool
may_own(const char *path, uid_t owner)
{
	return owner == 0 || owner == geteuid() ||
	       (owner == lent.owner && strcmp(path, lent.path) == 0);
}

int
secret_open(const char *path)
{
	/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	return fd >= 0 ? fd : -errno;
}

static bool
file_private(const char *path, int fd, struct fault *why)
{
	struct stat st;
	unsigned mode;

	if (fstat(fd, &st) != 0)
		return fault_set(
		    why, "cannot be examined: %s", strerror(errno));
	mode = st.st_mode & 07777;
	if (!S_ISREG(st.st_mode))
		return fault_set(
		    why, "is not a regular file; put the secret into a file");
	if (!may_own(path, st.st_uid))
		return fault_set(why,
		    "belongs to user %u; make it belong to user %u or root",
		    (unsigned)st.st_uid, (unsigned)geteuid());
	if ((mode & 044) != 0)
		return fault_set(why,
		    "is readable by others (mode %04o); make it 0600", mode);
	if ((mode & 077) != 0)
		return fault_set(
		    why, "is open to others (mode %04o); make it 0600", mode);
	return true;
}

/*
 * Reads up to `room` bytes; *len > room says that there were more. By place:
 * others may have the same descriptor.
 */
static bool
read_all(
    int fd, unsigned char *out, size_t room, size_t *len, struct fault *why)
{
	unsigned char extra;
	ssize_t n;

	*len = 0;
	do {
		bool more = *len < room;

		n = more ? pread(fd, out + *len, room - *len, (off_t)*len)
			 : pread(fd, &extra, 1, (off_t)*len);
		if (n > 0)
			*len += (size_t)n;
	} while ((n > 0 && *len <= room) || (n < 0 && errno == EINTR));
	secret_wipe(&extra, 1);
	if (n < 0)
		return fault_set(why, "cannot be read: %s", strerror(errno));
	return true;
}

bool
secret_read(
    const char *path, void *out, size_t room, size_t *len, struct fault *why)
{
	const struct given *g = find_given(path);
	int fd = g != NULL ? g->fd : secret_open(path);
	bool ok;

	*len = 0;
	if (fd < 0)
		return fault_set(why, "cannot be opened: %s", strerror(-fd));
	ok = file_private(path, fd, why) && read_all(fd, out, room, len, why);
	if (g == NULL)
		close(fd);
	if (ok && *len == 0)
		ok = fault_set(why, "is empty; it must hold the secret");
	if (ok && *len > room)
		ok = fault_set(
		    why, "is too large; at most %zu bytes are expected", room);
	if (!ok) {
		secret_wipe(out, room);
		*len = 0;
	}
	return ok;
}

static bool
text_plain(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return true;
}

bool
secret_read_text(const char *path, char *out, size_t room, struct fault *why)
{
	bool ok = true;
	size_t len;

	assert(room > 0);
	if (!secret_read(path, out, room, &len, why))
		return false;
	assert(len > 0 && len <= room);
	if (out[len - 1] == '\n')
		len -= len > 1 && out[len - 2] == '\r' ? 2 : 1;
	if (len == 0)
		ok = fault_set(
		    why, "is empty; its first line must be the secret");
	else if (len == room)
		ok = fault_set(why,
		    "is too large; at most %zu bytes are expected", room - 1);
	else if (!text_plain(out, len))
		ok = fault_set(
		    why, "must be one line without control characters");
	if (ok)
		out[len] = '\0';
	else
		secret_wipe(out, room);
	return ok;
}

bool
secret_read_key(const char *path, struct secret_key *key, struct fault *why)
{
	char text[KEY_DIGITS + 16];
	size_t digits, len = 0;
	bool ok;

	if (!secret_read_text(path, text, sizeof(text), why))
		return false;
	digits = strlen(text);
	ok = digits == KEY_DIGITS &&
	     sodium_hex2bin(key->bytes, sizeof(key->bytes), text, digits, NULL,
		 &len, NULL) == 0 &&
	     len == sizeof(key->bytes);
	secret_wipe(text, sizeof(text));
	if (!ok) {
		secret_wipe(key, sizeof(*key));
		fault_set(why, "must hold %d hexadecimal digits", KEY_DIGITS);
	}
	return ok;
}

struct secret_key *
secret_keep_key(const char *path, struct fault *why)
{
	struct secret_key *key = xalloc_made(locked_new(sizeof(*key)));

	if (secret_read_key(path, key, why))
		return key;
	locked_free(key);
	return NULL;
}

char *
secret_keep_text(const char *path, struct fault *why)
{
	char *text = xalloc_made(locked_new(SECRET_TEXT_SIZE));

	if (secret_read_text(path, text, SECRET_TEXT_SIZE, why))
		return text;
	locked_free(text);
	return NULL;
}

static bool
write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return true;
}

/* A fresh key as a line of text; durably, where it has a name. */
static bool
write_key(int fd, const char *path)
{
	unsigned char bytes[SECRET_KEY_SIZE];
	char text[KEY_DIGITS + 1];
	bool ok;

	secret_random(bytes, sizeof(bytes));
	/* Keys are libsodium's to read and write: in constant time. */
	sodium_bin2hex(text, sizeof(text), bytes, sizeof(bytes));
	text[KEY_DIGITS] = '\n'; /* where the NUL was */
	/* fchmod: a umask may have taken too much. */
	ok = fchmod(fd, 0600) == 0 && write_all(fd, text, sizeof(text)) &&
	     (path == NULL || (fsync(fd) == 0 && folder_sync(path)));
	secret_wipe(bytes, sizeof(bytes));
	secret_wipe(text, sizeof(text));
	return ok;
}

bool
secret_make_key(const char *path, struct fault *why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool ok;

	if (fd < 0 && errno == EEXIST)
		return fault_set(
		    why, "exists already; a key is never written over");
	if (fd < 0)
		return fault_set(why, "cannot be made: %s", strerror(errno));
	ok = write_key(fd, path);
	if (!ok) {
		fault_set(why, "cannot be written: %s", strerror(errno));
		unlink(path);
	}
	close(fd);
	return ok;
}

int
secret_new_key(void)
{
	int fd = memfd_create("key", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0 && write_key(fd, NULL) &&
	    fcntl(fd, F_ADD_SEALS,
		F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void
start_sodium(void)
{
	int rc = sodium_init();

	assert(rc >= 0);
}

/* libsodium's generator is safe between threads only once it has started. */
static void
need_sodium(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, start_sodium);
}

void
secret_random(void *out, size_t len)
{
	need_sodium();
	randombytes_buf(out, len);
}

unsigned
secret_random_below(unsigned bound)
{
	assert(bound > 0);
	need_sodium();
	return randombytes_uniform(bound);
}

void
secret_wipe(void *bytes, size_t len)
{
	sodium_memzero(bytes, len);
}

bool
secret_equal(const void *a, const void *b, size_t len)
{
	return sodium_memcmp(a, b, len) == 0;
}
