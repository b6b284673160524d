#include "tests/lib/heads.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct head_limits heads_limits = {
	.head = 8192, .target = 2048, .body = 65536
};

int
heads_read(struct head *h, const char *bytes, size_t len)
{
	char *copy = malloc(len + (len == 0));
	enum head_rc rc, piecemeal = HEAD_MORE;
	struct head again;
	size_t i;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	head_init(h);
	rc = head_read(h, &heads_limits, copy, len);
	head_init(&again);
	for (i = 1; i <= len && piecemeal == HEAD_MORE; i++)
		piecemeal = head_read(&again, &heads_limits, copy, i);
	free(copy);
	assert_int_equal(rc, piecemeal);
	assert_int_equal(h->status, again.status);
	assert_int_equal(h->seen, again.seen);
	if (rc == HEAD_REFUSED)
		assert_true(h->status >= 400 && strlen(h->why) > 10);
	return rc == HEAD_WHOLE ? 200 : h->status;
}

int
heads_status_n(const char *bytes, size_t len)
{
	struct head h;

	return heads_read(&h, bytes, len);
}

int
heads_status(const char *text)
{
	return heads_status_n(text, strlen(text));
}

int
heads_with_field(const char *field)
{
	char text[16384];

	snprintf(text, sizeof(text), LINE HOST "%s\r\n\r\n", field);
	return heads_status(text);
}
