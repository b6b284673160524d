/*
 * mail_kinds - every mail there is (R-MAIL-2), and the words its text may use.
 * The rows are written by db/schema/ (koshin.notice, koshin.mail_code,
 * koshin.plan_notices): a kind there is a kind here. Some texts are only
 * parts of a mail.
 */
#ifndef MAILER_MAIL_KINDS_H
#define MAILER_MAIL_KINDS_H

#include <stdbool.h>
#include <stddef.h>

#define MAIL_KINDS_WORDS_MAX 16
#define MAIL_KINDS_CODE "code" /* the word for the one-time code itself */
#define MAIL_KINDS_KEEP "keep" /* the word for where an address is kept (T3) */
#define MAIL_KINDS_SERVICE "service" /* the word for the service's name */
#define MAIL_KINDS_MADE_AT "made_at" /* the word for the time of the event */
#define MAIL_KINDS_OPENS "opens"     /* the word for when renewal begins */
#define MAIL_KINDS_DAYS "days"	     /* the word for the days until the end */
#define MAIL_KINDS_CONTACT "contact" /* the words for whom to turn to, */
#define MAIL_KINDS_URL "url"	     /* and where: settings of the service */

/* Entries of the calendar that comes with a notice. */
#define MAIL_KINDS_ENTRY_OPENS "entry_opens"
#define MAIL_KINDS_ENTRY_EXPIRES "entry_expires"

enum mail_kinds_form {
	MAIL_KINDS_TEXT,
	/* Seconds since 1970; shown in the service's zone. */
	MAIL_KINDS_TIME,
	MAIL_KINDS_DAY, /* the day alone: what holds for the whole of it */
};

struct mail_kinds_word {
	const char *name; /* NULL behind the last one */
	enum mail_kinds_form form;
	bool may_lack; /* a line that has it goes where there is no value */
};

struct mail_kind {
	const char *name; /* of the row, and of the text: <name>.txt */
	bool has_code;
	bool of_address; /* its code is that of an address that is left (T3) */
	bool has_calendar; /* with an entry of each kind */
	bool part;	   /* no mail by itself */
	struct mail_kinds_word words[MAIL_KINDS_WORDS_MAX];
};

extern const struct mail_kind kinds[];
extern const size_t kinds_count;

/* NULL: there is none of that name. */
const struct mail_kind *mail_kinds_find(const char *name);
const struct mail_kinds_word *mail_kinds_word(
    const struct mail_kind *, const char *name, size_t len);

#endif
