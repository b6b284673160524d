#include "policy/voucher.h"

#include "policy/input.h"

#include <string.h>

/* The key of codes serves others; a label in front keeps them apart. */
static const char label[] = "koshin voucher for a password 1";

/* Its padding is zero, as memset() left it. */
struct message {
	char label[sizeof(label)];
	char profile[PROFILE_NAME_MAX + 1];
	char contract[INPUT_CONTRACT_DIGITS + 1];
	uint32_t operation;
	int64_t account;
	int64_t ends_at;
	struct digest password;
};

static struct digest
mac_of(const struct secret_key *key, const struct voucher_subject *s,
    int64_t ends_at)
{
	struct message m;
	size_t len = strnlen(s->profile, PROFILE_NAME_MAX);

	memset(&m, 0, sizeof(m));
	memcpy(m.label, label, sizeof(m.label));
	memcpy(m.profile, s->profile, len);
	if (s->account == 0)
		memcpy(m.contract, s->contract,
		    strnlen(s->contract, INPUT_CONTRACT_DIGITS));
	m.operation = (uint32_t)s->operation;
	m.account = s->account;
	m.ends_at = ends_at;
	m.password = digest_of(s->password_hash, strlen(s->password_hash));
	return digest_keyed(key, &m, sizeof(m));
}

struct voucher
voucher_make(const struct secret_key *key, const struct voucher_subject *s,
    time_t ends_at)
{
	return (struct voucher){ .ends_at = ends_at,
		.mac = mac_of(key, s, ends_at) };
}

bool
voucher_holds(const struct secret_key *key, const struct voucher_subject *s,
    const struct voucher *v, time_t now)
{
	struct digest mac = mac_of(key, s, v->ends_at);

	return digest_equal(&mac, &v->mac) && now < v->ends_at;
}
