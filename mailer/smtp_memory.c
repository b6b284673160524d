/* Each piece has its size before it, where alignment wants a gap anyway. */
#include "mailer/smtp_memory.h"

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

union head {
	size_t size;
	max_align_t aligned;
};

static void *
take(size_t size)
{
	union head *h;

	if (size > SIZE_MAX - sizeof(*h))
		return NULL;
	h = malloc(sizeof(*h) + size);
	if (h == NULL)
		return NULL;
	h->size = size;
	return h + 1;
}

static void
give_back(void *bytes)
{
	union head *h = bytes;

	if (bytes == NULL)
		return;
	h--;
	explicit_bzero(bytes, h->size);
	free(h);
}

static void *
take_zeroed(size_t count, size_t size)
{
	void *bytes;

	if (size != 0 && count > SIZE_MAX / size)
		return NULL;
	bytes = take(count * size);
	if (bytes != NULL)
		memset(bytes, 0, count * size);
	return bytes;
}

/* Never in place: what is left behind is wiped. */
static void *
resize(void *bytes, size_t size)
{
	void *fresh = take(size);

	if (fresh == NULL || bytes == NULL)
		return fresh;

	size_t old = ((union head *)bytes - 1)->size;

	memcpy(fresh, bytes, old < size ? old : size);
	give_back(bytes);
	return fresh;
}

static char *
copy_text(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = take(size);

	if (copy != NULL)
		memcpy(copy, text, size);
	return copy;
}

bool
smtp_memory_init(void)
{
	return curl_global_init_mem(CURL_GLOBAL_DEFAULT, take, give_back,
		   resize, copy_text, take_zeroed) == CURLE_OK;
}
