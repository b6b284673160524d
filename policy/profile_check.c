/*
 * profile_check() of policy/profile.h; apart from policy/profile.c, so that
 * who only wants a profile needs no more than that.
 */
#include "policy/profile.h"

#include <string.h>

#include "policy/names.h"
#include "policy/operation.h"

#define VALIDITY_DAYS_MAX 3650 /* longer than any key here should live */
#define RSA_BITS_LEAST 2048    /* less can be broken: EST-153, RFC 9325 4.5 */
#define RSA_BITS_MOST 16384    /* OpenSSL verifies nothing larger */

/* EST-064; `.` and `..` are no path segments of their own. */
static const char *
check_name(const char *name)
{
	enum operation hidden;
	size_t len = strlen(name);

	if (len == 0 || len > PROFILE_NAME_MAX ||
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "abcdefghijklmnopqrstuvwxyz"
			 "0123456789-._~") != len)
		return "must be 1 to 64 of A-Z a-z 0-9 - . _ ~";
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return "must not be . or ..";
	if (operation_find(name, &hidden))
		return "must not be the name of an EST operation";
	return NULL;
}

static const char *
check_keys(const struct keys_rule *keys)
{
	unsigned known =
	    KEYS_RSA | KEYS_P256 | KEYS_P384 | KEYS_P521 | KEYS_ED25519;

	if (keys->kinds == 0 || (keys->kinds & ~known) != 0)
		return "must name at least one type of key";
	if ((keys->kinds & KEYS_RSA) == 0)
		return NULL;
	if (keys->rsa_min_bits < RSA_BITS_LEAST ||
	    keys->rsa_max_bits > RSA_BITS_MOST ||
	    keys->rsa_min_bits > keys->rsa_max_bits)
		return "must have RSA bounds of 2048 to 16384 bits, the "
		       "smaller one first";
	return NULL;
}

static const char *
check_subject(const struct profile *p)
{
	const char *wrong = NULL;

	if (p->subject_count > PROFILE_SUBJECT_MAX)
		return "must not have more than 8 parts beside the CN";
	for (size_t i = 0; i < p->subject_count && wrong == NULL; i++)
		wrong = names_check_attribute(
		    p->subject[i].attribute, p->subject[i].value);
	return wrong;
}

/* TLS client authentication takes a signature, whatever else is put in. */
static const char *
check_key_usage(unsigned usage)
{
	unsigned known = PROFILE_KU_DIGITAL_SIGNATURE |
			 PROFILE_KU_KEY_ENCIPHERMENT |
			 PROFILE_KU_NON_REPUDIATION;

	if ((usage & PROFILE_KU_DIGITAL_SIGNATURE) == 0 ||
	    (usage & ~known) != 0)
		return "must contain digitalSignature";
	return NULL;
}

static const char *
check_extended_key_usage(unsigned usage)
{
	unsigned known = PROFILE_EKU_CLIENT_AUTH | PROFILE_EKU_EMAIL_PROTECTION;

	if ((usage & PROFILE_EKU_CLIENT_AUTH) == 0 || (usage & ~known) != 0)
		return "must contain clientAuth";
	return NULL;
}

/* R-CERT-4: whoever has a person's key would be that person for ever. */
static const char *
check_renewal(const struct profile *p)
{
	if (p->renewal != PROFILE_RENEWAL_CERTIFICATE)
		return NULL;
	if (p->holder == PROFILE_HOLDER_OPERATOR)
		return "must not be `certificate` for operators, who renew "
		       "with password and code (R-OPS-1)";
	if (p->holder == PROFILE_HOLDER_PERSON && !p->person_without_password)
		return "must not be `certificate` for persons, who renew with "
		       "password and code (R-CERT-4), unless "
		       "person_without_password is true";
	return NULL;
}

const char *
profile_check(const struct profile *p, const char **key)
{
	const char *wrong;

	*key = "name";
	if ((wrong = check_name(p->name)) != NULL)
		return wrong;
	*key = "renewal";
	if ((wrong = check_renewal(p)) != NULL)
		return wrong;
	*key = "validity_days";
	if (p->validity_days < 1 || p->validity_days > VALIDITY_DAYS_MAX)
		return "must be 1 to 3650";
	*key = "renewal_days";
	if (p->renewal_days >= p->validity_days)
		return "must be less than validity_days";
	*key = "common_name";
	if ((wrong = names_check(p->common_name)) != NULL)
		return wrong;
	*key = "subject";
	if ((wrong = check_subject(p)) != NULL)
		return wrong;
	*key = "key_usage";
	if ((wrong = check_key_usage(p->key_usage)) != NULL)
		return wrong;
	*key = "extended_key_usage";
	if ((wrong = check_extended_key_usage(p->extended_key_usage)) != NULL)
		return wrong;
	*key = "keys";
	return check_keys(&p->keys);
}
