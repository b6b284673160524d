/* The checked variant below is defined here too, and must not be inlined. */
#undef _FORTIFY_SOURCE

#include "tests/lib/fake_bzero.h"

#include <string.h>

/* What explicit_bzero() becomes under _FORTIFY_SOURCE. */
void __explicit_bzero_chk(void *bytes, size_t len, size_t room);

static size_t wiped;

size_t
wipe_count(void)
{
	size_t count = wiped;

	wiped = 0;
	return count;
}

void
explicit_bzero(void *bytes, size_t len)
{
	volatile unsigned char *at = bytes;

	wiped += len;
	while (len-- > 0)
		*at++ = 0;
}

void
__explicit_bzero_chk(void *bytes, size_t len, size_t room)
{
	(void)room;
	explicit_bzero(bytes, len);
}
