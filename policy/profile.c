#include "policy/profile.h"

#include <string.h>

/*
 * The same key may come again (EST-187): curl and many appliances know
 * nothing else.
 */
static const struct profile person = {
	.name = "person",
	.holder = PROFILE_HOLDER_PERSON,
	.renewal = PROFILE_RENEWAL_FULL,
	.validity_days = 366,
	.renewal_days = 30,
	.replacement_s = 86400,
	.common_name = "{user_id} {issued_at}",
	.key_usage = PROFILE_KU_DIGITAL_SIGNATURE | PROFILE_KU_KEY_ENCIPHERMENT,
	.extended_key_usage = PROFILE_EKU_CLIENT_AUTH,
	.keys = {
		.kinds = KEYS_RSA | KEYS_P256 | KEYS_P384 | KEYS_ED25519,
		.rsa_min_bits = 2048,
		.rsa_max_bits = 4096,
	},
};

struct profile
profile_person(void)
{
	return person;
}

struct profile
profile_device(void)
{
	struct profile device = person;

	memcpy(device.name, "device", sizeof("device"));
	device.holder = PROFILE_HOLDER_DEVICE;
	device.renewal = PROFILE_RENEWAL_CERTIFICATE;
	device.replacement_s = 0; /* no browser loses its key */
	/* Stable: nobody chooses a device's certificate from a list. */
	memcpy(device.common_name, "{user_id}", sizeof("{user_id}"));
	return device;
}

/* A person, whose certificate no other person gets. */
struct profile
profile_operator(void)
{
	struct profile operator_ = person;

	memcpy(operator_.name, "operator", sizeof("operator"));
	operator_.holder = PROFILE_HOLDER_OPERATOR;
	return operator_;
}
