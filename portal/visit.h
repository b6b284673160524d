/*
 * visit - one request of the API, from its cookie to its answer: the state of
 * every endpoint below /api/, and the steps that all of them share.
 */
#ifndef PORTAL_VISIT_H
#define PORTAL_VISIT_H

#include "db/people.h"
#include "http/client_certificate.h"
#include "http/json.h"
#include "portal/feed.h"
#include "portal/portal.h"
#include "portal/session.h"
#include "pki/csr.h"

#include <string.h>

struct visit {
	struct problem_more more; /* for a problem to tell */

	/* The session. */
	bool known;		/* a cookie came that can be one */
	struct digest id;	/* of that, or of the one that begins */
	struct secret_key seal; /* of what only that browser may use */
	struct session session;
	char fresh[SESSION_ID_SIZE]; /* of one that begins; else empty */
	/* Of the session in the database, of a member; else empty. */
	char token[SESSION_TOKEN_SIZE];
	bool changed; /* it is to be kept anew */

	/* What the body says. */
	struct json_value user, password, replace, code, request;
	struct json_value server_key, passphrase, form;
	struct json_value contract, old_password, password_again, person_name,
	    email, email_again, locale, token_of_link;

	/* Of a master's desk (portal/desk.h). */
	struct json_value list, search, sort, down, after, most, reason, role,
	    certificate, why, csv;
	const struct people_user *target; /* whom it is about, if one is */
	struct people_left left;	  /* what may still be done */
	const struct auth_made *made;	  /* a password, until it is shown */
	bool done;			  /* there was something to do */
	time_t reopens_until;		  /* of one that was closed now */
	struct table *table;		  /* of users to be registered */

	char feed[FEED_TOKEN_SIZE]; /* of a calendar that begins; else empty */

	/* Who it is, and what is asked for. */
	struct client_certificate shown; /* to the listener of members */
	struct auth_handle attempt;	 /* 0: none is open */
	struct facts_holder holder;
	bool shows_good; /* shown.h: a good one of ours */
	struct decision decision;
	bool code_right;
	struct csr *csr;
	enum problem csr_problem; /* kept until the code was right */
	struct issuer_question ask;
	bool issued;
	struct serial serial;
	struct digest receipt;

	/* For the log line; texts are NULL where there is none. */
	const char *name;      /* only after the password was right */
	const char *evaluated; /* as est/enroll.h has it */
	const char *note;
};

static inline struct visit *
visit_of(const struct flow *f)
{
	return f->state;
}

/* Of this listener. */
static inline const char *
visit_cookie(const struct flow *f)
{
	if (portal_of(f)->operators)
		return SESSION_COOKIE_OF_OPERATOR;
	return portal_of(f)->members ? SESSION_COOKIE_OF_MEMBER
				     : SESSION_COOKIE;
}

/* The profile that people get certificates under, or operators; who renews one
 * stays under its own (R-CERT-11). */
const struct profile *visit_profile(const struct flow *);
/* That of operators, where their desk is open (R-OPS-1); NULL: it is not. */
const struct profile *visit_profile_of_operators(const struct flow *);

/* What it is all about: a member renews. */
static inline enum decide_operation
visit_operation(const struct flow *f)
{
	if (portal_of(f)->members)
		return DECIDE_REENROLL;
	return visit_of(f)->session.replaces ? DECIDE_REPLACE : DECIDE_ENROLL;
}

/* A member of the request is at fault; `why` is what is right, or NULL. */
enum flow_next visit_refuse_field(
    struct flow *, enum problem, const char *field, const char *why);

/* Step: the session of the cookie, if there is one. */
enum flow_next visit_find_session(struct flow *);
/* Step, behind it: it is at the code or beyond; else PROBLEM_SESSION, or
 * PROBLEM_ELSEWHERE. */
enum flow_next visit_need_session(struct flow *);
/* The same for steps of a door's own: at one of these, each `1U << step`. */
enum flow_next visit_need(struct flow *, unsigned steps);
/* The id of the session that begins if all goes well, and its token. */
void visit_new_id(struct flow *);
/* A session begins, under a new id, or under that; whoever was here before, in
 * the same browser, is not any more. */
void visit_begin_session(struct flow *);
/* Step: what it has come to is kept; a new one gets its cookie. */
enum flow_next visit_keep_session(struct flow *);
/* The same of one that there is, beside a refusal; nobody waits for that. */
void visit_keep_beside(struct flow *);
/* Step: it ends, at once. */
enum flow_next visit_end_session(struct flow *);
/* It ends beside a refusal; nobody waits for that. */
void visit_lose_session(struct flow *);
/* To this request there is none. */
void visit_forget_session(struct flow *);

/* Of an endpoint. */
void visit_leave(struct flow *);
void visit_log(const struct flow *, struct log_line *);

/* Condition: the session has to be kept anew. */
static inline bool
visit_changed(const struct flow *f)
{
	return visit_of(f)->changed;
}

/* Body of the answer; `out` is copied and freed. */
enum flow_next visit_answer(struct flow *, struct buf *out);

#endif
