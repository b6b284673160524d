/*
 * people - what somebody in a session asks of PostgreSQL from an event loop:
 * what a master's desk reads (db/schema/functions_desk.sql), what stands about
 * himself, and what is done to accounts (db/people_sql.h).
 *
 * Each question is a transaction of its own, that enters the session of a token
 * (docs/decisions/0019) and has left it when it ends: many people share the
 * connection, and nothing of one is there for the next.
 *
 * Role:    koshin_member.
 * Owns:    nothing of a question; texts are copied out before it returns.
 * Waits:   never; each is answered once, later (base/call.h). NULL: no memory,
 *          and nobody is called.
 * Fails:   enum db_rc. DB_NONE: not there, or somebody else's, or the session
 *          is over; where it reads, the session is over. DB_LIMIT: the session
 *          lets a master do it no more today. DB_CONFLICT: the user ID is
 *          taken. DB_REFUSED: not for who asks; of an operator who reads, the
 *          session is over. DB_SECOND, DB_STATE.
 * Repeat:  what was answered DB_DOWN may have happened.
 */
#ifndef DB_PEOPLE_H
#define DB_PEOPLE_H

#include <stdbool.h>
#include <time.h>

#include "base/call.h"
#include "db/people_sql.h"
#include "db/rc.h"

struct event_base;
struct people;

/* `conninfo` must outlive it. Never NULL: it connects by and by. */
struct people *people_open(struct event_base *, const char *conninfo);
/* Open questions are answered DB_DOWN first. NULL is fine. */
void people_close(struct people *);
bool people_up(const struct people *);
/* `up(arg)` is called each time the connection has come; NULL: no more. */
void people_when_up(struct people *, void (*up)(void *arg), void *arg);

/* ---------------------------------------------------------------- reading */

struct people_page {
	time_t month_ends;
	const char *list;   /* of functions_desk.sql: all, ... */
	const char *search; /* a part of ID, name or address; "": any */
	const char *sort;   /* user_id, name, state, not_after */
	bool down;
	const char *after; /* the user of the row before; NULL: the first */
	unsigned most;
};

/* A time is 0 where there is none; so is an empty text. */
struct people_user {
	const char *user_id, *role, *name, *email;
	const char *state; /* locked, too */
	time_t locked_until;
	bool temporary_password;
	const char *serial; /* of the current certificate, hexadecimal */
	time_t not_after;
	time_t installed_at; /* first seen in use */
	time_t refused_at;   /* the last mail to that address */
	time_t closed_at;
};

/* The rows are walked by people_next(). `found`: on all pages, and 0 on one
 * without rows. */
struct people_rows;
typedef void people_page_fn(
    void *arg, enum db_rc rc, struct people_rows *rows, unsigned found);
/* False: there are no more. What it points to lives for the answer. */
bool people_next(struct people_rows *, struct people_user *);

/* A page of one of the lists. */
struct call *people_list(struct people *, const char *token,
    const struct people_page *, people_page_fn *answer, void *arg);

/* What a master may still do for a user (T6, T7). */
struct people_left {
	unsigned lifts, passwords;
};
/* `user` is NULL where there is none of that name. */
typedef void people_user_fn(void *arg, enum db_rc rc,
    const struct people_user *user, const struct people_left *left);
struct call *people_find(struct people *, const char *token,
    const char *user_id, people_user_fn *answer, void *arg);

struct people_certificate {
	const char *serial, *profile;
	time_t not_before, not_after;
	bool current, installed, revoked;
};
#define PEOPLE_CERTIFICATES_MAX 20
/* The newest first; without a session there are none. */
typedef void people_certificates_fn(void *arg, enum db_rc rc,
    const struct people_certificate *list, unsigned count);
struct call *people_list_certificates(struct people *, const char *token,
    const char *user_id, people_certificates_fn *answer, void *arg);

struct people_figures {
	unsigned all, without, expiring, uninstalled, locked, bounced, closed;
	unsigned closes_left; /* in this hour (T7) */
};
typedef void people_figures_fn(
    void *arg, enum db_rc rc, const struct people_figures *);
/* How many are on each. */
struct call *people_count(struct people *, const char *token, time_t month_ends,
    people_figures_fn *answer, void *arg);

/* Which of these user IDs, with commas between, stand in the contract: each is
 * told by itself, and NULL is the end. */
typedef void people_taken_fn(void *arg, enum db_rc rc, const char *user_id);
struct call *people_find_taken(struct people *, const char *token,
    const char *user_ids, people_taken_fn *answer, void *arg);

/* What stands about the one whose session it is. */
struct people_own {
	const char *name, *email, *locale;
	const char *email_next; /* one that waits; "": none */
	time_t email_at;	/* until then, */
	bool email_code;	/* or for a code that the old one got (T3) */
	bool feed;		/* the calendar has an address */
};
typedef void people_own_fn(void *arg, enum db_rc rc, const struct people_own *);
struct call *people_find_own(
    struct people *, const char *token, people_own_fn *answer, void *arg);

/* What an operator's desk reads (db/schema/functions_operator_desk.sql): an
 * object of JSON, as portal/openapi.yaml has it. */
enum people_reading {
	PEOPLE_CONTRACTS,
	PEOPLE_USERS,
	PEOPLE_CERTIFICATES,
	PEOPLE_MAILS,
	PEOPLE_AUDIT,
	PEOPLE_FIGURES,
	PEOPLE_PROPOSALS,
	PEOPLE_READINGS, /* how many there are */
};
typedef void people_json_fn(
    void *arg, enum db_rc rc, const char *json, size_t len);
/* `values` are the parameters of its db/sql/operator_*.sql, in text form; as
 * many as it has. NULL is SQL NULL. */
#define PEOPLE_VALUES_MAX 7
struct call *people_read(struct people *, const char *token,
    enum people_reading, const char *const values[PEOPLE_VALUES_MAX],
    people_json_fn *answer, void *arg);

/* --------------------------------------------------------------- changing */

/* One of people_sql's: what a member may, and what an operator may who comes
 * as one (find_changes).
 * `anything`: there was something to do. */
typedef void people_done_fn(void *arg, enum db_rc rc, bool anything);
struct call *people_do(struct people *, const char *token,
    const struct people_sql_question *, people_done_fn *done, void *arg);

/* Before somebody is registered: `anything` is false where the user ID is
 * somebody's, of whatever contract, which is counted (T6). */
struct call *people_claim(struct people *, const char *token,
    const char *user_id, people_done_fn *done, void *arg);

/* The session ends: its token is worth nothing any more. */
struct call *people_leave(
    struct people *, const char *token, people_done_fn *done, void *arg);

#endif
