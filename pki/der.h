/*
 * der - strict DER (X.690), reading and writing, for the few shapes that we
 * take and make ourselves: certification requests, to-be-signed certificates,
 * certs-only messages, what is around the entries of a CRL.
 *
 * Reading refuses what is not DER: indefinite and needlessly long lengths,
 * lengths over the input, wrong tags, constructed strings (EST-088,
 * D-01..D-08). It never allocates and never recurses on input.
 */
#ifndef PKI_DER_H
#define PKI_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/must.h"

#define DER_BOOLEAN 0x01
#define DER_INTEGER 0x02
#define DER_BIT_STRING 0x03
#define DER_OCTET_STRING 0x04
#define DER_NULL 0x05
#define DER_OID 0x06
#define DER_ENUMERATED 0x0a
#define DER_UTF8_STRING 0x0c
#define DER_PRINTABLE_STRING 0x13
#define DER_T61_STRING 0x14
#define DER_IA5_STRING 0x16
#define DER_UTC_TIME 0x17
#define DER_GENERALIZED_TIME 0x18
#define DER_BMP_STRING 0x1e
#define DER_SEQUENCE 0x30
#define DER_SET 0x31
#define DER_CONTEXT(n) (0x80 | (n))	/* [n] IMPLICIT, primitive */
#define DER_CONTEXT_SET(n) (0xa0 | (n)) /* [n] constructed */

/* A piece of the input: points into it, owns nothing. */
struct der {
	const unsigned char *at;
	size_t len;
};

/* True at the end of the input. */
bool der_empty(const struct der *);
/* The tag of the next element, or -1 at the end. */
int der_peek(const struct der *);
/*
 * Takes the next element if it has this tag; `content` is what is in it, and
 * may be `from` itself: then one goes on inside.
 */
MUST_CHECK bool der_take(struct der *from, int tag, struct der *content);
/* Takes the next element whatever it is; `whole` is it with its header. */
MUST_CHECK bool der_take_any(
    struct der *from, int *tag, struct der *content, struct der *whole);
/* The same, of one tag, with its header. */
MUST_CHECK bool der_take_whole(struct der *from, int tag, struct der *whole);
MUST_CHECK bool der_take_oid(
    struct der *from, struct der *oid); /* minimal arcs */
/* INTEGER, minimal; `content` is the two's complement bytes. */
MUST_CHECK bool der_take_integer(struct der *from, struct der *content);
MUST_CHECK bool der_take_small(struct der *from, int64_t *value);
/* BIT STRING with no unused bits. */
MUST_CHECK bool der_take_bits(struct der *from, struct der *bits);
/* UTCTime until 2049, GeneralizedTime after (RFC 5280 4.1.2.5). */
MUST_CHECK bool der_take_time(struct der *from, int64_t *unix_s);
MUST_CHECK bool der_equal(const struct der *, const void *bytes, size_t len);
/* The order of the elements of a SET OF (X.690 11.6). */
bool der_before(const struct der *, const struct der *);
/* Takes white space off both ends of a text. */
void der_trim(struct der *text);
/*
 * These walk a whole tree of elements, with a limit of depth: is all of it
 * DER? Of what others send the order of a SET means nothing to us, and good
 * is good enough (docs/decisions/0041); what we sign is strict.
 */
MUST_CHECK bool der_good(const struct der *whole, unsigned depth_max);
MUST_CHECK bool der_strict(const struct der *whole, unsigned depth_max);

/*
 * Writing (pki/der_write.c) goes into a buf, from the outside in:
 *
 *	size_t mark = der_open(b, DER_SEQUENCE);
 *	der_integer(b, ...);
 *	der_close(b, mark);
 */
MUST_CHECK size_t der_open(struct buf *, int tag);
void der_close(struct buf *, size_t mark);
/* Of content that follows elsewhere, up to 4 GiB. */
void der_header(struct buf *, int tag, size_t len);
void der_put(struct buf *, int tag, const void *content, size_t len);
void der_raw(struct buf *, const void *whole, size_t len); /* has a header */
void der_small(struct buf *, int64_t value);
/* An unsigned big-endian number; leading zeros and sign are put right. */
void der_unsigned(struct buf *, const unsigned char *bytes, size_t len);
void der_bits(struct buf *, const void *bytes, size_t len);
/* As der_take_time() takes it. */
void der_time(struct buf *, int64_t unix_s);

#endif
