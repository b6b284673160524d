/*
 * large_pages - mmap() of this program, libraries included: memory that is to
 * be there at once comes in large pages, where the system has them for who
 * asks ("madvise", the usual setting).
 *
 * It is libsodium's for an Argon2id, 19 MiB, taken and given back for each
 * password. In pages of 4 KiB the kernel was busy with them for two fifths of
 * the time: 18 ms of CPU for a password, 11 to 14 so.
 *
 * The C library has the same function under another name.
 */
#include <errno.h>
#include <sys/mman.h>

/* A sanitizer has a mmap() itself; on smaller machines mmap64() is another. */
#if defined(__LP64__) && !defined(__SANITIZE_ADDRESS__) &&                     \
    defined(MADV_HUGEPAGE) && defined(MADV_POPULATE_WRITE)

#	define AT_ONCE (MAP_POPULATE | MAP_ANONYMOUS | MAP_PRIVATE)
#	define LARGE                                                          \
		((size_t)4 << 20) /* less has no large page in it, maybe */

void *
mmap(void *at, size_t len, int may, int flags, int fd, off_t from)
{
	int was = errno;
	void *got;

	if ((flags & AT_ONCE) != AT_ONCE || len < LARGE)
		return mmap64(at, len, may, flags, fd, from);
	got = mmap64(at, len, may, flags & ~MAP_POPULATE, fd, from);
	if (got != MAP_FAILED) {
		/* Where it is not to be had it comes as it is used. */
		(void)madvise(got, len, MADV_HUGEPAGE);
		(void)madvise(got, len, MADV_POPULATE_WRITE);
		errno = was;
	}
	return got;
}

#endif
