#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
fault_set(struct fault *why, const char *format, ...)
{
	char text[FAULT_MAX]; /* the arguments may be in why->text */
	static const char cut[] = "...";
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len >= (int)sizeof(text))
		memcpy(text + sizeof(text) - sizeof(cut), cut, sizeof(cut));
	memcpy(why->text, text, sizeof(text));
	return false;
}
