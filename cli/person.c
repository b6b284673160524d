#include "cli/person.h"

#include <stdio.h>
#include <string.h>

#include "base/unicode.h"
#include "cli/field.h"
#include "policy/input.h"

const struct person_words person_fields[PERSON_FIELD_COUNT] = {
	[PERSON_USER_ID] = { "user_id", "--user-id", input_user_id },
	[PERSON_CONTRACT] = { "contract", "--contract", input_contract },
	[PERSON_ROLE] = { "role", "--role", NULL },
	[PERSON_NAME] = { "name", "--name", input_name },
	[PERSON_EMAIL] = { "email", "--email", input_email },
	[PERSON_LOCALE] = { "locale", "--locale", input_locale },
};

static const char *
judge_role(const struct person *p, const char *role)
{
	if (strcmp(role, "general") == 0 || strcmp(role, "device") == 0 ||
	    (p->may_be_any &&
		(strcmp(role, "master") == 0 || strcmp(role, "operator") == 0)))
		return NULL;
	return p->may_be_any ? "must be master, general, device or operator"
			     : "must be general or device";
}

static const char *
judge(const struct person *p, enum person_field f, const char *text)
{
	return person_fields[f].judge != NULL
		   ? person_fields[f].judge(text, strlen(text))
		   : judge_role(p, text);
}

/* Into its room, in the form that is judged and kept. NULL, or what is
 * wrong. */
static const char *
prepare(struct person *p, enum person_field f)
{
	const char *given = p->given[f];
	char *room = p->room[f];
	size_t size = sizeof(p->room[f]);
	size_t len = strlen(given);

	if (f == PERSON_NAME) /* stored as NFC (R-ACC-5) */
		return unicode_nfc(given, len, room, size)
			   ? NULL
			   : "must be 1 to 20 characters of UTF-8";
	if (len >= size)
		return judge(p, f, given);
	if (!p->fold)
		memcpy(room, given, len + 1);
	else if (!input_fold_width(given, len, room))
		return "must be UTF-8";
	return NULL;
}

static bool
ready(struct person *p, enum person_field f, const char **out)
{
	const char *wrong;

	*out = NULL;
	if (p->given[f] == NULL)
		return true;
	wrong = prepare(p, f);
	if (wrong == NULL)
		wrong = judge(p, f, p->room[f]);
	*out = p->room[f];
	if (!field_ok(p->label[f], wrong))
		return false;
	if (f == PERSON_NAME)
		field_tell_stored(p->label[f], p->given[f], p->room[f]);
	return true;
}

bool
person_judge(struct person *p)
{
	struct people_sql_holder *r = &p->ready;
	bool good = ready(p, PERSON_CONTRACT, &r->contract);

	good &= ready(p, PERSON_USER_ID, &r->user_id);
	good &= ready(p, PERSON_ROLE, &r->role);
	good &= ready(p, PERSON_NAME, &r->name);
	good &= ready(p, PERSON_EMAIL, &r->email);
	good &= ready(p, PERSON_LOCALE, &r->locale);
	return good;
}

void
person_of_line(struct person *p, const struct session *d)
{
	*p = (struct person){ .may_be_any = d->who == AUTHORITY_OPERATOR };
	for (int f = 0; f < PERSON_FIELD_COUNT; f++) {
		p->given[f] = command_value(d->line, person_fields[f].option);
		p->label[f] = person_fields[f].option;
	}
	p->label[PERSON_USER_ID] = "USER_ID";
	if (d->line->word != NULL)
		p->given[PERSON_USER_ID] = d->line->word;
	if (p->given[PERSON_LOCALE] == NULL)
		p->given[PERSON_LOCALE] = d->config->service.locale;
}

struct people_sql_question
person_question(const struct session *d, const struct person *p,
    const char *hash, bool temporary)
{
	if (d->who != AUTHORITY_OPERATOR)
		return people_sql_register_member(&p->ready, hash);
	return people_sql_add_account(d->remark, &p->ready, hash, temporary);
}
