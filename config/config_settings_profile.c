/*
 * The settings of one profile (design: what an EST label issues under). What
 * is not said is as in the service rules for that holder, so the fallbacks
 * here are only told, never parsed.
 */
#include "config/config_settings.h"

#include "policy/profile.h"

#define AT(field) .offset = offsetof(struct profile, field)

static const struct config_word holders[] = {
	{ "person", PROFILE_HOLDER_PERSON },
	{ "device", PROFILE_HOLDER_DEVICE },
	{ "operator", PROFILE_HOLDER_OPERATOR },
	{ NULL, 0 },
};

static const struct config_word renewals[] = {
	{ "full", PROFILE_RENEWAL_FULL },
	{ "certificate", PROFILE_RENEWAL_CERTIFICATE },
	{ NULL, 0 },
};

static const struct config_word key_usages[] = {
	{ "digitalSignature", PROFILE_KU_DIGITAL_SIGNATURE },
	{ "keyEncipherment", PROFILE_KU_KEY_ENCIPHERMENT },
	{ "nonRepudiation", PROFILE_KU_NON_REPUDIATION },
	{ NULL, 0 },
};

static const struct config_word extended_key_usages[] = {
	{ "clientAuth", PROFILE_EKU_CLIENT_AUTH },
	{ "emailProtection", PROFILE_EKU_EMAIL_PROTECTION },
	{ NULL, 0 },
};

static const struct config_word key_kinds[] = {
	{ "rsa", KEYS_RSA },
	{ "p256", KEYS_P256 },
	{ "p384", KEYS_P384 },
	{ "p521", KEYS_P521 },
	{ "ed25519", KEYS_ED25519 },
	{ NULL, 0 },
};

const struct config_word config_attributes[] = {
	{ "C", PROFILE_ATTRIBUTE_C },
	{ "ST", PROFILE_ATTRIBUTE_ST },
	{ "L", PROFILE_ATTRIBUTE_L },
	{ "O", PROFILE_ATTRIBUTE_O },
	{ "OU", PROFILE_ATTRIBUTE_OU },
	{ "serialNumber", PROFILE_ATTRIBUTE_SERIAL_NUMBER },
	{ NULL, 0 },
};

/* clang-format off */
const struct config_setting config_profile_settings[] = {
	{ .key = "name", .type = CONFIG_BUFFER, AT(name), .min = 1,
	    .max = PROFILE_NAME_MAX,
	    .help = "its label in EST paths; the first profile needs none" },
	{ .key = "holder", .type = CONFIG_WORD, AT(holder),
	    .fallback = "person", .words = holders,
	    .help = "who may use it: person, device or operator" },
	{ .key = "renewal", .type = CONFIG_WORD, AT(renewal),
	    .fallback = "full", .words = renewals,
	    .help = "beside the certificate: full (password and code) or "
		    "certificate" },
	{ .key = "validity", .type = CONFIG_DURATION, AT(validity_days),
	    .fallback = "366d", .min = 1, .max = 3650, .scale = 86400,
	    .help = "days a certificate is good, that of issue included" },
	{ .key = "renewal_window", .type = CONFIG_DURATION,
	    AT(renewal_days), .fallback = "30d", .min = 0, .max = 3649,
	    .scale = 86400,
	    .help = "days before its last in which it may be renewed" },
	{ .key = "replacement_window", .type = CONFIG_DURATION,
	    AT(replacement_s), .fallback = "24h", .min = 0, .max = 604800,
	    .scale = 1,
	    .help = "after the issue, in which one that nobody has installed "
		    "may be replaced; 0s: never" },
	{ .key = "common_name", .type = CONFIG_BUFFER, AT(common_name),
	    .fallback = "{user_id} {issued_at}", .min = 1,
	    .max = PROFILE_TEMPLATE_MAX,
	    .help = "words: {user_id} {issued_at} {contract} {name}" },
	{ .key = "subject", .type = CONFIG_SUBJECT, AT(subject),
	    .count_offset = offsetof(struct profile, subject_count),
	    .fallback = "O=<service.name>", .min = 3,
	    .max = PROFILE_TEMPLATE_MAX, .words = config_attributes,
	    .help = "list of C= ST= L= O= OU= serialNumber=, before the CN" },
	{ .key = "san_email", .type = CONFIG_SWITCH, AT(san_email),
	    .fallback = "false",
	    .help = "put the holder's address in as rfc822Name" },
	{ .key = "key_usage", .type = CONFIG_WORDS, AT(key_usage),
	    .fallback = "digitalSignature keyEncipherment",
	    .words = key_usages,
	    .help = "digitalSignature keyEncipherment nonRepudiation" },
	{ .key = "extended_key_usage", .type = CONFIG_WORDS,
	    AT(extended_key_usage), .fallback = "clientAuth",
	    .words = extended_key_usages,
	    .help = "clientAuth emailProtection" },
	{ .key = "keys", .type = CONFIG_WORDS, AT(keys.kinds),
	    .fallback = "rsa p256 p384 ed25519", .words = key_kinds,
	    .help = "public keys that are taken: rsa p256 p384 p521 ed25519" },
	{ .key = "rsa_min_bits", .type = CONFIG_NUMBER, AT(keys.rsa_min_bits),
	    .fallback = "2048", .min = 2048, .max = 16384, .scale = 1,
	    .help = "smallest RSA key" },
	{ .key = "rsa_max_bits", .type = CONFIG_NUMBER, AT(keys.rsa_max_bits),
	    .fallback = "4096", .min = 2048, .max = 16384, .scale = 1,
	    .help = "largest RSA key" },
	{ .key = "new_key", .type = CONFIG_SWITCH, AT(new_key),
	    .fallback = "false",
	    .help = "a renewal must bring another key" },
	{ .key = "binding_required", .type = CONFIG_SWITCH,
	    AT(binding_required), .fallback = "false",
	    .help = "requests must be bound to the TLS connection" },
	{ .key = "person_without_password", .type = CONFIG_SWITCH,
	    AT(person_without_password), .fallback = "false",
	    .help = "a person may renew by certificate alone" },
	{ .key = "master_revokes", .type = CONFIG_SWITCH, AT(master_revokes),
	    .fallback = "false",
	    .help = "master users revoke those of their own contract" },
	{ .key = "holder_revokes", .type = CONFIG_SWITCH, AT(holder_revokes),
	    .fallback = "false",
	    .help = "a person revokes the own in the member area" },
};
/* clang-format on */
const size_t config_profile_settings_count =
    sizeof(config_profile_settings) / sizeof(config_profile_settings[0]);
