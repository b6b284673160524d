/*
 * old_mails - when mails are removed that ended long ago (R-MAIL-6): at the
 * start and each hour, a few at a time, so that mails go out between. What
 * they told is not told again; what was changed stands in the audit trail.
 *
 * Every courier does it. What one has removed is gone for the others.
 */
#ifndef MAILER_OLD_MAILS_H
#define MAILER_OLD_MAILS_H

struct event_base;
struct outbox;
struct old_mails;

/* 0 days: they are kept for ever, and nothing is ever asked. */
struct old_mails *old_mails_new(
    struct event_base *, struct outbox *, unsigned keep_days);
void old_mails_free(struct old_mails *); /* NULL is fine */

#endif
