#include "pki/root_key.h"

#include "base/secret.h"
#include "pki/private_key.h"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
text_is_key_of(const char *text, size_t len, const X509 *root)
{
	EVP_PKEY *key = private_key_read(text, len, NULL, NULL);
	bool same =
	    key != NULL && EVP_PKEY_eq(key, X509_get0_pubkey(root)) == 1;

	EVP_PKEY_free(key);
	ERR_clear_error();
	return same;
}

static bool
file_is_key_of(const char *path, const X509 *root)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char text[PRIVATE_KEY_TEXT_MAX];
	struct stat st;
	ssize_t len = -1;
	bool same;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		len = read(fd, text, sizeof(text));
	close(fd);
	if (len <= 0)
		return false;
	same = text_is_key_of(text, (size_t)len, root);
	secret_wipe(text, sizeof(text));
	return same;
}

bool
root_key_beside(const struct ca *ca, const char *name, char path[PATH_MAX])
{
	const char *slash = strrchr(name, '/');
	int len = slash != NULL ? (int)(slash - name) : 1;
	const struct dirent *entry;
	char folder[PATH_MAX];
	bool found = false;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%.*s", len, slash ? name : ".");
	dir = ca->chain_count > 0 ? opendir(folder) : NULL;
	while (dir != NULL && !found && (entry = readdir(dir)) != NULL)
		found = (size_t)snprintf(path, PATH_MAX, "%s/%s", folder,
			    entry->d_name) < PATH_MAX &&
			file_is_key_of(path, ca->chain[ca->chain_count - 1]);
	if (dir != NULL)
		closedir(dir);
	return found;
}
