#include "policy/second.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const words[SECOND_ACTS] = {
	[SECOND_LIFT_MASTER] = "lift-master",
	[SECOND_RESET_CONTRACT] = "reset-contract",
	[SECOND_REVOKE_MANY] = "revoke-many",
	[SECOND_CLOSE_CONTRACT] = "close-contract",
};

const char *
second_word(enum second_act act)
{
	assert(act < SECOND_ACTS);
	return words[act];
}

void
second_list(const struct second_policy *p, char out[SECOND_LIST_SIZE])
{
	size_t used = 1;

	out[0] = '{';
	for (int i = 0; i < SECOND_ACTS; i++)
		if ((p->acts >> i & 1) != 0)
			used += (size_t)snprintf(out + used,
			    SECOND_LIST_SIZE - used, "%s%s",
			    used > 1 ? "," : "", words[i]);
	assert(used + 1 < SECOND_LIST_SIZE);
	memcpy(out + used, "}", sizeof("}"));
}
