/*
 * registration - the steps by which people begin: the master of a contract with
 * its initial password (R-ACC-2), everybody else with a temporary one of his
 * own (R-ACC-7). On the first page the password is proved, on the next one is
 * told who it is, or the new password, and auth writes it (auth/ask.h).
 */
#ifndef PORTAL_REGISTRATION_H
#define PORTAL_REGISTRATION_H

#include "auth/ask.h"
#include "http/flow.h"

/* Steps: begin a session for who has shown that; nothing is mailed. */
enum flow_next registration_check_contract(struct flow *);
enum flow_next registration_check_user(struct flow *);

/* Steps: the session is at that page, and what was typed there is good; all
 * fields that are not are told at once. */
enum flow_next registration_need_contract(struct flow *);
enum flow_next registration_judge_master(struct flow *);
enum flow_next registration_need_password(struct flow *);
enum flow_next registration_judge_password(struct flow *);
/* Of a name by itself, stored as NFC: what is wrong with it, or NULL. */
const char *registration_name_fault(struct flow *);
/* Of a member, one by one. */
enum flow_next registration_judge_name(struct flow *);
enum flow_next registration_judge_email(struct flow *);
enum flow_next registration_judge_locale(struct flow *);
/* Of a user whom a master registers. */
enum flow_next registration_judge_user(struct flow *);
/* Of a contract: its number, and a name, which may be left out. */
enum flow_next registration_judge_contract(struct flow *);

/* Step, behind login_check_voucher(): it is written, and the session goes on
 * under another id. */
enum flow_next registration_write(struct flow *);

/* Step: at the code, or on the way to it; another window may have gone on to
 * the result, which stays. */
enum flow_next registration_need_user(struct flow *);

/* For a step of the same kind: asks auth, with the new password; the question
 * is wiped. */
void registration_ask(
    struct flow *, struct auth_registration *, ipc_answer_fn *answer);

#endif
