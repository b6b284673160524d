/*
 * operator - the steps of the operator's desk (R-OPS-1..5), which has a
 * listener of its own: what is read of all contracts, and what is done to one,
 * to a user, a certificate, a mail.
 *
 * Who may do what the database judges, in the session that auth has opened
 * (db/schema/functions_operator.sql); here words are read, and refusals told.
 * An act takes the password anew, for which auth opens a session of its own:
 * the one of the log-in reads (R-OPS-3).
 *
 * What is done is on its way when the client leaves, and is done.
 */
#ifndef PORTAL_OPERATOR_H
#define PORTAL_OPERATOR_H

#include "policy/second.h"
#include "portal/visit.h"

#define OPERATOR_REMARK "desk" /* beside the act, in the audit trail */

/* What may be done: the rows of portal/operator_acts.c. */
struct operator_visit;
struct operator_act {
	const char *word;
	bool proof;   /* the password anew (R-OPS-3) */
	bool reason;  /* has to be said */
	bool makes;   /* a password */
	bool initial; /* which is a contract's */
	bool settles; /* Redis has to follow */
	bool silent;  /* its function does not say whether there was anything */
	bool two;     /* it may take a second one, */
	enum second_act second; /* as this (R-OPS-4) */
	/* Of what begins, where its name may be another's: how that is told,
	 * and of which field. */
	enum problem taken;
	const char *named;
	/* Of what takes two that one cannot propose so: PROBLEM_NONE says
	 * PROBLEM_SECOND. */
	enum problem seconded;
	/* NULL: there is no `value` to it; else the fault of that. */
	const char *(*judge)(struct flow *);
	/* What stands in `o` is good as long as that. */
	struct people_sql_question (*ask)(const struct operator_visit *o);
};

/* What the body of such a request says, beside what visits have. */
struct operator_visit {
	struct visit visit; /* visit_of() */
	struct json_value state, failed, action, since, until, before, by,
	    count, act, what, value, id, confirm;
	/* Of the session that the password of this act has opened. */
	char proof[SESSION_TOKEN_SIZE];
	const struct operator_act *doing;
	bool proposed; /* it waits for a second operator, or is about to */
	bool resets;   /* what is confirmed takes a new initial password */
};

static inline struct operator_visit *
operator_of(const struct flow *f)
{
	return f->state;
}

/* Whoever is here is an operator, who has logged in here. */
enum flow_next operator_need_session(struct flow *);
/* Into an object: who that is. */
void operator_write(struct flow *, struct buf *out);

/* ---------------------------------------------------------------- reading */

/* Each answers with what the database tells (db/people.h), or names the member
 * of the request that is no word or number of its own. */
enum flow_next operator_list_contracts(struct flow *);
enum flow_next operator_list_users(struct flow *);
enum flow_next operator_list_certificates(struct flow *);
enum flow_next operator_list_mails(struct flow *);
enum flow_next operator_search_audit(struct flow *);
enum flow_next operator_count(struct flow *);
enum flow_next operator_list_proposals(struct flow *);

/* -------------------------------------------------------------------- acts */

/* Which act it is, and what it needs is said; else which field is at fault. */
enum flow_next operator_judge_user_act(struct flow *);
enum flow_next operator_judge_contract_act(struct flow *);
enum flow_next operator_judge_certificate(struct flow *);
enum flow_next operator_judge_mail(struct flow *);
enum flow_next operator_judge_new_user(struct flow *);
enum flow_next operator_judge_new_contract(struct flow *);
enum flow_next operator_judge_decision(struct flow *);

/* Conditions of the steps below, by the act. */
bool operator_wants_proof(const struct flow *);
bool operator_confirms(const struct flow *);
bool operator_makes_password(const struct flow *);
bool operator_settles(const struct flow *);

/* auth: the operator's own password, which opens a session for this act. */
enum flow_next operator_prove(struct flow *);
/* Which proposal it is the database says. */
enum flow_next operator_find_proposal(struct flow *);
/* auth makes a password, which is in the answer and nowhere else. */
enum flow_next operator_make_password(struct flow *);
/* PostgreSQL does it; or says that it takes two, */
enum flow_next operator_do(struct flow *);
bool operator_takes_two(const struct flow *);
/* and writes down that a second one has to confirm it (R-OPS-4). */
enum flow_next operator_propose(struct flow *);
/* auth has Redis follow (R-LOCK-6, O-09). */
enum flow_next operator_settle(struct flow *);
enum flow_next operator_tell_done(struct flow *);

#endif
