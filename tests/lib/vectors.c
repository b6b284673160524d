#include "tests/lib/vectors.h"

#include "base/b64.h"
#include "tests/lib/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "tests/vectors/csr"

struct arena *vectors_arena;

int
vectors_begin(void **state)
{
	(void)state;
	vectors_arena = arena_new();
	return 0;
}

int
vectors_end(void **state)
{
	(void)state;
	arena_free(vectors_arena);
	return 0;
}

struct der
vectors_load(struct arena *a, const char *kind, const char *name)
{
	char path[256];
	unsigned char *bytes;
	long size;
	FILE *f;

	snprintf(path, sizeof(path), FOLDER "/%s/%s.der", kind, name);
	f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("%s: cannot be read", path);
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	bytes = arena_zero(a, (size_t)size);
	assert_int_equal(fread(bytes, 1, (size_t)size, f), size);
	fclose(f);
	return (struct der){ bytes, (size_t)size };
}

const char *
vectors_read(struct arena *a, struct der der, const struct profile *profile,
    struct csr **csr)
{
	size_t size = b64_encoded_size(der.len, B64_LINES_64);
	char *text = malloc(size + 1);
	struct der decoded;
	const char *reason;

	assert_non_null(text);
	size = b64_encode(text, der.at, der.len, B64_LINES_64);
	reason = csr_decode(a, text, size, true, &decoded);
	if (reason == NULL)
		reason = csr_read(a, &decoded, csr);
	if (reason == NULL)
		reason = csr_prove(*csr);
	if (reason == NULL)
		reason = csr_judge(*csr, profile);
	free(text);
	return reason;
}

struct csr *
vectors_good(struct arena *a, const char *name)
{
	struct profile profile = profile_person();
	struct csr *csr = NULL;
	const char *reason;

	profile.keys.kinds |= KEYS_P521;
	reason = vectors_read(a, vectors_load(a, "good", name), &profile, &csr);
	if (reason != NULL)
		fail_msg("%s: %s", name, reason);
	return csr;
}

void
vectors_each(const char *kind, void (*each)(const char *name))
{
	char path[256], name[256];
	struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), FOLDER "/%s", kind);
	folder = opendir(path);
	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		size_t len = strlen(entry->d_name);

		if (len < 5 || strcmp(entry->d_name + len - 4, ".der") != 0)
			continue;
		snprintf(
		    name, sizeof(name), "%.*s", (int)(len - 4), entry->d_name);
		each(name);
	}
	closedir(folder);
}

static const char *wanted_prefix, *wanted_part;
static int found;

static void
check_refused(const char *name)
{
	struct profile profile = profile_person();
	struct arena *a;
	struct csr *csr;
	const char *reason;

	if (strncmp(name, wanted_prefix, strlen(wanted_prefix)) != 0)
		return;
	a = arena_new();
	profile.keys.kinds |= KEYS_P521;
	reason = vectors_read(a, vectors_load(a, "bad", name), &profile, &csr);
	if (reason == NULL)
		fail_msg("%s: accepted", name);
	else if (strstr(reason, wanted_part) == NULL)
		fail_msg("%s: refused, but: %s", name, reason);
	else if (strlen(reason) > 299 || reason[strlen(reason) - 1] != '.')
		fail_msg("%s: no sentence for people: %s", name, reason);
	arena_free(a);
	found++;
}

void
vectors_refused(const char *prefix, const char *part)
{
	wanted_prefix = prefix;
	wanted_part = part;
	found = 0;
	vectors_each("bad", check_refused);
	if (found == 0)
		fail_msg("no vector %s", prefix);
}
