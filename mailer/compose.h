/*
 * compose - from a row of the outbox to the bytes of its mail.
 */
#ifndef MAILER_COMPOSE_H
#define MAILER_COMPOSE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/secret.h"
#include "db/outbox.h"
#include "mailer/template.h"
#include "policy/profile.h"

struct compose {
	const struct template_set *texts;
	const char *service, *from, *domain;
	const char *contact, *url; /* of the desk and the portal, or NULL */
	const char
	    *keep; /* before a token: where an address is kept; or NULL */
	const struct secret_key *code_key;
	const struct profile *profiles; /* for their renewal windows */
	size_t profile_count;
};

enum compose_rc {
	COMPOSE_OK,
	COMPOSE_UNKNOWN, /* a kind of a newer program */
	COMPOSE_BAD,	 /* the row can never become a mail */
};

/* What no relay may bring to rest; each may be "". */
struct compose_secrets {
	char code[CODE_EMAIL_DIGITS + 1];
	char token[CODE_TOKEN_SIZE]; /* of a link */
};

/*
 * The caller wipes `secrets`, and `out`, whose ceiling should be MESSAGE_MAX.
 * Otherwise `why` says what is wrong.
 */
enum compose_rc compose_mail(const struct compose *, const struct outbox_mail *,
    struct buf *out, struct compose_secrets *secrets, struct fault *why);

#endif
