#include "policy/operation.h"

#include <string.h>

static const char *const names[OPERATIONS] = {
	[OPERATION_CACERTS] = "cacerts",
	[OPERATION_CSRATTRS] = "csrattrs",
	[OPERATION_SIMPLEENROLL] = "simpleenroll",
	[OPERATION_SIMPLEREENROLL] = "simplereenroll",
	[OPERATION_SERVERKEYGEN] = "serverkeygen",
	[OPERATION_FULLCMC] = "fullcmc",
	[OPERATION_PAL] = "pal",
	[OPERATION_EECERTS] = "eecerts",
	[OPERATION_CRLS] = "crls",
	[OPERATION_SYMMETRICKEYS] = "symmetrickeys",
	[OPERATION_FIRMWARE] = "firmware",
	[OPERATION_TAMP] = "tamp",
	[OPERATION_RETURN] = "return",
};

bool
operation_find(const char *word, enum operation *out)
{
	for (int i = 0; i < OPERATIONS; i++)
		if (strcmp(word, names[i]) == 0) {
			*out = (enum operation)i;
			return true;
		}
	return false;
}
