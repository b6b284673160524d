/*
 * recheck - may a session go on by what it was begun with? Its holder may have
 * been suspended or closed meanwhile, the password may be another one, and what
 * was issued to it may be revoked: asked anew at each request that shows the
 * certificate or hands out its key.
 */
#ifndef PORTAL_RECHECK_H
#define PORTAL_RECHECK_H

#include "http/flow.h"

/* Condition: the session has a certificate to show. */
bool recheck_has_certificate(const struct flow *);
/*
 * Step: that one, as the ledger has it, and at the portal its holder. One that
 * is revoked ends what it was issued by: there is no session, or for a member
 * no renewal.
 */
enum flow_next recheck_certificate(struct flow *);
/*
 * Step, where it is known whose session it is: it is that of a holder who may
 * still go on by the password of then. Otherwise there is none. A row that has
 * changed since may have another password: auth, which alone knows, is asked by
 * what stands for the one of then.
 */
enum flow_next recheck_holder(struct flow *);

/* Both, of the portal. */
#define RECHECK_STEPS                                                          \
	{ "check certificate", recheck_has_certificate, recheck_certificate }, \
	{                                                                      \
		"check holder", recheck_has_certificate, recheck_holder        \
	}

#endif
