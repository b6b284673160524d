/*
 * login - the steps about who asks: the password, the voucher that stands in
 * its place on the next page, the code (auth/ask.h).
 */
#ifndef PORTAL_LOGIN_H
#define PORTAL_LOGIN_H

#include "http/flow.h"

struct decision;

/* Mails a code, and begins a session. Who has proved nothing hears the same. */
enum flow_next login_check_password(struct flow *);
/* Mails another code where it may, and the session goes on by that. */
enum flow_next login_ask_code(struct flow *);
/* Before a code: who the session is of is still there, and not locked. */
enum flow_next login_check_voucher(struct flow *);
/* Spends the code for the request, if both are good. */
enum flow_next login_check_code(struct flow *);
/* After the certificate (R-LOCK-4). */
enum flow_next login_clear_counters(struct flow *);

/* What it means to a person that they may have no certificate now. */
enum flow_next login_refuse(struct flow *, const struct decision *);

#endif
