#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

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

size_t
output_width(void)
{
	struct winsize size = { 0 };

	if (isatty(STDOUT_FILENO) != 1 ||
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
		return 0;
	return size.ws_col;
}

bool
output_colours(void)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) == 1 && (no == NULL || no[0] == '\0') &&
	       term != NULL && strcmp(term, "dumb") != 0;
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
