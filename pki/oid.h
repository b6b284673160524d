/*
 * oid - object identifiers (content bytes) that several files need.
 */
#ifndef PKI_OID_H
#define PKI_OID_H

#define OID_ID_CE 0x55, 0x1d /* 2.5.29: extensions, one more byte */
#define OID_ID_AT 0x55, 0x04 /* 2.5.4: attributes of names, one more byte */
#define OID_ID_KP 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03
#define OID_ID_AD 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30

#define OID_CE_SUBJECT_KEY_ID 14
#define OID_CE_KEY_USAGE 15
#define OID_CE_SUBJECT_ALT_NAME 17
#define OID_CE_BASIC_CONSTRAINTS 19
#define OID_CE_NAME_CONSTRAINTS 30
#define OID_CE_CRL_POINTS 31
#define OID_CE_POLICY_MAPPINGS 33
#define OID_CE_AUTHORITY_KEY_ID 35
#define OID_CE_EXTENDED_KEY_USAGE 37

#endif
