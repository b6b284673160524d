/*
 * name - are two names the same? As RFC 5280 7.1 compares them, so that a
 * client that writes a name in another string type, another case or with
 * other spaces still has the same one (EST-184).
 *
 * Letters outside ASCII are compared as they are: nobody changes their case
 * by encoding them anew.
 */
#ifndef PKI_NAME_H
#define PKI_NAME_H

#include <stdbool.h>

#include "pki/der.h"

#define NAME_GENERAL_MAX 64 /* GeneralNames in one set */

/* Name, with header. False too when one of them is malformed. */
bool name_equal(const struct der *a, const struct der *b);

/*
 * GeneralNames, with header, as sets; an empty `der` is an empty set. False
 * too when one is malformed or has more than NAME_GENERAL_MAX names.
 */
bool name_general_equal(const struct der *a, const struct der *b);

/*
 * Is it a Name: RDNs of types with values? Of the values nothing is asked, not
 * even that a text is of its type, since nobody reads them (R-CERT-7).
 */
MUST_CHECK bool name_good(const struct der *name);

#endif
