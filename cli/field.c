#include "cli/field.h"

#include <ctype.h>
#include <string.h>

#include "base/unicode.h"
#include "cli/command.h"
#include "cli/time_text.h"
#include "policy/input.h"

bool
field_ok(const char *field, const char *wrong)
{
	return wrong == NULL || command_refuse(field, wrong);
}

void
field_tell_stored(const char *field, const char *typed, const char *nfc)
{
	if (unicode_is_replaced(typed, strlen(typed)))
		command_say("%s: stored as %s; a character of %s is a variant "
			    "that Unicode holds for the same (R-ACC-5)",
		    field, nfc, typed);
}

bool
field_name(const char *text, char *nfc, size_t size)
{
	if (!unicode_nfc(text, strlen(text), nfc, size))
		return field_ok(
		    "--name", "must be 1 to 20 characters of UTF-8");
	if (!field_ok("--name", input_name(nfc, strlen(nfc))))
		return false;
	field_tell_stored("--name", text, nfc);
	return true;
}

bool
field_title(const char *field, const char *text, char *nfc, size_t size)
{
	const char *wrong = unicode_nfc(text, strlen(text), nfc, size)
				? input_title(nfc, strlen(nfc))
				: "must be at most 255 bytes of UTF-8";

	if (!field_ok(field, wrong))
		return false;
	field_tell_stored(field, text, nfc);
	return true;
}

const char *
field_limit(const char *text, size_t len)
{
	if (len <= 9 && strspn(text, "0123456789") == len &&
	    strspn(text, "0") < len)
		return NULL;
	return "must be a number from 1 to 999999999";
}

const char *
field_time(const char *text, size_t len)
{
	time_t at;

	(void)len;
	if (time_text_read(text, &at))
		return NULL;
	return "must be a day, as 2026-11-20, or a time, as "
	       "2026-11-20T09:30:00";
}

bool
field_serial(const char *text, char hex[FIELD_SERIAL_DIGITS + 1])
{
	char digits[FIELD_SERIAL_DIGITS + 1];
	size_t len = 0;
	const char *at = text;

	if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X'))
		at += 2;
	while (*at == '0' || *at == ':')
		at++;
	for (; *at != '\0'; at++) {
		if (*at == ':')
			continue;
		if (!isxdigit((unsigned char)*at) || len == FIELD_SERIAL_DIGITS)
			return field_ok("serial",
			    "must be hexadecimal digits, at most 40, as "
			    "`koshin cert list` shows them");
		digits[len++] = (char)tolower((unsigned char)*at);
	}
	if (len == 0)
		return field_ok("serial", "must not be zero");
	digits[len] = '\0';
	memset(hex, '0', FIELD_SERIAL_DIGITS - len);
	memcpy(hex + FIELD_SERIAL_DIGITS - len, digits, len + 1);
	return true;
}

bool
field_mail(const char *text)
{
	if (text[0] != '\0' && strlen(text) <= 18 &&
	    text[strspn(text, "0123456789")] == '\0')
		return true;
	return field_ok(
	    "ID", "must be a number, as `koshin mail list` shows it");
}
