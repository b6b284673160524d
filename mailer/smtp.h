/*
 * smtp - hands mails to one relay, several at a time, over connections that
 * are used again (libcurl on libevent; nobody else touches libcurl).
 *
 * Owns:  its connections, and a copy of each message until that is done;
 *        what libcurl frees is wiped, for it held codes and the password.
 * Waits: never. Each mail has 30 s, the way to a ready relay 5 s of them.
 * Limit: at most as many mails at a time as there are connections.
 */
#ifndef MAILER_SMTP_H
#define MAILER_SMTP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"

#define SMTP_ANSWER_MAX 256

struct event_base;
struct smtp;
struct smtp_transfer;

struct smtp_options {
	const char *relay; /* smtp://host:port or smtps://host:port */
	const char *helo;  /* how we greet it; NULL: helo_own() */
	bool starttls;	   /* demanded, or not used at all (F-53) */
	const char *ca;	   /* PEM to verify the relay; NULL: system's */
	const char *user;  /* SMTP AUTH, or NULL */
	const char *password;
	unsigned connections;
};

enum smtp_end {
	SMTP_SENT,
	SMTP_LATER,   /* 4xx, no answer in time, connection lost */
	SMTP_REFUSED, /* this mail for good: 5xx to RCPT, DATA or the text */
	SMTP_DOWN,    /* nobody there: other mails would fare alike */
	SMTP_TROUBLE, /* so too, until an operator acts: no STARTTLS, wrong
		       * certificate, login or sender refused */
};

/*
 * `answer` is the relay's last line, or what libcurl says, in clean ASCII;
 * `code` the number it began with, or 0.
 */
typedef void smtp_done_fn(
    void *arg, enum smtp_end end, unsigned code, const char *answer);

/*
 * Strings of the options are copied. NULL and the reason in `why` if libcurl
 * cannot work with them. One for each process.
 */
struct smtp *smtp_open(
    struct event_base *, const struct smtp_options *, struct fault *why);
/* Drops what is under way, unheard. NULL is fine. */
void smtp_close(struct smtp *);

struct smtp_mail {
	const char *from; /* judged addresses: what is in them is sent as is */
	const char *to;
	const char *bytes; /* CR LF everywhere */
	size_t len;
};

/* `done` is called once, later. */
struct smtp_transfer *smtp_send(
    struct smtp *, const struct smtp_mail *, smtp_done_fn *done, void *arg);
/* Ends it unheard; the relay may have the mail or not. */
void smtp_cancel(struct smtp_transfer *);

#endif
