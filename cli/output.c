#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"

static bool
flush(int quietly)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	if (errno != quietly)
		command_say(
		    "the output cannot be written: %s", strerror(errno));
	/* Or what is held back would be tried, and told of, once more. */
	if (freopen("/dev/null", "w", stdout) == NULL)
		abort();
	return false;
}

bool
output_flush(void)
{
	return flush(0);
}

bool
output_flush_list(void)
{
	return flush(EPIPE);
}
