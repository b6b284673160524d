#include "policy/facts.h"

#include <string.h>

static const char *const roles[] = {
	[FACTS_MASTER] = "master",
	[FACTS_GENERAL] = "general",
	[FACTS_DEVICE] = "device",
};

static const char *const states[] = {
	[FACTS_ACTIVE] = "active",
	[FACTS_BLOCKED] = "blocked",
	[FACTS_SUSPENDED] = "suspended",
	[FACTS_CLOSED] = "closed",
};

#define COUNT(words) (sizeof(words) / sizeof((words)[0]))

/* The place of `word` among `words`; `count` if it is none of them. */
static size_t
find(const char *const *words, size_t count, const char *word)
{
	size_t i = 0;

	if (word == NULL)
		return count;
	while (i < count && strcmp(words[i], word) != 0)
		i++;
	return i;
}

bool
facts_read_role(const char *word, enum facts_role *out)
{
	size_t at = find(roles, COUNT(roles), word);

	if (at == COUNT(roles))
		return false;
	*out = (enum facts_role)at;
	return true;
}

bool
facts_read_state(const char *word, enum facts_state *out)
{
	size_t at = find(states, COUNT(states), word);

	if (at == COUNT(states))
		return false;
	*out = (enum facts_state)at;
	return true;
}
