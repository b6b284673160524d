#include "cli/field.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/unicode.h"
#include "cli/command.h"
#include "policy/input.h"

#define SERIAL_DIGITS 40

bool
field_ok(const char *field, const char *wrong)
{
	if (wrong != NULL)
		command_refuse(field, wrong);
	return wrong == NULL;
}

bool
field_name(const char *text, char *nfc, size_t size)
{
	if (!unicode_nfc(text, strlen(text), nfc, size))
		return field_ok(
		    "--name", "must be 1 to 20 characters of UTF-8");
	return field_ok("--name", input_name(nfc, strlen(nfc)));
}

bool
field_title(const char *field, const char *text, char *nfc, size_t size)
{
	if (!unicode_nfc(text, strlen(text), nfc, size))
		return field_ok(field, "is too long, or not UTF-8");
	for (const char *at = nfc; *at != '\0'; at++)
		if (iscntrl((unsigned char)*at))
			return field_ok(
			    field, "must not have control characters in it");
	return true;
}

bool
field_reason(const char *text)
{
	char nfc[512];

	if (text == NULL || text[strspn(text, " ")] == '\0')
		return field_ok("--reason", "must say why");
	return field_title("--reason", text, nfc, sizeof(nfc));
}

bool
field_serial(const char *text, char hex[SERIAL_DIGITS + 1])
{
	char digits[SERIAL_DIGITS + 1];
	size_t len = 0;
	const char *at = text;

	if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X'))
		at += 2;
	while (*at == '0' || *at == ':')
		at++;
	for (; *at != '\0'; at++) {
		if (*at == ':')
			continue;
		if (!isxdigit((unsigned char)*at) || len == SERIAL_DIGITS)
			return field_ok("serial",
			    "must be hexadecimal digits, at most 40, as "
			    "`koshin cert list` shows them");
		digits[len++] = (char)tolower((unsigned char)*at);
	}
	if (len == 0)
		return field_ok("serial", "must not be zero");
	digits[len] = '\0';
	memset(hex, '0', SERIAL_DIGITS - len);
	memcpy(hex + SERIAL_DIGITS - len, digits, len + 1);
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

void
field_join(char *out, size_t size, const char *first, const char *second)
{
	int len = snprintf(out, size, "%s%s", first, second);

	assert(len >= 0 && (size_t)len < size);
}
