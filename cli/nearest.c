#include "cli/nearest.h"

#include <string.h>

#define SHORTEST 3 /* any two shorter words are near each other */

bool
nearest_is(const char *typed, size_t len, const char *word)
{
	size_t other = strlen(word), same = 0, end = 0;
	size_t least = len < other ? len : other;

	if (len < SHORTEST || other < SHORTEST)
		return false;
	while (same < least && typed[same] == word[same])
		same++;
	while (
	    end < least - same && typed[len - 1 - end] == word[other - 1 - end])
		end++;
	/* What is between the beginning and the end that they share. */
	len -= same + end;
	other -= same + end;
	if (len == 2 && other == 2)
		return typed[same] == word[same + 1] &&
		       typed[same + 1] == word[same];
	return len + other > 0 && len <= 1 && other <= 1;
}
