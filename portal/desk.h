/*
 * desk - the steps of a master's desk, in the member area (R-WEB-5): what is
 * read of the users of the contract, and what is done to one of them.
 *
 * No request names a contract. The database takes it from the session that auth
 * has begun with the password (docs/decisions/0019, 0059), and judges who may
 * do what to whom once more (I-14); here it is judged first, by
 * policy/authority, so that the refusal can say why.
 *
 * What is done is on its way when the client leaves, and is done.
 */
#ifndef PORTAL_DESK_H
#define PORTAL_DESK_H

#include "http/flow.h"
#include "policy/authority.h"
#include "portal/problem.h"

struct people_certificate;

/* Behind MEMBER_STEPS: whoever is here is a master; else PROBLEM_MASTER. */
enum flow_next desk_need_master(struct flow *);
/* The database has no session of that token any more: log in again. */
enum flow_next desk_lost(struct flow *);

/* ---------------------------------------------------------------- reading */

/* The answer: how many are on each list, and a page of one of them. */
enum flow_next desk_count(struct flow *);
enum flow_next desk_list(struct flow *);
/* `user` of the request becomes visit->target; else PROBLEM_NO_USER. */
enum flow_next desk_find(struct flow *);
/* The answer about that one, and what may be done. */
enum flow_next desk_show(struct flow *);
/* A table of users, judged row by row (portal/desk_table.c). */
#define DESK_TABLE_ROWS_MAX 500
enum flow_next desk_read_table(struct flow *);

/* ------------------------------------------------- acts, behind desk_find() */

/* May the master do that to the target, and may it be done to it now?
 * PROBLEM_NONE, or why not. */
enum problem desk_judge(struct flow *, enum authority_act);

/* The profile of the certificate lets a master revoke those of the target. */
bool desk_revocable(struct flow *, const struct people_certificate *);
/* Until then it can be opened again (T7); 0: it is not closed. */
time_t desk_reopens_until(time_t closed_at);

/* Each may be done to the target now, or is refused. */
enum flow_next desk_may_lift(struct flow *);
enum flow_next desk_may_give(struct flow *);
enum flow_next desk_may_close(struct flow *);
enum flow_next desk_may_reopen(struct flow *);
enum flow_next desk_may_remind(struct flow *);
/* `certificate` of the request is the target's, and its profile says yes. The
 * reason is judged before (portal/revocation.h). */
enum flow_next desk_may_revoke(struct flow *);

/* It is done, and visit->done says whether there was anything to do. */
enum flow_next desk_lift_user(struct flow *);
enum flow_next desk_close_user(struct flow *);
enum flow_next desk_reopen_user(struct flow *);
enum flow_next desk_remind_user(struct flow *);
enum flow_next desk_revoke_certificate(struct flow *);

/* auth makes a password, which is in the answer and nowhere else. */
enum flow_next desk_make_password(struct flow *);
/* It becomes the target's. */
enum flow_next desk_give_password(struct flow *);
/* auth has Redis follow what the database says was done (R-LOCK-6, O-09). */
enum flow_next desk_settle(struct flow *);

/* A new user, whose fields are good (portal/registration.h): nobody has that
 * user ID (T6), and then there he is. */
enum flow_next desk_claim_user(struct flow *);
enum flow_next desk_register_user(struct flow *);

/* Answers: of an act, and of one that has made a password. */
enum flow_next desk_tell_done(struct flow *);
enum flow_next desk_tell_password(struct flow *);

#endif
