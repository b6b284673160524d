#include "bench/pairs.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The last pair if it still lacks its half, a new one otherwise. */
static struct pair *
open_pair(struct options *o, bool lacks_cert)
{
	struct pair *more;

	if (o->pair_count > 0) {
		struct pair *last = &o->pairs[o->pair_count - 1];

		if ((lacks_cert ? last->cert : last->key) == NULL)
			return last;
	}
	more = realloc(o->pairs, (o->pair_count + 1) * sizeof(*more));
	if (more == NULL)
		abort();
	o->pairs = more;
	o->pairs[o->pair_count] = (struct pair){ NULL, NULL };
	return &o->pairs[o->pair_count++];
}

static char *
copy(const char *text)
{
	char *s = strdup(text);

	if (s == NULL)
		abort();
	return s;
}

bool
pairs_add_cert(struct options *o, const char *file)
{
	open_pair(o, true)->cert = copy(file);
	return true;
}

bool
pairs_add_key(struct options *o, const char *file)
{
	open_pair(o, false)->key = copy(file);
	return true;
}

static int
is_pem(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return len > 4 && strcmp(d->d_name + len - 4, ".pem") == 0;
}

static void
add_named(struct options *o, const char *dir, const char *name)
{
	int stem = (int)strlen(name) - 4;
	char *cert = NULL, *key = NULL;

	if (asprintf(&cert, "%s/%s", dir, name) < 0 ||
	    asprintf(&key, "%s/%.*s.key", dir, stem, name) < 0)
		abort();
	if (access(key, F_OK) == 0) {
		pairs_add_cert(o, cert);
		pairs_add_key(o, key);
	}
	free(cert);
	free(key);
}

bool
pairs_add_directory(struct options *o, const char *dir)
{
	struct dirent **names = NULL;
	size_t before = o->pair_count;
	int n = scandir(dir, &names, is_pem, alphasort);

	if (n < 0) {
		fprintf(stderr, "estbench: %s: %s\n", dir, strerror(errno));
		return false;
	}
	if (!pairs_complete(o)) {
		for (int i = 0; i < n; i++)
			free(names[i]);
		free(names);
		return false;
	}
	for (int i = 0; i < n; i++) {
		add_named(o, dir, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	if (o->pair_count > before)
		return true;
	fprintf(stderr, "estbench: %s: no NAME.pem with NAME.key\n", dir);
	return false;
}

bool
pairs_complete(const struct options *o)
{
	for (size_t i = 0; i < o->pair_count; i++) {
		const struct pair *p = &o->pairs[i];

		if (p->cert != NULL && p->key != NULL)
			continue;
		fprintf(stderr, "estbench: %s has no --%s\n",
		    p->cert != NULL ? p->cert : p->key,
		    p->cert != NULL ? "key" : "cert");
		return false;
	}
	return true;
}

void
pairs_free(struct options *o)
{
	for (size_t i = 0; i < o->pair_count; i++) {
		free(o->pairs[i].cert);
		free(o->pairs[i].key);
	}
	free(o->pairs);
	o->pairs = NULL;
	o->pair_count = 0;
}
