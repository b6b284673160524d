/*
 * profile - what a certificate is issued under: the EST label, who may use
 * it, names, validity, keys, extensions. Plain data, filled by the
 * configuration at start; the defaults are the service rules. Which profile
 * is the one without a label (EST-063) is the configuration's to say.
 */
#ifndef POLICY_PROFILE_H
#define POLICY_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"
#include "policy/keys.h"

#define PROFILE_NAME_MAX 64   /* a path segment: RFC 7030 3.2.2, EST-064 */
#define PROFILE_SUBJECT_MAX 8 /* RDNs beside the CN */
#define PROFILE_TEMPLATE_MAX 128

enum profile_holder {
	PROFILE_HOLDER_PERSON, /* masters and general users */
	PROFILE_HOLDER_DEVICE,
	PROFILE_HOLDER_OPERATOR, /* of the service (R-OPS-1) */
};

/* What has to be shown to re-enroll, beside the client certificate. */
enum profile_renewal {
	PROFILE_RENEWAL_FULL,	     /* password and code, R-CERT-4 */
	PROFILE_RENEWAL_CERTIFICATE, /* nothing, R-CERT-10 */
};

enum profile_eku {
	PROFILE_EKU_CLIENT_AUTH = 1 << 0,
	PROFILE_EKU_EMAIL_PROTECTION = 1 << 1,
};

enum profile_key_usage {
	PROFILE_KU_DIGITAL_SIGNATURE = 1 << 0,
	PROFILE_KU_KEY_ENCIPHERMENT = 1 << 1, /* only put on RSA keys */
	PROFILE_KU_NON_REPUDIATION = 1 << 2,
};

enum profile_attribute { /* subject RDNs beside the CN, in DER order given */
	PROFILE_ATTRIBUTE_C,
	PROFILE_ATTRIBUTE_ST,
	PROFILE_ATTRIBUTE_L,
	PROFILE_ATTRIBUTE_O,
	PROFILE_ATTRIBUTE_OU,
	PROFILE_ATTRIBUTE_SERIAL_NUMBER, /* template allowed, e.g. contract */
};

struct profile_rdn {
	enum profile_attribute attribute;
	char value[PROFILE_TEMPLATE_MAX + 1]; /* template, policy/names.h */
};

struct profile {
	char name[PROFILE_NAME_MAX + 1]; /* also its label in EST paths */
	enum profile_holder holder;	 /* who may use it */
	enum profile_renewal renewal;	 /* what re-enrollment takes */
	unsigned validity_days;		 /* with the issue day, R-CERT-1 */
	unsigned renewal_days;		 /* window before expiry, R-CERT-3 */
	unsigned replacement_s;		 /* after the issue, R-CERT-12; 0: no */
	char common_name[PROFILE_TEMPLATE_MAX + 1]; /* template, R-CERT-7 */
	struct profile_rdn subject[PROFILE_SUBJECT_MAX]; /* before the CN */
	size_t subject_count;
	bool san_email;		     /* the account's address as rfc822Name */
	unsigned key_usage;	     /* enum profile_key_usage, or-ed */
	unsigned extended_key_usage; /* enum profile_eku, or-ed */
	struct keys_rule keys;	     /* which public keys are taken */
	bool new_key;		     /* re-enrollment must bring another key */
	bool binding_required; /* EST-231: challengePassword must be there */
	bool master_revokes;   /* R-CERT-6: those of the own contract */
	bool holder_revokes;   /* R-CERT-6: the own, in the member area */
	/* A person who renews by certificate alone: R-CERT-4 is waived. */
	bool person_without_password;
};

/*
 * `person`, `device` and `operator` as the service rules have them. The subject
 * beside the CN is empty; the configuration puts the service's name there.
 */
struct profile profile_person(void);
struct profile profile_device(void);
struct profile profile_operator(void);

/*
 * NULL when a certificate can be issued under it to everybody who may use it;
 * otherwise what is wrong, and `*key` is the field ("renewal_days"). The text
 * is to be put behind the field's name: "must be 1 to 3650".
 */
MUST_CHECK const char *profile_check(const struct profile *, const char **key);

#endif
