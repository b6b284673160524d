#include "config/config_similar.h"

#include <stdbool.h>
#include <string.h>

#define WORD_MAX 32
#define NEAR 3 /* changes of a letter that still count as a slip */

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein's distance; words longer than ours are far away. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1];
	size_t a_len = strlen(a), b_len = strlen(b);

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t change = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			row[j] = least(change, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[b_len];
}

struct best {
	const char *word;
	size_t far;
};

static void
weigh(struct best *best, const char *word, const char *key)
{
	size_t far = distance(word, key);

	/* A short word is another word after two changes. */
	if (far < best->far && far * 2 < strlen(word))
		*best = (struct best){ word, far };
}

const char *
config_similar(const struct config_setting *table, size_t count,
    const char *section, const char *key)
{
	struct best best = { NULL, NEAR };
	bool top = section != NULL && section[0] == '\0';

	for (size_t i = 0; i < count; i++) {
		if (section == NULL || strcmp(table[i].section, section) == 0)
			weigh(&best, table[i].key, key);
		else if (top)
			weigh(&best, table[i].section, key);
	}
	if (top)
		weigh(&best, "profiles", key);
	return best.word;
}
