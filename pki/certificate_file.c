#include "pki/certificate_file.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>

/* All that can be read; false: there are more. */
static bool
take_all(FILE *f, X509 **list, size_t room, size_t *count)
{
	X509 *x;

	ERR_clear_error();
	while ((x = PEM_read_X509(f, NULL, NULL, NULL)) != NULL) {
		if (*count == room) {
			X509_free(x);
			return false;
		}
		list[(*count)++] = x;
	}
	return true;
}

/* Whether it was the end of the file at which nothing more began. */
static bool
ended(void)
{
	unsigned long error = ERR_peek_last_error();

	ERR_clear_error();
	return ERR_GET_LIB(error) == ERR_LIB_PEM &&
	       ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

bool
certificate_file_read(const char *file, X509 **list, size_t room, size_t *count,
    struct fault *why)
{
	FILE *f = fopen(file, "re");
	bool all;

	*count = 0;
	if (f == NULL)
		return fault_set(why, "%s: %m", file);
	all = take_all(f, list, room, count);
	fclose(f);
	if (!all)
		return fault_set(why, "%s: has more than %zu certificate%s",
		    file, room, room == 1 ? "" : "s");
	if (!ended())
		return fault_set(
		    why, "%s: is not a PEM file of certificates", file);
	return *count > 0 || fault_set(why, "%s: has no certificate", file);
}
