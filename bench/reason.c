#include "bench/reason.h"

#include <openssl/err.h>

#include <string.h>

const char *
reason_take(const char *otherwise)
{
	unsigned long e = ERR_peek_error();
	const char *why = NULL;

	if (ERR_SYSTEM_ERROR(e)) /* "no such file", and no text of OpenSSL */
		why = strerror(ERR_GET_REASON(e));
	else if (e != 0)
		why = ERR_reason_error_string(e);
	ERR_clear_error();
	return why != NULL ? why : otherwise;
}
