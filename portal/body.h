/*
 * body - what the JSON of each operation says (portal/openapi.yaml): which
 * members there are, and how long. All are steps: into the visit, or a problem
 * that names the member. What the members mean is judged elsewhere.
 */
#ifndef PORTAL_BODY_H
#define PORTAL_BODY_H

#include "http/flow.h"
#include "http/json.h"

/* These members, for one that is not below. */
enum flow_next body_read(
    struct flow *, const struct json_member *members, size_t count);

/* An object without members. */
enum flow_next body_nothing(struct flow *);
/* Of a holder, and whether he wants a replacement. */
enum flow_next body_password(struct flow *);
/* Of a contract, and its initial one. */
enum flow_next body_contract(struct flow *);
/* Of a user: temporary, or beside a certificate. */
enum flow_next body_login(struct flow *);
/* What comes in its place. */
enum flow_next body_new_password(struct flow *);
/* The same, and the one of before. */
enum flow_next body_changed_password(struct flow *);
/* All that a master registers with. */
enum flow_next body_master(struct flow *);
/* Code, and CSR or the wish for the key that was made here. */
enum flow_next body_request(struct flow *);
/* Of a file of that key. */
enum flow_next body_passphrase(struct flow *);

/* Of a member's own details. */
enum flow_next body_name(struct flow *);
enum flow_next body_email(struct flow *);
enum flow_next body_email_code(struct flow *);
enum flow_next body_locale(struct flow *);
/* A certificate of his, why, and the password. */
enum flow_next body_own_certificate(struct flow *);

/* Of a master's desk: which page of which list; a user, one with a reason, and
 * one with a certificate of his; a new one, and a table of them. */
enum flow_next body_desk_page(struct flow *);
enum flow_next body_desk_user(struct flow *);
enum flow_next body_desk_reason(struct flow *);
enum flow_next body_desk_certificate(struct flow *);
enum flow_next body_desk_new_user(struct flow *);
enum flow_next body_desk_table(struct flow *);

#endif
