#include "mailer/template.h"

#include "base/xalloc.h"
#include "mailer/template_check.h"
#include "policy/utf8.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TEXT_MAX 16384
#define MAIL_KINDS_MAX 32

enum language {
	JA,
	EN,
	LANGUAGES
};
static const char *const languages[LANGUAGES] = {
	[JA] = "ja",
	[EN] = "en",
};

/* Where in the folder of a language. */
static const char *const holders[TEMPLATE_HOLDERS] = {
	[TEMPLATE_PERSON] = "",
	[TEMPLATE_DEVICE] = "device/",
};

struct template
{
	const struct mail_kind *kind;
	enum language language;
	char *text;    /* the whole file, owned */
	char *subject; /* in it */
	char *body;    /* in it */
};

struct template_set {
	/* The last as in kinds[]. */
	struct template texts[LANGUAGES][TEMPLATE_HOLDERS][MAIL_KINDS_MAX];
};

/* -------------------------------------------------------------- loading */

struct loading {
	template_told_fn *told;
	void *arg;
	char path[512];
};

static void
tell(struct loading *l, const char *reason)
{
	char line[1024];

	snprintf(line, sizeof(line), "%s:1: %s", l->path, reason);
	l->told(l->arg, line);
}

/* A fault as `why`, or NULL. */
static const char *
read_file(const char *path, char *text, size_t room, size_t *len)
{
	struct stat st;
	const char *why = NULL;
	/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	FILE *f;

	if (fd < 0)
		return strerror(errno);
	f = xalloc_made(fdopen(fd, "r"));
	*len = fread(text, 1, room, f);
	if (ferror(f) || fstat(fd, &st) != 0)
		why = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		why = "is not a file";
	else if (*len == room)
		why = "is longer than 16383 bytes";
	else if (memchr(text, '\0', *len) != NULL)
		why = "is not UTF-8 (it has a NUL)";
	fclose(f);
	return why;
}

/* Editors elsewhere end lines with CR LF; that is no fault. */
static void
drop_returns(char *text)
{
	char *out = text;

	for (; *text != '\0'; text++)
		if (text[0] != '\r' || text[1] != '\n')
			*out++ = *text;
	*out = '\0';
}

/* In the checked text: one empty line lies between. */
static void
divide(struct template *t)
{
	char *end = strchr(t->text, '\n');

	*end = '\0';
	t->subject = t->text + strlen(TEMPLATE_SUBJECT);
	t->body = end + 2;
}

static bool
load_one(struct loading *l, struct template *t)
{
	char text[TEXT_MAX + 1];
	size_t len = 0;
	const char *why = read_file(l->path, text, TEXT_MAX, &len);

	if (why != NULL) {
		tell(l, why);
		return false;
	}
	text[len] = '\0';
	drop_returns(text);
	if (!template_check(t->kind, l->path, text, l->told, l->arg))
		return false;
	t->text = xstrdup(text);
	divide(t);
	return true;
}

struct template_set *
template_load(const char *folder, template_told_fn *told, void *arg)
{
	struct template_set *set = xcalloc(1, sizeof(*set));
	struct loading l = { .told = told, .arg = arg };
	bool good = true;

	assert(kinds_count <= MAIL_KINDS_MAX);
	for (int i = 0; i < LANGUAGES; i++)
		for (int h = 0; h < TEMPLATE_HOLDERS; h++)
			for (size_t k = 0; k < kinds_count; k++) {
				struct template *t = &set->texts[i][h][k];

				t->kind = &kinds[k];
				t->language = (enum language)i;
				snprintf(l.path, sizeof(l.path),
				    "%s/%s/%s%s.txt", folder, languages[i],
				    holders[h], kinds[k].name);
				good = load_one(&l, t) && good;
			}
	if (good)
		return set;
	template_free(set);
	return NULL;
}

void
template_free(struct template_set *set)
{
	if (set == NULL)
		return;
	for (int i = 0; i < LANGUAGES; i++)
		for (int h = 0; h < TEMPLATE_HOLDERS; h++)
			for (size_t k = 0; k < kinds_count; k++)
				free(set->texts[i][h][k].text);
	free(set);
}

const struct template *
template_find(const struct template_set *set, const struct mail_kind *kind,
    const char *locale, enum template_holder holder)
{
	enum language language = EN;

	if (strncmp(locale, "ja", 2) == 0 &&
	    (locale[2] == '\0' || locale[2] == '-'))
		language = JA;
	return &set->texts[language][holder][kind - kinds];
}

/* -------------------------------------------------------------- filling */

struct filling {
	const struct template *text;
	template_value_fn *value;
	void *arg;
	const char *missing;
};

static void
add_text(struct buf *out, const char *text)
{
	size_t len = strlen(text), at = 0, size;

	while (at < len) {
		const char *c = utf8_shown(text, len, &at, &size);

		buf_add(out, c, size);
	}
}

/* Its name, where the reader is not at home in it: who reads Japanese is in
 * Japan; who reads English may be anywhere. */
static void
name_zone(struct buf *out, const struct tm *t, enum language language,
    const char *before, const char *after)
{
	const char *zone = t->tm_zone;

	if (language == JA && strcmp(zone, "JST") == 0)
		return;
	/* A zone without a name is called by its hours. */
	buf_text(out, before);
	buf_text(out, zone[strspn(zone, "+-0123456789")] == '\0' ? "UTC" : "");
	buf_text(out, zone);
	buf_text(out, after);
}

/* In the service's zone, which is the process's. False: it is no time. */
static bool
add_time(struct buf *out, const char *seconds, enum mail_kinds_form form,
    enum language language)
{
	bool whole = form == MAIL_KINDS_DAY;
	char *end, text[64];
	time_t at;
	struct tm t;

	errno = 0;
	at = (time_t)strtoll(seconds, &end, 10);
	if (errno != 0 || end == seconds || *end != '\0' ||
	    localtime_r(&at, &t) == NULL)
		return false;
	strftime(text, sizeof(text),
	    language == JA ? "%Y年%-m月%-d日" : "%-d %B %Y", &t);
	buf_text(out, text);
	if (!whole) {
		strftime(text, sizeof(text),
		    language == JA ? " %H:%M" : ", %H:%M", &t);
		buf_text(out, text);
	}
	if (language == JA)
		name_zone(out, &t, language, "（", "）");
	else
		name_zone(
		    out, &t, language, whole ? " (" : " ", whole ? ")" : "");
	return true;
}

static bool
lacks(const struct filling *f, const struct mail_kinds_word *word)
{
	const char *value =
	    word->may_lack ? f->value(f->arg, word->name) : word->name;

	return value == NULL || value[0] == '\0';
}

static bool
add_value(
    struct filling *f, const struct mail_kinds_word *word, struct buf *out)
{
	const char *value = f->value(f->arg, word->name);
	bool good = value != NULL;

	if (good && word->form == MAIL_KINDS_TEXT)
		add_text(out, value);
	else if (good)
		good = add_time(out, value, word->form, f->text->language);
	if (!good)
		f->missing = word->name;
	return good;
}

/* Whether the line is to go: a word in it has no value, and may lack it. */
static bool
goes(struct filling *f, const char *at, const char *end)
{
	const char *behind;
	const struct mail_kinds_word *word;

	while (template_next(f->text->kind, at, end, &word, &behind) != NULL) {
		if (lacks(f, word))
			return true;
		at = behind;
	}
	return false;
}

static bool
fill_line(struct filling *f, const char *at, const char *end, struct buf *out)
{
	const char *open, *behind;
	const struct mail_kinds_word *word;

	while ((open = template_next(f->text->kind, at, end, &word, &behind)) !=
	       NULL) {
		buf_add(out, at, (size_t)(open - at));
		if (!add_value(f, word, out))
			return false;
		at = behind;
	}
	buf_add(out, at, (size_t)(end - at));
	return buf_ok(out);
}

static bool
fill(struct filling *f, const char *at, struct buf *out)
{
	while (*at != '\0') {
		const char *end = at + strcspn(at, "\n");

		end += *end == '\n';
		if (!goes(f, at, end) && !fill_line(f, at, end, out))
			return false;
		at = end;
	}
	return buf_ok(out);
}

bool
template_fill(const struct template *text, template_value_fn *value, void *arg,
    struct buf *subject, struct buf *body, const char **missing)
{
	struct filling f = { .text = text, .value = value, .arg = arg };
	bool good =
	    fill(&f, text->subject, subject) && fill(&f, text->body, body);

	*missing = f.missing;
	return good;
}
