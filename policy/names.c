#include "policy/names.h"

#include <string.h>

#include "policy/input.h"
#include "policy/utf8.h"

#define ISSUED_AT_DIGITS 14 /* YYYYMMDDhhmmss */

enum word {
	WORD_USER_ID,
	WORD_ISSUED_AT,
	WORD_CONTRACT,
	WORD_NAME,
};

static const struct {
	const char *text;
	size_t longest; /* characters of its value */
} words[] = {
	[WORD_USER_ID] = { "{user_id}", INPUT_USER_ID_MAX },
	[WORD_ISSUED_AT] = { "{issued_at}", ISSUED_AT_DIGITS },
	[WORD_CONTRACT] = { "{contract}", INPUT_CONTRACT_DIGITS },
	[WORD_NAME] = { "{name}", INPUT_NAME_MAX },
};
#define WORDS (sizeof(words) / sizeof(words[0]))

/* What a template is made of, one piece after the other. */
struct piece {
	const char *text; /* as it stands in the template */
	size_t len;	  /* bytes of it */
	bool is_word;
	enum word word;
};

/*
 * Takes the next piece off the front of `*rest`. Returns false at the end,
 * and with `*bad` set at a brace that belongs to no known word.
 */
static bool
next_piece(const char **rest, struct piece *piece, bool *bad)
{
	const char *at = *rest;

	*bad = false;
	if (*at == '\0')
		return false;
	*piece = (struct piece){ .text = at, .len = strcspn(at, "{}") };
	for (size_t i = 0; piece->len == 0 && i < WORDS; i++) {
		size_t len = strlen(words[i].text);

		if (strncmp(at, words[i].text, len) == 0)
			*piece = (struct piece){ at, len, true, (enum word)i };
	}
	*bad = piece->len == 0;
	*rest = at + piece->len;
	return !*bad;
}

/* ASCII that may stand in a PrintableString. */
static bool
printable_string(const char *text, size_t len)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789 '()+,-./:=?";

	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0' || strchr(allowed, text[i]) == NULL)
			return false;
	return true;
}

/* Well-formed, and nothing in it that must not be in a name. */
static bool
clean(const char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		uint32_t point = utf8_next(text, len, &at);

		if (point == UTF8_BAD || utf8_class(point) > UTF8_SPACE)
			return false;
	}
	return true;
}

/* Code points of a clean text. */
static size_t
length(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t at = 0; at < len; n++)
		utf8_next(text, len, &at);
	return n;
}

/* Spaces at the ends mean nothing in a name and are lost in comparisons. */
static const char *
check_text(const char *template)
{
	size_t len = strlen(template);

	if (len == 0)
		return "must not be empty";
	if (len > PROFILE_TEMPLATE_MAX)
		return "must not be longer than 128 bytes";
	if (!clean(template, len))
		return "must be UTF-8 without control characters and "
		       "characters that cannot be seen";
	if (template[0] == ' ' || template[len - 1] == ' ')
		return "must not begin or end with a space";
	return NULL;
}

static const char *
check(const char *template, size_t limit, bool printable)
{
	const char *wrong = check_text(template);
	const char *rest = template;
	struct piece p;
	size_t longest = 0;
	bool bad;

	if (wrong != NULL)
		return wrong;
	while (next_piece(&rest, &p, &bad)) {
		longest +=
		    p.is_word ? words[p.word].longest : length(p.text, p.len);
		if (!printable)
			continue;
		if (p.is_word ? p.word == WORD_NAME
			      : !printable_string(p.text, p.len))
			return "must be letters, digits and '()+,-./:=? "
			       "only, without {name}";
	}
	if (bad)
		return "knows only the words {user_id}, {issued_at}, "
		       "{contract} and {name} in braces";
	if (longest > limit)
		return "can become longer than X.509 allows for it "
		       "({user_id} counts 12, {issued_at} 14, {contract} 8, "
		       "{name} 20 characters)";
	return NULL;
}

/* In characters. */
static size_t
limit_of(enum profile_attribute attribute)
{
	static const size_t limits[] = {
		[PROFILE_ATTRIBUTE_C] = 2,
		[PROFILE_ATTRIBUTE_ST] = 128,
		[PROFILE_ATTRIBUTE_L] = 128,
		[PROFILE_ATTRIBUTE_O] = 64,
		[PROFILE_ATTRIBUTE_OU] = 64,
		[PROFILE_ATTRIBUTE_SERIAL_NUMBER] = 64,
	};

	return limits[attribute];
}

const char *
names_check(const char *template)
{
	return check(template, NAMES_COMMON_NAME_MAX, false);
}

const char *
names_check_attribute(enum profile_attribute attribute, const char *template)
{
	bool capitals = strlen(template) == 2 &&
			strspn(template, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2;

	if (attribute == PROFILE_ATTRIBUTE_C)
		return capitals ? NULL
				: "must be the two capital letters of a "
				  "country, such as JP";
	return check(template, limit_of(attribute),
	    attribute == PROFILE_ATTRIBUTE_SERIAL_NUMBER);
}

bool
names_fill(const char *template, const struct facts_account *account,
    time_t issued_at, char *out, size_t size)
{
	char when[ISSUED_AT_DIGITS + 1] = "";
	const char *const values[] = {
		[WORD_USER_ID] = account->user_id,
		[WORD_ISSUED_AT] = when,
		[WORD_CONTRACT] = account->contract,
		[WORD_NAME] = account->name,
	};
	size_t used = 0;
	struct piece p;
	struct tm local;
	bool bad = false;

	if (size == 0)
		return false;
	if (localtime_r(&issued_at, &local) == NULL ||
	    strftime(when, sizeof(when), "%Y%m%d%H%M%S", &local) !=
		ISSUED_AT_DIGITS)
		when[0] = '\0';
	while (next_piece(&template, &p, &bad)) {
		if (p.is_word) {
			p.text = values[p.word];
			p.len = strlen(p.text);
		}
		if (p.len == 0 || p.len >= size - used) {
			bad = true;
			break;
		}
		memcpy(out + used, p.text, p.len);
		used += p.len;
	}
	if (bad)
		used = 0;
	out[used] = '\0';
	return used > 0;
}
