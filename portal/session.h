/*
 * session - what the portal knows between two requests of one browser, and the
 * cookie by which that browser is known.
 *
 *	NOTHING --> CODE	the password was right; a code is mailed
 *	   |  |       |    ^
 *	   |  |       v	   |
 *	   |  |    ISSUED  |	the certificate is there, and is shown again
 *	   |  v		   |
 *	   | PASSWORD	   |	it was a temporary one; his own is wanted
 *	   v	\	   |
 *	CONTRACT \	   |	its initial password was right; a master is
 *		\ \	   |	wanted
 *		 v v	   |
 *	       REGISTERED -+	who begins has an account with a password
 *
 * In the member area it begins beside a certificate, at MEMBER; CODE and
 * ISSUED are those of a renewal, which leads back there.
 *
 * The id is 128 random bits that only the browser has; Redis knows the session
 * by its digest (db/sessions.h). It begins at the password, with a new id, and
 * gets another one with the registration.
 * After the certificate it still has its voucher (policy/voucher.h), so that
 * the same request gets the same certificate (I-6).
 *
 * Owns:    nothing; texts lie in the bytes that it was read from.
 * Threads: any.
 */
#ifndef PORTAL_SESSION_H
#define PORTAL_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/must.h"
#include "pki/der.h"
#include "policy/voucher.h"

/* Ports do not keep cookies apart, so names do. */
#define SESSION_COOKIE "__Host-koshin-portal"
#define SESSION_COOKIE_OF_MEMBER "__Host-koshin-member"
#define SESSION_COOKIE_OF_OPERATOR "__Host-koshin-operator"
#define SESSION_ID_SIZE 33 /* 32 hexadecimal digits and a NUL */
/* With this page of the host alone, never by a link from elsewhere. */
#define SESSION_COOKIE_RULES "; Path=/; Secure; HttpOnly; SameSite=Strict"
#define SESSION_COOKIE_ENDS SESSION_COOKIE_RULES "; Max-Age=0"

enum session_at {
	SESSION_NOTHING,
	SESSION_CODE,
	SESSION_ISSUED,
	SESSION_PASSWORD,
	SESSION_CONTRACT,
	SESSION_REGISTERED,
	SESSION_MEMBER,
	SESSION_OPERATOR, /* as that, at the listener of operators */
	SESSION_STEPS,	  /* how many there are */
};

/* What one of the member area rests on; elsewhere it is not there. */
struct session_member {
	bool there;
	struct digest certificate; /* that it was begun with */
	const char *locale;	   /* kept with the account: "ja" or "en" */
	/* In the place of the password, for as long as it may last. */
	struct voucher pass;
};

struct session {
	enum session_at at;
	const char *user; /* of the account; or the number of the contract */
	bool replaces;	  /* it began with that wish (R-CERT-12) */
	bool operator_;	  /* it is one who gets a certificate */
	struct voucher voucher;
	/* Of the account's row by which the password held, the last time;
	 * 0: not known. */
	int64_t version;
	time_t began_at;
	/* Of the code: mailed by the last request, or its mail has failed;
	 * until when it is good, 0 of none; when there may be another. */
	bool sent, failed;
	time_t dies_at, again_at;
	const char *to;	   /* to which address, masked */
	struct der issued; /* SESSION_ISSUED: the certificate; else empty */
	/* Of a key that was made here (server_key.h), sealed; else empty. */
	struct der sealed_key, key_request;
	unsigned files; /* that were made of it */
	struct session_member member;
};

/* What was made here, so that another one can be. */
void session_drop_key(struct session *);

/* A new id. */
void session_new_id(char id[SESSION_ID_SIZE]);
/* What the Cookie field says of that name; false: nothing, or what is no id. */
MUST_CHECK bool session_find_id(
    const char *cookies, const char *name, char id[SESSION_ID_SIZE]);
/* As which Redis knows it. */
struct digest session_digest(const char id[SESSION_ID_SIZE]);
/*
 * By which the session of a member is entered in the database (0019): made from
 * the id, so that it stands nowhere, and ends with the cookie. What auth, who
 * opens that, is given of it is its digest.
 */
#define SESSION_TOKEN_SIZE 65 /* 64 hexadecimal digits and a NUL */
void session_token(
    const char id[SESSION_ID_SIZE], char token[SESSION_TOKEN_SIZE]);
struct digest session_token_digest(const char token[SESSION_TOKEN_SIZE]);

/* For Redis, and back; `text` is overwritten, and lives as long as what was
 * read. False: it is none. */
void session_write(const struct session *, struct buf *out);
MUST_CHECK bool session_read(char *text, size_t len, struct session *);

#endif
