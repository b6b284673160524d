/*
 * In this order: the bytes, the form, each value, and, when all of them are
 * good, what they say together. Every fault is told.
 */
#include "config/config.h"

#include "base/secret.h"
#include "base/xalloc.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/config_check.h"
#include "config/config_lines.h"
#include "config/config_url.h"
#include "config/config_value.h"

struct work {
	struct config_told told;
	struct config_places *lines;
	struct config *config;
	char folder[4096]; /* of the file: relative names start here */
};

/* False: the file does not say it. */
static bool
set(struct work *w, const struct config_setting *s, void *base, const char *key)
{
	const struct config_raw *raw = config_lines_value(w->lines, key);
	struct fault why;

	if (raw != NULL && !config_value_set(s, base, raw, w->folder, &why))
		config_tell(&w->told, config_lines_of(w->lines, key), key, "%s",
		    why.text);
	return raw != NULL;
}

static void
take_settings(struct work *w)
{
	char key[CONFIG_PATH_SIZE];

	for (size_t i = 0; i < config_settings_count; i++) {
		const struct config_setting *s = &config_settings[i];

		config_settings_path(s, key);
		if (set(w, s, w->config, key))
			continue;
		if (s->fallback != NULL)
			config_value_default(s, w->config, w->folder);
		else
			config_check_tell(&w->told, w->lines, key,
			    "is missing; must be given (%s)", s->help);
	}
}

/* ------------------------------------------------------------- profiles */

/* R-CERT-7: the service's name, unless the profile says something else. */
static struct profile
standard(const struct config *c, struct profile p)
{
	if (c->service.name == NULL)
		return p;
	p.subject[0].attribute = PROFILE_ATTRIBUTE_O;
	snprintf(p.subject[0].value, sizeof(p.subject[0].value), "%s",
	    c->service.name);
	p.subject_count = 1;
	return p;
}

/* A word that is none is told elsewhere. */
static struct profile
profile_of(const char *holder)
{
	if (strcmp(holder, "device") == 0)
		return profile_device();
	return strcmp(holder, "operator") == 0 ? profile_operator()
					       : profile_person();
}

/* What is not said is as for that holder by the service rules. */
static void
take_profile(struct work *w, unsigned n)
{
	struct profile *p = &w->config->profiles[n];
	const struct config_raw *holder;
	char key[CONFIG_PATH_SIZE];

	snprintf(key, sizeof(key), "profiles[%u].holder", n);
	holder = config_lines_value(w->lines, key);
	*p = standard(
	    w->config, profile_of(holder != NULL ? holder->text : "person"));
	for (size_t i = 0; i < config_profile_settings_count; i++) {
		const struct config_setting *s = &config_profile_settings[i];

		snprintf(key, sizeof(key), "profiles[%u].%s", n, s->key);
		set(w, s, p, key);
	}
}

static unsigned
count_profiles(const struct work *w)
{
	char key[CONFIG_PATH_SIZE];

	for (unsigned n = 0;; n++) {
		snprintf(key, sizeof(key), "profiles[%u]", n);
		if (config_lines_of(w->lines, key) == 0)
			return n;
	}
}

static void
take_profiles(struct work *w)
{
	struct config *c = w->config;
	unsigned said = count_profiles(w);

	c->profiles_count = said > 0 ? said : 2;
	c->profiles = xcalloc(c->profiles_count, sizeof(*c->profiles));
	for (unsigned i = 0; i < said; i++)
		take_profile(w, i);
	if (said == 0) {
		c->profiles[0] = standard(c, profile_person());
		c->profiles[1] = standard(c, profile_device());
	}
}

/* ----------------------------------------------------------------- whole */

/* Here, while the system may still be asked: a process that is confined reads
 * no list of users. */
static uid_t
uid_of(const char *name)
{
	const struct passwd *user;

	if (name == NULL)
		return 0;
	user = getpwnam(name);
	return user != NULL ? user->pw_uid : CONFIG_NOBODY;
}

/* What one setting takes from another, and from the system. */
static void
derive(struct config *c)
{
	const char *at =
	    c->mail.from != NULL ? strchr(c->mail.from, '@') : NULL;

	if (c->mail.domain == NULL && at != NULL)
		c->mail.domain = xstrdup(at + 1);
	c->service.operator_uid = uid_of(c->service.operator_);
	/* Who is not root could read it by no other way. */
	if (c->redis.operator_password != NULL &&
	    c->service.operator_uid != CONFIG_NOBODY)
		secret_lend(
		    c->redis.operator_password, c->service.operator_uid);
}

/* Absolute, since a server leaves the folder it was started in. */
static void
find_folder(struct work *w, const char *path)
{
	const char *slash = strrchr(path, '/');
	char name[sizeof(w->folder)];
	char *whole;

	snprintf(name, sizeof(name), "%.*s",
	    slash == NULL ? 1 : (int)(slash - path + 1),
	    slash == NULL ? "." : path);
	whole = realpath(name, NULL);
	snprintf(
	    w->folder, sizeof(w->folder), "%s", whole != NULL ? whole : name);
	free(whole);
}

static void
read_all(struct work *w, const char *text, size_t len)
{
	w->lines = config_lines_new(&w->told, text, len);
	if (w->told.told > 0)
		return;
	take_settings(w);
	take_profiles(w);
	derive(w->config);
	if (w->told.told == 0)
		config_check_values(&w->told, w->lines, w->config);
}

/* Takes `text`, which is what config_lines_file() has found. */
static struct config *
load(struct config_told told, char *text, size_t len)
{
	struct work w = { .told = told };

	if (text == NULL)
		return NULL;
	w.config = xcalloc(1, sizeof(*w.config));
	w.config->path = xstrdup(told.path);
	w.config->text = text;
	find_folder(&w, told.path);
	w.config->folder = xstrdup(w.folder);
	read_all(&w, text, len);
	config_lines_free(w.lines);
	if (w.told.told == 0)
		return w.config;
	config_free(w.config);
	return NULL;
}

struct config *
config_read(
    const char *path, void (*told)(void *arg, const char *line), void *arg)
{
	struct config_told t = { told, arg, path, 0 };
	size_t len;
	char *text = config_lines_file(&t, &len);

	return load(t, text, len);
}

bool
config_try_files(const struct config *c,
    void (*told)(void *arg, const char *line), void *arg)
{
	struct config_told t = { told, arg, c->path, 0 };
	struct config_places *lines =
	    config_lines_new(&t, c->text, strlen(c->text));

	config_check_files(&t, lines, c);
	config_lines_free(lines);
	return t.told == 0;
}

struct config *
config_take(int copy, const char *path,
    void (*told)(void *arg, const char *line), void *arg)
{
	struct config_told t = { told, arg, path, 0 };
	size_t len;
	char *text = config_lines_copy(&t, copy, &len);

	return load(t, text, len);
}

int
config_copy(const struct config *c)
{
	size_t len = strlen(c->text);
	int fd = memfd_create("koshin.yaml", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (write(fd, c->text, len) == (ssize_t)len &&
	    fcntl(fd, F_ADD_SEALS,
		F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0)
		return fd;
	close(fd);
	return -1;
}

void
config_free(struct config *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < config_settings_count; i++)
		config_value_free(&config_settings[i], c);
	free(c->profiles);
	free(c->path);
	free(c->folder);
	free(c->text);
	free(c);
}

unsigned
config_session_s(const struct config *c)
{
	unsigned member = c->member.host != NULL ? c->member.session_s : 0;
	unsigned desk = c->operator_.host != NULL ? c->operator_.session_s : 0;

	return member > desk ? member : desk;
}

const char *
config_crl_name(const struct config *c)
{
	const char *name =
	    c->ca.crl_url != NULL ? config_url_file(c->ca.crl_url) : "";

	return name[0] != '\0' ? name : "ca.crl";
}

#define HTTPS 443 /* whose port goes without saying */

void
config_authority(
    const struct config_site *site, char out[CONFIG_AUTHORITY_SIZE])
{
	if (site->port == HTTPS)
		snprintf(out, CONFIG_AUTHORITY_SIZE, "%s", site->host);
	else
		snprintf(out, CONFIG_AUTHORITY_SIZE, "%s:%u", site->host,
		    site->port);
}

const struct profile *
config_profile(const struct config *c, const char *label, size_t len)
{
	if (label == NULL || len == 0)
		return &c->profiles[0];
	for (unsigned i = 0; i < c->profiles_count; i++)
		if (strlen(c->profiles[i].name) == len &&
		    memcmp(c->profiles[i].name, label, len) == 0)
			return &c->profiles[i];
	return NULL;
}
