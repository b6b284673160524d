/*
 * The file without a name, so that what is signed is one piece of memory:
 *
 *	hole | outside | head | entries | tail | signature
 *	                               ^ ROOM
 *
 * Entries come first, from ROOM on; what stands before them is as long as it
 * is, and is put there last.
 */
#include "issuer/crl_file.h"

#include "base/folder.h"
#include "pki/hash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM (CRL_HEAD_MAX + 64)
#define BLOCK 65536 /* so much is written at once */
#define SIGNATURE_ROOM (CA_SIGNATURE_MAX + 64)

struct crl_file {
	char path[PATH_MAX];
	int fd;		  /* of the file without a name */
	struct buf block; /* entries that are not in it yet */
	size_t entries;
	size_t end;  /* of what is in it */
	int trouble; /* errno of what could not be written; 0: none */
};

static bool
cannot(const struct crl_file *f, const char *what, struct fault *why)
{
	return fault_set(
	    why, "%s: cannot be %s: %s", f->path, what, strerror(errno));
}

/* ---------------------------------------------------------------- writing */

static bool
write_at(int fd, const void *bytes, size_t len, size_t at)
{
	const char *from = bytes;

	while (len > 0) {
		ssize_t n = pwrite(fd, from, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		from += n;
		at += (size_t)n;
		len -= (size_t)n;
	}
	return true;
}

static void
append(struct crl_file *f, const struct buf *b)
{
	if (f->trouble != 0)
		return;
	if (!buf_ok(b))
		f->trouble = ENOMEM;
	else if (!write_at(f->fd, b->at, b->used, f->end))
		f->trouble = errno;
	f->end += b->used;
}

/* Closes the hole from its end; returns where what it has put begins. */
static size_t
put_before(struct crl_file *f, size_t start, const struct buf *b)
{
	if (f->trouble == 0 && (!buf_ok(b) || b->used > start))
		f->trouble = ENOMEM;
	if (f->trouble != 0)
		return start;
	if (!write_at(f->fd, b->at, b->used, start - b->used))
		f->trouble = errno;
	return start - b->used;
}

static void
flush(struct crl_file *f)
{
	if (f->block.used > 0)
		append(f, &f->block);
	buf_clear(&f->block);
}

/* A name of that kind beside the file. False: it is too long. */
static bool
beside(const struct crl_file *f, const char *kind, int64_t number,
    char out[PATH_MAX])
{
	int n =
	    snprintf(out, PATH_MAX, "%s.%" PRId64 ".%s", f->path, number, kind);

	return n > 0 && n < PATH_MAX;
}

struct crl_file *
crl_file_new(const char *path, struct fault *why)
{
	struct crl_file *f = calloc(1, sizeof(*f));
	char name[PATH_MAX];

	if (f == NULL) {
		fault_set(why, "%s: out of memory", path);
		return NULL;
	}
	f->fd = -1;
	f->end = ROOM;
	buf_init(&f->block, BLOCK);
	snprintf(f->path, sizeof(f->path), "%s", path);
	errno = ENAMETOOLONG;
	if (beside(f, "entries", getpid(), name))
		f->fd =
		    open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (f->fd >= 0 && unlink(name) == 0)
		return f;
	cannot(f, "made", why);
	crl_file_free(f);
	return NULL;
}

void
crl_file_free(struct crl_file *f)
{
	if (f == NULL)
		return;
	if (f->fd >= 0)
		close(f->fd);
	buf_free(&f->block);
	free(f);
}

void
crl_file_add(struct crl_file *f, const struct crl_entry *entry)
{
	crl_put_entry(entry, &f->block);
	f->entries++;
	if (f->block.used > BLOCK - CRL_ENTRY_MAX)
		flush(f);
}

/* ---------------------------------------------------------------- signing */

/* What is in the file from `start` on; NULL: trouble. Unmapped by unmap(). */
static unsigned char *
map(struct crl_file *f, size_t start)
{
	unsigned char *all;

	if (f->trouble != 0)
		return NULL;
	all = mmap(NULL, f->end, PROT_READ, MAP_PRIVATE, f->fd, 0);
	if (all != MAP_FAILED)
		return all + start;
	f->trouble = errno;
	return NULL;
}

static void
unmap(const struct crl_file *f, unsigned char *at, size_t start)
{
	munmap(at - start, f->end);
}

/* Head and tail around the entries; returns where it begins. */
static size_t
put_around(struct crl_file *f, const struct ca *ca, const struct crl_head *head)
{
	struct buf before, tail;
	size_t entries, start;

	flush(f);
	entries = f->end - ROOM;
	buf_init(&tail, CRL_TAIL_MAX);
	buf_init(&before, CRL_HEAD_MAX);
	crl_put_tail(ca, head, &tail);
	crl_put_head(ca, head, entries, &tail, &before);
	append(f, &tail);
	start = put_before(f, ROOM, &before);
	buf_free(&tail);
	buf_free(&before);
	return start;
}

/* And what makes it whole; 0: it could not be signed. */
static size_t
sign(struct crl_file *f, const struct ca *ca, size_t start)
{
	unsigned char signature[CA_SIGNATURE_MAX];
	struct buf behind, outside;
	size_t signature_len = 0;
	unsigned char *at = map(f, start);
	bool good = at != NULL &&
		    ca_sign(ca, at, f->end - start, signature, &signature_len);

	if (at != NULL)
		unmap(f, at, start);
	if (!good)
		return 0;
	buf_init(&behind, SIGNATURE_ROOM);
	buf_init(&outside, 16);
	crl_put_signature(ca, signature, signature_len, &behind);
	append(f, &behind);
	crl_put_outside(f->end - start, &outside);
	start = put_before(f, start, &outside);
	buf_free(&behind);
	buf_free(&outside);
	return start;
}

/* ------------------------------------------------------------- publishing */

/* Whole, for everybody to read, and durable. */
static bool
write_whole(const char *name, const unsigned char *bytes, size_t len)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool written = fd >= 0 && write_at(fd, bytes, len, 0) &&
		       fchmod(fd, 0644) == 0 && fsync(fd) == 0;

	if (fd >= 0 && close(fd) != 0)
		written = false;
	return written;
}

static bool
replace(struct crl_file *f, const char *name, const struct crl_head *head,
    struct fault *why)
{
	if (crl_file_read(f->path).number >= head->number)
		return fault_set(why,
		    "%s: has a higher number than %" PRId64
		    "; does another instance publish here? Give each a folder "
		    "of its own",
		    f->path, head->number);
	return (rename(name, f->path) == 0 && folder_sync(f->path)) ||
	       cannot(f, "replaced", why);
}

static bool
publish(struct crl_file *f, const struct crl_head *head, size_t start,
    struct crl_file_done *done, struct fault *why)
{
	unsigned char *at = map(f, start);
	char name[PATH_MAX];
	bool good;

	if (at == NULL || !beside(f, "new", head->number, name)) {
		errno = f->trouble != 0 ? f->trouble : ENAMETOOLONG;
		return cannot(f, "written", why);
	}
	*done = (struct crl_file_done){ f->entries, f->end - start,
		hash_sha256(at, f->end - start) };
	good = write_whole(name, at, f->end - start);
	if (!good)
		cannot(f, "written", why);
	unmap(f, at, start);
	good = good && replace(f, name, head, why);
	if (!good)
		unlink(name);
	return good;
}

bool
crl_file_publish(struct crl_file *f, const struct ca *ca,
    const struct crl_head *head, struct crl_file_done *done, struct fault *why)
{
	size_t start = put_around(f, ca, head);

	start = sign(f, ca, start);
	if (f->trouble != 0) {
		errno = f->trouble;
		return cannot(f, "written", why);
	}
	if (start == 0)
		return fault_set(why, "%s: the key does not sign", f->path);
	return publish(f, head, start, done, why);
}

/* ---------------------------------------------------------------- reading */

static struct crl_head
read_open(int fd)
{
	struct crl_head head = { 0 };
	struct stat st;
	struct der whole;
	void *all;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0)
		return head;
	all = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (all == MAP_FAILED)
		return head;
	whole = (struct der){ all, (size_t)st.st_size };
	if (!crl_read_head(&whole, &head))
		head = (struct crl_head){ 0 };
	munmap(all, (size_t)st.st_size);
	return head;
}

struct crl_head
crl_file_read(const char *path)
{
	struct crl_head head = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return head;
	head = read_open(fd);
	close(fd);
	return head;
}

/* NAME.NUMBER.new or NAME.NUMBER.entries? */
static bool
begun(const char *entry, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(entry, name, len) != 0 || entry[len] != '.')
		return false;
	entry += len + 1;
	len = strspn(entry, "0123456789");
	return len > 0 && (strcmp(entry + len, ".new") == 0 ||
			      strcmp(entry + len, ".entries") == 0);
}

void
crl_file_tidy(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	char folder[PATH_MAX];
	const struct dirent *entry;
	DIR *d;

	folder_of(path, folder);
	d = opendir(folder);
	while (d != NULL && (entry = readdir(d)) != NULL)
		if (begun(entry->d_name, name))
			unlinkat(dirfd(d), entry->d_name, 0);
	if (d != NULL)
		closedir(d);
}
