/*
 * message - the bytes of one mail, ready for SMTP: RFC 5322 header, text in
 * base64 (RFC 2045), CR LF at every line's end; with a calendar as an
 * attachment where there is one.
 *
 * The same mail gives the same bytes, so a second sending is a true copy
 * (I-10). libcurl would do none of this for us: it does not encode headers
 * and mends no line ends.
 */
#ifndef MAILER_MESSAGE_H
#define MAILER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/buf.h"

#define MESSAGE_MAX 65536 /* bytes; a ceiling for the buffer */

struct message {
	const char *service; /* UTF-8; the name in From */
	const char *from;    /* address */
	const char *to;	     /* address */
	const char *subject; /* UTF-8, one line */
	const char *body;    /* UTF-8, lines ended by LF */
	size_t body_len;
	const char *calendar; /* RFC 5545, ended by CR LF; or NULL */
	size_t calendar_len;
	const char *id;	    /* left part of the Message-ID */
	const char *domain; /* right part */
	time_t date;	    /* of the event: stable */
	time_t expires;	    /* the content is worthless then; 0: never */
};

/* Addresses and ids must have been judged. False: it did not fit `out`. */
bool message_build(const struct message *, struct buf *out);

#endif
