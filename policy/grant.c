#include "policy/grant.h"

#include <string.h>

/* One key for two ends; a label in front keeps them apart. */
static const char grant_label[] = "koshin grant 1";
static const char receipt_label[] = "koshin receipt 1";

/* Its padding is zero, as memset() left it. */
struct grant_message {
	char label[sizeof(grant_label)];
	char profile[PROFILE_NAME_MAX + 1];
	uint32_t act, operation;
	int64_t account;
	int64_t end_us;
	unsigned char code_id[GRANT_CODE_ID_SIZE];
	struct serial presented;
	struct digest key, csr;
};

struct receipt_message {
	char label[sizeof(receipt_label)];
	struct digest grant;
	struct serial issued;
};

static struct digest
mac_of(const struct secret_key *key, const struct grant_subject *s,
    const struct grant *g)
{
	struct grant_message m;
	size_t len = strnlen(s->profile, PROFILE_NAME_MAX);

	memset(&m, 0, sizeof(m));
	memcpy(m.label, grant_label, sizeof(m.label));
	memcpy(m.profile, s->profile, len);
	m.act = (uint32_t)s->act;
	m.operation = (uint32_t)s->operation;
	m.account = s->account;
	m.end_us = g->end_us;
	memcpy(m.code_id, g->code_id, sizeof(m.code_id));
	m.presented = s->presented;
	m.key = s->key;
	m.csr = s->csr;
	return digest_keyed(key, &m, sizeof(m));
}

struct grant
grant_make(const struct secret_key *key, const struct grant_subject *s,
    const unsigned char code_id[GRANT_CODE_ID_SIZE], int64_t now_us)
{
	struct grant g = { .end_us = now_us + GRANT_LIFE_US };

	memcpy(g.code_id, code_id, sizeof(g.code_id));
	g.mac = mac_of(key, s, &g);
	return g;
}

bool
grant_holds(const struct secret_key *key, const struct grant_subject *s,
    const struct grant *g, int64_t now_us)
{
	struct digest mac = mac_of(key, s, g);

	return digest_equal(&mac, &g->mac) && g->end_us > now_us &&
	       g->end_us <= now_us + GRANT_LIFE_US;
}

struct digest
grant_receipt(const struct secret_key *key, const struct grant *g,
    const struct serial *issued)
{
	struct receipt_message m;

	memset(&m, 0, sizeof(m));
	memcpy(m.label, receipt_label, sizeof(m.label));
	m.grant = g->mac;
	m.issued = *issued;
	return digest_keyed(key, &m, sizeof(m));
}

bool
grant_receipt_holds(const struct secret_key *key, const struct grant *g,
    const struct serial *issued, const struct digest *receipt)
{
	struct digest right = grant_receipt(key, g, issued);

	return digest_equal(&right, receipt);
}
