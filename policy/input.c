#include "policy/input.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "policy/common_passwords.h"
#include "policy/utf8.h"

/* How many bytes of the text belong to a class. */
static size_t
count(const char *text, size_t len, int (*is)(int))
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += is((unsigned char)text[i]) != 0;
	return n;
}

const char *
input_contract(const char *text, size_t len)
{
	if (len != INPUT_CONTRACT_DIGITS || count(text, len, isdigit) != len)
		return "must be 8 digits";
	return NULL;
}

const char *
input_user_id(const char *text, size_t len)
{
	size_t digits, letters;

	if (len < INPUT_USER_ID_MIN || len > INPUT_USER_ID_MAX)
		return "must be 6 to 12 characters";
	digits = count(text, len, isdigit);
	letters = count(text, len, isalpha);
	if (digits + letters != len)
		return "must be ASCII letters and digits only";
	if (letters == 0)
		return "must contain a letter";
	if (digits == 0)
		return "must contain a digit";
	return NULL;
}

static const char *
password_characters(const char *text, size_t len)
{
	size_t upper = count(text, len, isupper);
	size_t lower = count(text, len, islower);
	size_t digits = count(text, len, isdigit);

	if (upper == 0)
		return "must contain an upper-case letter";
	if (lower == 0)
		return "must contain a lower-case letter";
	if (digits == 0)
		return "must contain a digit";
	if (upper + lower + digits == len)
		return "must contain a symbol";
	if (common_passwords_has(text, len))
		return "is one of those that everybody tries first; take "
		       "another";
	return NULL;
}

const char *
input_password(const struct input_policy *policy, const char *text, size_t len)
{
	static _Thread_local char bounds[64];
	unsigned min = policy->password_min;
	unsigned max = policy->password_max;

	/* Before the length, which means little if the bytes are others. */
	if (len <= 4 * INPUT_PASSWORD_CEILING &&
	    count(text, len, isgraph) != len)
		return "must be ASCII letters, digits and symbols only, "
		       "without spaces";
	if (len >= min && len <= max)
		return password_characters(text, len);
	if (min == max)
		snprintf(bounds, sizeof(bounds),
		    "must be exactly %u characters", min);
	else
		snprintf(bounds, sizeof(bounds), "must be %u to %u characters",
		    min, max);
	return bounds;
}

const char *
input_initial_password(const char *text, size_t len)
{
	const struct input_policy exact = {
		.password_min = INPUT_INITIAL_PASSWORD,
		.password_max = INPUT_INITIAL_PASSWORD,
	};

	return input_password(&exact, text, len);
}

/* Code points in well-formed UTF-8: each has one byte that is no 10xxxxxx. */
static int
begins_point(int byte)
{
	return (byte & 0xc0) != 0x80;
}

/* Some code point of it is of that class. */
static bool
has_class(const char *utf8, size_t len, enum utf8_class class)
{
	for (size_t at = 0; at < len;)
		if (utf8_class(utf8_next(utf8, len, &at)) == class)
			return true;
	return false;
}

const char *
input_name(const char *utf8, size_t len)
{
	if (len == 0)
		return "must not be empty";
	/* Before it is looked at: no code point has more than four bytes. */
	if (len > 4 * INPUT_NAME_MAX)
		return "must be at most 20 characters";
	if (!input_utf8(utf8, len))
		return "must be valid UTF-8";
	if (count(utf8, len, begins_point) > INPUT_NAME_MAX)
		return "must be at most 20 characters";
	if (has_class(utf8, len, UTF8_CONTROL))
		return "must not contain control characters or characters "
		       "that turn the direction of text";
	if (has_class(utf8, len, UTF8_HIDDEN))
		return "must not contain characters that cannot be seen, such "
		       "as zero-width ones, joiners and variation selectors";
	if (!has_class(utf8, len, UTF8_SEEN))
		return "must not be only spaces";
	return NULL;
}

const char *
input_line(const char *utf8, size_t len)
{
	if (!input_utf8(utf8, len))
		return "must be valid UTF-8";
	if (has_class(utf8, len, UTF8_CONTROL))
		return "must not contain control characters or characters "
		       "that turn the direction of text";
	return NULL;
}

const char *
input_reason(const char *utf8, size_t len)
{
	const char *wrong = input_line(utf8, len);

	if (wrong != NULL)
		return wrong;
	if (count(utf8, len, begins_point) > INPUT_REASON_MAX)
		return "must be at most 255 characters";
	return has_class(utf8, len, UTF8_SEEN) ? NULL : "must say why";
}

const char *
input_title(const char *utf8, size_t len)
{
	if (len > INPUT_TITLE_BYTES)
		return "must be at most 255 bytes of UTF-8";
	return input_line(utf8, len);
}

/* Labels of letters, digits and inner hyphens (RFC 1123 2.1). */
static bool
good_domain(const char *domain, size_t len)
{
	size_t labels = 0;

	for (size_t start = 0; start <= len; labels++) {
		const char *label = domain + start;
		const char *dot = memchr(label, '.', len - start);
		size_t n = dot != NULL ? (size_t)(dot - label) : len - start;

		if (n == 0 || label[0] == '-' || label[n - 1] == '-')
			return false;
		for (size_t i = 0; i < n; i++)
			if (!isalnum((unsigned char)label[i]) &&
			    label[i] != '-')
				return false;
		start += n + 1;
		if (dot == NULL && count(label, n, isdigit) == n)
			return false; /* 127.0.0.1; no such top domain */
	}
	return labels >= 2;
}

/* dot-atom of RFC 5322 3.2.3. */
static bool
good_local_part(const char *text, size_t len)
{
	char before = '.';

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '.' ? before == '.'
			     : !isalnum((unsigned char)c) &&
				   (c == '\0' || strchr("!#$%&'*+-/=?^_`{|}~",
						     c) == NULL))
			return false;
		before = c;
	}
	return before != '.';
}

/* 50 bytes in all are under the 64 of a local part and the 63 of a label. */
const char *
input_email(const char *text, size_t len)
{
	const char *at;

	if (len == 0)
		return "must not be empty";
	if (len > INPUT_EMAIL_MAX)
		return "must be at most 50 characters";
	at = memchr(text, '@', len);
	if (at == NULL || !good_local_part(text, (size_t)(at - text)) ||
	    !good_domain(at + 1, len - (size_t)(at - text) - 1))
		return "must be a plain address such as name@example.com";
	return NULL;
}

const char *
input_locale(const char *text, size_t len)
{
	if (len == 2 &&
	    (memcmp(text, "ja", 2) == 0 || memcmp(text, "en", 2) == 0))
		return NULL;
	return "must be ja or en";
}

bool
input_fold_width(const char *utf8, size_t len, char *out)
{
	size_t used = 0;

	for (size_t at = 0; at < len;) {
		size_t start = at;
		uint32_t point = utf8_next(utf8, len, &at);

		if (point == UTF8_BAD) {
			out[0] = '\0';
			return false;
		}
		if (point >= 0xff01 && point <= 0xff5e) {
			out[used++] = (char)(point - 0xff01 + '!');
		} else if (point == 0x3000) {
			out[used++] = ' ';
		} else {
			memmove(out + used, utf8 + start, at - start);
			used += at - start;
		}
	}
	out[used] = '\0';
	return true;
}

bool
input_utf8(const char *text, size_t len)
{
	for (size_t at = 0; at < len;)
		if (utf8_next(text, len, &at) == UTF8_BAD)
			return false;
	return true;
}
