#include "est/enroll.h"

#include "est/count.h"
#include "est/credentials.h"
#include "est/onetime.h"
#include "est/order.h"

/*
 * First everything that can refuse; then the code is spent, and only for a
 * request that is good and a holder who is entitled; then the issuer. A step
 * that does not apply to a request goes on to the next.
 */
const struct step enroll_steps[] = {
	{ "check media type", order_check_media_type },
	{ "read credentials", credentials_read },
	{ "limit address", credentials_limit },	 /* Redis, R-AUTH-5 */
	{ "find holder", credentials_find },	 /* PostgreSQL */
	{ "take place", count_take_place },	 /* Redis, I-7 */
	{ "check password", credentials_check }, /* pool: Argon2id */
	{ "count failure", count_failure },	 /* Redis, R-LOCK-1 */
	{ "decode body", order_decode },
	{ "decide", order_decide },	      /* policy, R-CERT-3 */
	{ "make code", onetime_make },	      /* step 1: Redis */
	{ "mail code", onetime_mail },	      /* step 1: outbox row */
	{ "read csr", order_read_csr },	      /* step 2 from here on */
	{ "check key", order_check_key },     /* PostgreSQL, S-08 */
	{ "spend code", onetime_spend },      /* Redis, I-6 */
	{ "record lock", count_record_lock }, /* PostgreSQL, R-LOCK-8 */
	{ "judge proof", credentials_judge },
	{ "judge order", order_judge },
	{ "issue", order_ask_issuer },	   /* durable, I-1 */
	{ "clear counters", count_clear }, /* Redis, R-LOCK-4 */
	{ "reply", order_reply },
	{ NULL, NULL },
};
