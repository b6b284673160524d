/*
 * operator_body - what the JSON of each operation of the operator's desk says,
 * as portal/body.h has it for the others.
 */
#ifndef PORTAL_OPERATOR_BODY_H
#define PORTAL_OPERATOR_BODY_H

#include "http/flow.h"

/* Which page of a list, and of what. */
enum flow_next operator_body_contracts(struct flow *);
enum flow_next operator_body_users(struct flow *);
enum flow_next operator_body_user(struct flow *);
enum flow_next operator_body_mails(struct flow *);
enum flow_next operator_body_audit(struct flow *);
enum flow_next operator_body_figures(struct flow *);

/* Of a user, and of a contract; what an act needs it says itself. */
enum flow_next operator_body_act(struct flow *);
enum flow_next operator_body_certificate(struct flow *);
enum flow_next operator_body_mail(struct flow *);
enum flow_next operator_body_new_user(struct flow *);
enum flow_next operator_body_new_contract(struct flow *);
enum flow_next operator_body_decision(struct flow *);

#endif
