/*
 * config_check_files() of config/config_check.h
 */
#include "config/config_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "config/config_value.h"

#define SECRET_MAX 65536 /* a PEM key of 16384 bits has 13 KiB */

static bool
file_good(const char *name, struct fault *why)
{
	struct stat st;
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool good;

	if (fd < 0)
		return fault_set(why, "cannot be opened: %s", strerror(errno));
	good = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	close(fd);
	return good || fault_set(why, "is not a file");
}

static bool
folder_good(const char *name, struct fault *why)
{
	struct stat st;

	if (stat(name, &st) != 0)
		return fault_set(why, "cannot be opened: %s", strerror(errno));
	return S_ISDIR(st.st_mode) || fault_set(why, "is not a folder");
}

static bool
secret_good(const char *name, struct fault *why)
{
	static unsigned char content[SECRET_MAX];
	size_t len;
	bool good = secret_read(name, content, sizeof(content), &len, why);

	secret_wipe(content, sizeof(content));
	return good;
}

static bool
key_good(const char *name, struct fault *why)
{
	struct secret_key key;
	bool good = secret_read_key(name, &key, why);

	secret_wipe(&key, sizeof(key));
	return good;
}

static bool
good(enum config_type type, const char *name, struct fault *why)
{
	switch (type) {
	case CONFIG_FILE:
		return file_good(name, why);
	case CONFIG_FOLDER:
		return folder_good(name, why);
	case CONFIG_SECRET:
		return secret_good(name, why);
	case CONFIG_KEY:
		return key_good(name, why);
	default:
		return true;
	}
}

static void
check_languages(struct config_told *told, const struct config_places *lines,
    const struct config *config)
{
	static const char *const languages[] = { "ja", "en" };
	char folder[4096];
	struct fault why;

	for (size_t i = 0; i < sizeof(languages) / sizeof(*languages); i++) {
		snprintf(folder, sizeof(folder), "%s/%s",
		    config->mail.templates, languages[i]);
		if (!folder_good(folder, &why))
			config_check_tell(told, lines, "mail.templates",
			    "%s %s; mails need both ja/ and en/", folder,
			    why.text);
	}
}

void
config_check_files(struct config_told *told, const struct config_places *lines,
    const struct config *config)
{
	char key[CONFIG_PATH_SIZE];
	struct fault why;
	unsigned before = told->told;

	for (size_t i = 0; i < config_settings_count; i++) {
		const struct config_setting *s = &config_settings[i];
		const char *name = config_value_text(s, config);

		if (name == NULL || good(s->type, name, &why))
			continue;
		config_settings_path(s, key);
		config_check_tell(told, lines, key, "%s %s", name, why.text);
	}
	if (told->told == before)
		check_languages(told, lines, config);
}
