/*
 * config_check_files() of config/config_check.h; apart, so that the command
 * line, whose user may not look at the service's keys, can do without.
 */
#include "config/config_check.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "config/config_value.h"

#define SECRET_MAX 65536 /* a PEM key of 16384 bits has 13 KiB */

static const char *
file_wrong(const char *name, char *why, size_t size)
{
	struct stat st;
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0) {
		snprintf(why, size, "cannot be opened: %s", strerror(errno));
		return why;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		snprintf(why, size, "is not a file");
	else
		why[0] = '\0';
	close(fd);
	return why[0] != '\0' ? why : NULL;
}

static const char *
folder_wrong(const char *name, char *why, size_t size)
{
	struct stat st;

	if (stat(name, &st) != 0)
		snprintf(why, size, "cannot be opened: %s", strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		snprintf(why, size, "is not a folder");
	else
		return NULL;
	return why;
}

static const char *
secret_wrong(const char *name, char *why, size_t size)
{
	static unsigned char content[SECRET_MAX];
	size_t len;
	bool good =
	    secret_read(name, content, sizeof(content), &len, why, size);

	if (good && len == 0) {
		snprintf(why, size, "is empty");
		good = false;
	}
	secret_wipe(content, sizeof(content));
	return good ? NULL : why;
}

static const char *
key_wrong(const char *name, char *why, size_t size)
{
	struct secret_key key;
	bool good = secret_read_key(name, &key, why, size);

	secret_wipe(&key, sizeof(key));
	return good ? NULL : why;
}

static const char *
wrong(enum config_type type, const char *name, char *why, size_t size)
{
	switch (type) {
	case CONFIG_FILE:
		return file_wrong(name, why, size);
	case CONFIG_FOLDER:
		return folder_wrong(name, why, size);
	case CONFIG_SECRET:
		return secret_wrong(name, why, size);
	case CONFIG_KEY:
		return key_wrong(name, why, size);
	default:
		return NULL;
	}
}

static void
check_languages(struct config_told *told, const struct config_places *lines,
    const struct config *config)
{
	static const char *const languages[] = { "ja", "en" };
	char folder[4096], why[CONFIG_WHY_SIZE];

	for (size_t i = 0; i < sizeof(languages) / sizeof(*languages); i++) {
		snprintf(folder, sizeof(folder), "%s/%s",
		    config->mail.templates, languages[i]);
		if (folder_wrong(folder, why, sizeof(why)) != NULL)
			config_check_tell(told, lines, "mail.templates",
			    "%s %s; mails need both ja/ and en/", folder, why);
	}
}

void
config_check_files(struct config_told *told, const struct config_places *lines,
    struct config *config)
{
	char key[CONFIG_PATH_SIZE], why[CONFIG_WHY_SIZE];
	unsigned before = told->told;

	for (size_t i = 0; i < config_settings_count; i++) {
		const struct config_setting *s = &config_settings[i];
		char **name = config_value_text(s, config);

		if (name == NULL || *name == NULL ||
		    wrong(s->type, *name, why, sizeof(why)) == NULL)
			continue;
		snprintf(key, sizeof(key), "%s%s%s", s->section,
		    s->section[0] != '\0' ? "." : "", s->key);
		config_check_tell(told, lines, key, "%s %s", *name, why);
	}
	if (told->told == before)
		check_languages(told, lines, config);
	if (config->service.user != NULL &&
	    getpwnam(config->service.user) == NULL)
		config_check_tell(told, lines, "service.user",
		    "is `%s`; there is no such user on this system",
		    config->service.user);
}
