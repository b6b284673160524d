#include "policy/facts.h"

#include "base/believe.h"

#include <stdio.h>
#include <string.h>

static const char *const roles[] = {
	[FACTS_MASTER] = "master",
	[FACTS_GENERAL] = "general",
	[FACTS_DEVICE] = "device",
	[FACTS_OPERATOR] = "operator",
};

static const char *const states[] = {
	[FACTS_ACTIVE] = "active",
	[FACTS_BLOCKED] = "blocked",
	[FACTS_SUSPENDED] = "suspended",
	[FACTS_CLOSED] = "closed",
};

#define COUNT(words) (sizeof(words) / sizeof((words)[0]))

/* The place of `word` among `words`; `count` if it is none of them. */
static size_t
find(const char *const *words, size_t count, const char *word)
{
	size_t i = 0;

	if (word == NULL)
		return count;
	while (i < count && strcmp(words[i], word) != 0)
		i++;
	return i;
}

bool
facts_read_role(const char *word, enum facts_role *out)
{
	size_t at = find(roles, COUNT(roles), word);

	if (at == COUNT(roles))
		return false;
	*out = (enum facts_role)at;
	return true;
}

bool
facts_read_state(const char *word, enum facts_state *out)
{
	size_t at = find(states, COUNT(states), word);

	if (at == COUNT(states))
		return false;
	*out = (enum facts_state)at;
	return true;
}

bool
facts_profile_allowed(const struct facts_account *a, const char *name)
{
	size_t len = strlen(name);
	const char *at = a->profiles;

	if (at[0] == '\0')
		return true;
	while (at != NULL && (strncmp(at, name, len) != 0 ||
				 (at[len] != ',' && at[len] != '\0'))) {
		at = strchr(at, ',');
		if (at != NULL)
			at++;
	}
	return at != NULL;
}

void
facts_mask_email(struct facts_account *a)
{
	char whole[sizeof(a->email)];
	const char *at;

	memcpy(whole, a->email, sizeof(whole));
	at = strchr(whole, '@');
	if (at == NULL)
		a->email[0] = '\0';
	else
		snprintf(a->email, sizeof(a->email), "%.1s***%s", whole, at);
}

#define TEXT_GOOD(field) believe_text(field, sizeof(field))

bool
facts_account_good(const struct facts_account *a)
{
	return TEXT_GOOD(a->user_id) && TEXT_GOOD(a->contract) &&
	       TEXT_GOOD(a->name) && TEXT_GOOD(a->email) &&
	       TEXT_GOOD(a->locale) && TEXT_GOOD(a->password_hash) &&
	       TEXT_GOOD(a->profiles) && believe_flag(&a->temporary_password) &&
	       (size_t)a->role < COUNT(roles) &&
	       (size_t)a->state < COUNT(states);
}

static bool
certificate_good(const struct facts_certificate *c)
{
	return TEXT_GOOD(c->profile) && believe_flag(&c->exists) &&
	       believe_flag(&c->issued) && believe_flag(&c->revoked) &&
	       believe_flag(&c->current) && believe_flag(&c->installed);
}

bool
facts_holder_good(const struct facts_holder *h)
{
	return facts_account_good(&h->account) &&
	       certificate_good(&h->current) && certificate_good(&h->presented);
}
