/*
 * Lists of stolen passwords have millions of entries, but those that pass the
 * four-class rule are few words in the same few disguises. So the disguise
 * is taken off and what is left is looked up; with six guesses before a lock
 * (R-LOCK-1), the head of such a list is what matters.
 */
#include "policy/common_passwords.h"

#include <ctype.h>
#include <string.h>

#include "base/secret.h"

#define TEXT_MAX 16 /* longer ones were not made in a hurry */

/* What is left of "Password1!" or "P@ssw0rd#24", undisguised. */
static const char *const words[] = { "aa", "abc", "abcd", "abcde", "abcdef",
	"admin", "administrator", "asdf", "asdfgh", "autumn", "changeme",
	"default", "football", "guest", "hello", "iloveyou", "koshin",
	"letmein", "login", "master", "monkey", "pass", "passwd", "password",
	"qwe", "qwer", "qwert", "qwerty", "root", "sakura", "secret", "spring",
	"summer", "sunshine", "temp", "test", "tokyo", "user", "welcome",
	"winter", "zxcv", "zxcvbn" };

/* Walks over the keyboard, Shift taken off. */
static const char *const walks[] = { "1234abcd", "1234asdf", "1234qwer",
	"1q2w3e4r", "1q2w3e4r5t", "1qaz1qaz", "1qaz2wsx", "1qaz2wsx3edc",
	"1qazxsw2", "2wsx1qaz", "2wsx3edc", "abcd1234", "asdf1234", "q1w2e3r4",
	"qaz123wsx", "qwer1234", "zaq12wsx", "zxcv1234" };

static bool
listed(const char *text, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(text, list[i]) == 0)
			return true;
	return false;
}

/* The small letter that a byte stands for inside a word. */
static char
letter_of(char c)
{
	static const char disguises[] = "@40$5!13|7";
	static const char letters[] = "aaossiielt";
	const char *found = strchr(disguises, c);

	return found == NULL ? (char)tolower((unsigned char)c)
			     : letters[found - disguises];
}

/* What the key gives without Shift (US layout). */
static char
key_of(char c)
{
	static const char symbols[] = "!@#$%^&*()";
	static const char digits[] = "1234567890";
	const char *found = strchr(symbols, c);

	return found == NULL ? (char)tolower((unsigned char)c)
			     : digits[found - symbols];
}

static bool
common_word(const char *text, size_t len)
{
	char word[TEXT_MAX + 1] = "";
	bool found;

	while (len > 0 && !isalpha((unsigned char)text[len - 1]))
		len--;
	for (; len > 0 && !isalpha((unsigned char)*text); len--)
		text++;
	for (size_t i = 0; i < len; i++)
		word[i] = letter_of(text[i]);
	found = listed(word, words, sizeof(words) / sizeof(*words));
	secret_wipe(word, sizeof(word));
	return found;
}

static bool
common_walk(const char *text, size_t len)
{
	char keys[TEXT_MAX + 1] = "";
	bool found;

	for (size_t i = 0; i < len; i++)
		keys[i] = key_of(text[i]);
	found = listed(keys, walks, sizeof(walks) / sizeof(*walks));
	secret_wipe(keys, sizeof(keys));
	return found;
}

bool
common_passwords_has(const char *text, size_t len)
{
	return len <= TEXT_MAX &&
	       (common_word(text, len) || common_walk(text, len));
}
