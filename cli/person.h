/*
 * person - the fields of a new account as they were typed, made ready for
 * the database and judged by policy/input, each by its name (R-ACC-3, -5, -6).
 */
#ifndef CLI_PERSON_H
#define CLI_PERSON_H

#include <stdbool.h>

#include "cli/session.h"

enum person_field {
	PERSON_USER_ID,
	PERSON_CONTRACT,
	PERSON_ROLE,
	PERSON_NAME,
	PERSON_EMAIL,
	PERSON_LOCALE,
	PERSON_FIELD_COUNT,
};

extern const struct person_words {
	const char *column;	 /* of a CSV file */
	const char *option;	 /* of a command */
	command_judge_fn *judge; /* NULL: it depends on who asks */
} person_fields[PERSON_FIELD_COUNT];

struct person {
	const char *given[PERSON_FIELD_COUNT]; /* NULL: not asked for */
	const char *label[PERSON_FIELD_COUNT]; /* what refusals name */
	/* People type these themselves: full-width forms become ASCII
	 * (R-WEB-8). Passwords are never folded: what is typed is what is
	 * hashed. */
	bool fold;
	bool may_be_any;
	/* ready for the database; points into `room` */
	struct people_sql_holder ready;
	char room[PERSON_FIELD_COUNT][128];
};

/* What the options and the word of a command say; not judged. */
void person_of_line(struct person *, const struct session *);
/* True when all of them are good; everything that is wrong has been said. */
bool person_judge(struct person *);
/*
 * Registers who has been judged: by the operator, or by the master in whose
 * session it is, where `temporary` is not asked.
 */
struct people_sql_question person_question(const struct session *,
    const struct person *, const char *hash, bool temporary);

#endif
