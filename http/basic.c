#include "http/basic.h"

#include "base/b64.h"
#include "policy/input.h"

#include <string.h>
#include <strings.h>

static bool
has_control(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return true;
	return false;
}

/* The token68 behind `Basic` and one or more spaces (RFC 9110 11.4). */
static const char *
token_of(const char *value)
{
	if (strncasecmp(value, "Basic", 5) != 0 || value[5] != ' ')
		return NULL;
	value += 5;
	while (*value == ' ')
		value++;
	return value;
}

bool
basic_read(struct arena *arena, const char *value, struct basic *out)
{
	const char *token;
	unsigned char *text;
	size_t len, text_len;
	char *colon;

	*out = (struct basic){ 0 };
	len = strlen(value);
	if (len > BASIC_VALUE_MAX || (token = token_of(value)) == NULL)
		return false;
	len = strlen(token);
	text = arena_zero(arena, len + 4);
	if (text == NULL || !b64_decode(token, len, false, text, &text_len))
		return false;
	text[text_len] = '\0';
	if (has_control((char *)text, text_len) ||
	    !input_utf8((char *)text, text_len))
		return false;
	colon = memchr(text, ':', text_len);
	if (colon == NULL || (size_t)(colon - (char *)text) > BASIC_USER_MAX)
		return false;
	out->user =
	    arena_text(arena, (char *)text, (size_t)(colon - (char *)text));
	if (out->user == NULL)
		return false;
	out->secret = colon + 1;
	out->secret_len = text_len - (size_t)(colon + 1 - (char *)text);
	return true;
}
