/*
 * member - the steps of the member area: the certificate that is shown, whose
 * it is and whether it is good at this moment, and the session that rests on
 * it. What a connection has proved is asked of the ledger at each request
 * (docs/decisions/0004), so that a session ends with its certificate.
 */
#ifndef PORTAL_MEMBER_H
#define PORTAL_MEMBER_H

#include "http/flow.h"
#include "policy/facts.h"
#include "portal/problem.h"
#include "portal/visit.h"

/* Steps of whoever is in the member area: his session, his certificate, and
 * both. */
#define MEMBER_STEPS                                                           \
	{ "find session", NULL, visit_find_session },                          \
	    { "find holder", NULL, member_find_holder },                       \
	    { "check session", NULL, member_check_session },                   \
	{                                                                      \
		"need session", NULL, member_need_session                      \
	}

/* Which fault it has, if any. */
enum problem member_judge(const struct facts_holder *);
/* Its holder, who is a person; else which fault it has, and where the browser
 * asks for another (R-WEB-7). Behind visit_find_session(). */
enum flow_next member_find_holder(struct flow *);
/*
 * Behind that: the session is of this very certificate, and of a holder who may
 * still go on by the password that it began with. Otherwise there is none.
 */
enum flow_next member_check_session(struct flow *);
/* Behind that: one has to be there; else PROBLEM_SESSION. */
enum flow_next member_need_session(struct flow *);
/* In, beside a certificate of that very user (R-WEB-4). */
enum flow_next member_enter(struct flow *);
/* The member's certificates are the answer. */
enum flow_next member_list(struct flow *);
/* A renewal is over, or given up: back to the menu. */
enum flow_next member_end_renewal(struct flow *);

/* Into an object: who is there, the certificate, and its renewal. */
void member_write(struct flow *, struct buf *out);

#endif
