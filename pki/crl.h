/*
 * crl - lists of revoked certificates (RFC 5280 5), as a stream of DER: what
 * stands around the entries takes a kilobyte, and the entries, of which there
 * may be millions, lie in a file of the caller. No OpenSSL object is made of
 * them: that takes 16 s and 384 MiB for a million.
 *
 *	head		crl_put_head(), once the length of the entries is known
 *	entries		crl_put_entry(), each
 *	tail		crl_put_tail()
 *	signature	ca_sign() over the three, crl_put_signature()
 *
 * and before all that crl_put_outside(), which needs the length of the rest.
 */
#ifndef PKI_CRL_H
#define PKI_CRL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/buf.h"
#include "base/must.h"
#include "base/serial.h"
#include "pki/ca.h"
#include "pki/der.h"

/* CRLReason (RFC 5280 5.3.1), as far as our ledger gives them. */
enum crl_reason {
	CRL_UNSPECIFIED = 0, /* not written (EST-354) */
	CRL_KEY_COMPROMISE = 1,
	CRL_AFFILIATION_CHANGED = 3,
	CRL_SUPERSEDED = 4,
	CRL_CESSATION_OF_OPERATION = 5,
	CRL_PRIVILEGE_WITHDRAWN = 9,
};

/* By the name that the ledger has. An abandoned reservation is unspecified:
 * nobody holds such a certificate (I-4). False: there is no such reason. */
MUST_CHECK bool crl_reason_read(const char *name, enum crl_reason *);

struct crl_entry {
	struct serial serial;
	time_t revoked_at;
	enum crl_reason reason;
};
#define CRL_ENTRY_MAX 64 /* bytes of DER, at most */
void crl_put_entry(const struct crl_entry *, struct buf *out);

struct crl_head {
	int64_t number; /* CRLNumber, positive */
	time_t this_update, next_update;
};
#define CRL_HEAD_MAX 8192 /* bytes in front of the entries, at most */
#define CRL_TAIL_MAX 512  /* bytes of the extensions behind them, at most */

/* What is signed begins with it; `entries` bytes of entries follow, and then
 * `tail`, which crl_put_tail() has written. */
void crl_put_head(const struct ca *, const struct crl_head *, size_t entries,
    const struct buf *tail, struct buf *out);
void crl_put_tail(const struct ca *, const struct crl_head *, struct buf *out);
/* What is behind the bytes that were signed. */
void crl_put_signature(const struct ca *, const unsigned char *signature,
    size_t len, struct buf *out);
/* What is in front of `inside` bytes, the whole rest. */
void crl_put_outside(size_t inside, struct buf *out);

/*
 * What such a list says of itself; its signature is not looked at. False: it is
 * none of ours, or not whole.
 */
MUST_CHECK bool crl_read_head(const struct der *whole, struct crl_head *);

#endif
