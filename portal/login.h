/*
 * login - the steps about who asks: the password, the voucher that stands in
 * its place on the next page, the code (auth/ask.h). Whose password is
 * temporary goes on at registration (portal/registration.h).
 */
#ifndef PORTAL_LOGIN_H
#define PORTAL_LOGIN_H

#include "auth/ask.h"
#include "http/flow.h"
#include "portal/problem.h"

struct decision;
struct json_value;

/* Mails a code, and begins a session. Who has proved nothing hears the same. */
enum flow_next login_check_password(struct flow *);
/* Condition, behind it: it was an operator's, who gets no certificate of
 * people; then it is asked once more, for one of operators (R-OPS-1). */
bool login_is_operator(const struct flow *);
/* Mails a code, or another one where it may, and the session goes on by
 * that. */
enum flow_next login_ask_code(struct flow *);
/* Before a code: who the session is of is still there, and not locked. */
enum flow_next login_check_voucher(struct flow *);
/* The same where no code follows. */
enum flow_next login_check_alone(struct flow *);
/* Spends the code for the request, if both are good. */
enum flow_next login_check_code(struct flow *);
/* After the certificate (R-LOCK-4). */
enum flow_next login_clear_counters(struct flow *);

/* What it means to a person that they may have no certificate now. */
enum flow_next login_refuse(struct flow *, const struct decision *);

/* ------------------------------------------- for steps of the same kind */

/* R-WEB-8: full-width letters become plain ones, in place. False: no user ID or
 * password is like that; it is AUTH_NOBODY's, and costs as much. */
bool login_fold(struct json_value *);
/* Asks auth; `q` has subject, name and secret, and is wiped. */
void login_ask(struct flow *, struct auth_password *q, ipc_answer_fn *answer);
/* The same with the voucher, and nothing follows: nobody's guess, whatever the
 * answer is. */
void login_show_alone(struct flow *, ipc_answer_fn *answer);
/* What every answer to it has; the attempt goes on if it is AUTH_DONE and no
 * code was mailed. */
const struct auth_password_answer *login_hear(
    struct flow *, const struct ipc_head *);
/* What it means that auth has not done it; `refused`: who is not let in. */
enum flow_next login_tell(struct flow *, enum auth_end, enum problem refused);
/* ... for who is let in by a session, which ends with a refusal. */
enum flow_next login_tell_session(struct flow *, enum auth_end);
/* auth has said that the attempt is over: there is nothing to leave. */
void login_forget_attempt(struct flow *);

#endif
