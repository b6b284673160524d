/*
 * courier - the process that sends what is in the outbox, plans notices,
 * removes old mails, and closes abandoned reservations. Several may run; none
 * sends what another has taken, and none plans what another has planned.
 */
#ifndef MAILER_COURIER_H
#define MAILER_COURIER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/secret.h"
#include "base/stage.h"
#include "policy/profile.h"

struct courier_options {
	const char *conninfo;  /* role koshin_courier */
	const char *relay;     /* smtp://host:port or smtps://host:port */
	const char *helo;      /* how it is greeted; NULL: our own name */
	bool starttls;	       /* demanded, or not used at all */
	const char *ca;	       /* PEM to verify the relay; NULL: the system's */
	const char *user;      /* SMTP AUTH, or NULL */
	const char *password;  /* the password itself */
	const char *from;      /* address, envelope and header */
	const char *service;   /* its name, for texts and From */
	const char *contact;   /* the desk: telephone and hours, or NULL */
	const char *url;       /* the portal's, or NULL */
	const char *keep;      /* where an address is kept (mailer/compose.h) */
	const char *domain;    /* right part of Message-ID */
	const char *templates; /* folder with ja/ and en/ */
	unsigned connections;  /* to the relay at the same time */
	unsigned give_up_h;    /* a notice is given up after this time */
	unsigned retry_first_s, retry_last_s; /* waits between attempts */
	bool installed;	    /* it is seen which certificates are (R-MAIL-7) */
	unsigned keep_days; /* of a mail that has ended; 0: for ever */
	const struct profile *profiles; /* for their renewal windows */
	size_t profile_count;
	const struct secret_key *code_key; /* codes are derived with it */
};

/*
 * Loads and checks all templates, then runs until SIGTERM. It has started when
 * it has them, and serves when the outbox is there. SIGHUP reads the templates
 * again; bad ones are refused and the old ones stay. The exit status.
 */
int courier_run(const struct courier_options *, stage_fn *tell);

#endif
