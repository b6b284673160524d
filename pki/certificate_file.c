#include "pki/certificate_file.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE_MAX_BYTES (1024 * 1024)

/* A FIFO would be waited for; a process that serves reads these, too. NULL, and
 * why. */
static FILE *
open_file(const char *file, struct fault *why)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	FILE *f = NULL;

	if (fd < 0 || fstat(fd, &st) != 0)
		fault_set(why, "%s: %m", file);
	else if (!S_ISREG(st.st_mode))
		fault_set(why, "%s: is not a file", file);
	else if (st.st_size > SIZE_MAX_BYTES)
		fault_set(
		    why, "%s: has more than %d bytes", file, SIZE_MAX_BYTES);
	else if ((f = fdopen(fd, "r")) == NULL)
		fault_set(why, "%s: %m", file);
	if (f == NULL && fd >= 0)
		close(fd);
	return f;
}

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
	FILE *f = open_file(file, why);
	bool all;

	*count = 0;
	if (f == NULL)
		return false;
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
