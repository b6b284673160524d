/*
 * listing - what is kept of users, contracts, certificates, mails or the
 * audit trail: one table of columns is the statement, the printed table and
 * the JSON. `list` shows what fits the options, `show` one of them with all
 * that is known.
 *
 * A list is asked for page by page, each from behind the last row of the page
 * before, along an index (a keyset): however many rows there are, the first
 * ones come at once, no transaction is kept open while somebody reads, and one
 * page is all that is held in memory.
 */
#ifndef CLI_LISTING_H
#define CLI_LISTING_H

#include "cli/session.h"

enum listing_kind {
	LISTING_TEXT,
	LISTING_NUMBER,
	LISTING_SWITCH,
	LISTING_TIME, /* seconds since 1970 */
	LISTING_DAYS, /* the same: how many days are left until then */
	LISTING_JSON,
};

/* Who sees a column; in their order in the table. */
enum listing_shown {
	LISTING_ALWAYS,
	LISTING_SHOW,	  /* by `show` only */
	LISTING_OPERATOR, /* by the operator's `show` only */
};

struct listing_column {
	const char *name; /* key of JSON, heading, and what the row calls it */
	const char *sql;
	enum listing_kind kind;
	enum listing_shown shown;
};

#define LISTING_LIMIT 1000 /* rows of a table on a terminal, without --limit */
#define LISTING_KEYS 2
#define LISTING_WORD_SIZE (FIELD_SERIAL_DIGITS + 1)

/*
 * What rows are sorted by: together unique, and never null in a row of the
 * list. An index has them in this order.
 */
struct listing_order {
	const char *option; /* if it was given; NULL: in every other case */
	const char *value;  /* and was this; NULL: any */
	struct {
		const char *sql, *type; /* NULL: no more */
	} key[LISTING_KEYS];
	bool rising;
};

struct listing {
	const struct listing_column *columns; /* the last has no name */
	const char *from;		      /* of cli/sql/ */
	const char *key; /* condition of one row, `$` is its word, */
	bool (*read)(const char *word, char out[LISTING_WORD_SIZE]); /* read
			by this; NULL: as it is. False: it has been said */
	const char *contract; /* a session's condition; NULL: operator's */
	const struct listing_order *orders; /* the last has no option */
	bool (*none)(const char *word);	    /* says that there is no such */
	const char *things;		    /* "users" */
};

/* How many rows are wanted; SIZE_MAX: all. A pipe and JSON are for programs,
 * which are cut off nothing. */
size_t listing_limit(const struct command_line *);

/*
 * As acts of a command: its row names the listing, and its options have the
 * conditions (command_option.where).
 */
bool listing_list(struct session *);
bool listing_show(struct session *);
/* The same for a word that stands differently in the database. */
bool listing_show_word(struct session *, const char *word);

#endif
