#include "mailer/smtp_memory.h"

#include "base/held.h"

#include <curl/curl.h>
#include <stdint.h>
#include <string.h>

static void *
take_zeroed(size_t count, size_t size)
{
	void *bytes;

	if (size != 0 && count > SIZE_MAX / size)
		return NULL;
	bytes = held_malloc(count * size);
	return bytes != NULL ? memset(bytes, 0, count * size) : NULL;
}

static char *
copy_text(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = held_malloc(size);

	return copy != NULL ? memcpy(copy, text, size) : NULL;
}

bool
smtp_memory_init(void)
{
	return curl_global_init_mem(CURL_GLOBAL_DEFAULT, held_malloc, held_wipe,
		   held_more, copy_text, take_zeroed) == CURLE_OK;
}
