#include "tests/lib/made_certificate.h"

#include "base/clock.h"
#include "pki/key.h"
#include "tests/lib/authority.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/new_ca.h"
#include "tests/lib/test.h"

#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

static char *folder;
struct config_ca made_config;
struct ca *made_ca;
struct profile made_profile;
struct facts_account made_account;

int
made_begin_group(void **state)
{
	struct fault why;

	(void)state;
	fake_clock_set_ms(MADE_AT * INT64_C(1000));
	assert_true(clock_zone("Asia/Tokyo"));
	folder = authority_folder();
	if (!new_ca(folder, &why))
		fail_msg("%s", why.text);
	made_config = (struct config_ca){
		.certificate = authority_path(folder, "ca/issuing.pem"),
		.chain = authority_path(folder, "ca/root.pem"),
		.key = authority_path(folder, "ca/issuing.key"),
		.crl_url = strdup("http://ca.example/ca.crl"),
		.issuer_url = strdup("http://ca.example/ca.cer"),
		.ocsp_url = strdup("http://ca.example/ocsp"),
	};
	made_ca = ca_open(&made_config, &why);
	if (made_ca == NULL || !ca_open_key(made_ca, &made_config, &why))
		fail_msg("%s", why.text);
	return 0;
}

int
made_end_group(void **state)
{
	(void)state;
	ca_free(made_ca);
	free(made_config.certificate);
	free(made_config.chain);
	free(made_config.key);
	free(made_config.crl_url);
	free(made_config.issuer_url);
	free(made_config.ocsp_url);
	authority_remove(folder);
	return 0;
}

int
made_begin(void **state)
{
	(void)state;
	made_profile = profile_person();
	made_account = (struct facts_account){
		.id = 1,
		.version = 1,
		.user_id = "sample001",
		.contract = "12345678",
		.name = "\xe6\x9b\xb4\xe6\x96\xb0",
		.email = "sample001@example.com",
	};
	return 0;
}

EVP_PKEY *
made_root_key(void)
{
	char *path = authority_path(folder, "root.key");
	FILE *f = fopen(path, "re");
	EVP_PKEY *key;

	assert_non_null(f);
	key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	assert_non_null(key);
	fclose(f);
	free(path);
	return key;
}

struct der
made_whole(const struct made *m)
{
	return (struct der){ (unsigned char *)m->whole.at, m->whole.used };
}

void
made_order(struct made *m, EVP_PKEY *key)
{
	struct keys_facts facts;
	struct der spki;
	int len;

	memset(m, 0, sizeof(*m));
	len = i2d_PUBKEY(key, &m->spki);
	assert_true(len > 0);
	spki = (struct der){ m->spki, (size_t)len };
	assert_null(key_read(&spki, &facts, NULL));
	EVP_PKEY_free(key);
	m->order = (struct tbs_order){
		.ca = made_ca,
		.urls = &made_config,
		.profile = &made_profile,
		.account = &made_account,
		.spki = spki,
		.kind = facts.kind,
		.now = MADE_AT,
	};
	m->order.serial = tbs_serial();
	buf_init(&m->tbs, 4096);
	buf_init(&m->whole, 4096);
}

void
made_free(struct made *m)
{
	X509_free(m->x);
	OPENSSL_free(m->spki);
	buf_free(&m->tbs);
	buf_free(&m->whole);
}

void
made_sign(struct made *m)
{
	unsigned char signature[CA_SIGNATURE_MAX];
	const unsigned char *at;
	const char *reason;
	struct der der;
	size_t len;

	reason = tbs_build(&m->order, &m->tbs);
	if (reason != NULL)
		fail_msg("%s", reason);
	assert_true(ca_sign(made_ca, m->tbs.at, m->tbs.used, signature, &len));
	assert_true(tbs_finish(made_ca, &m->tbs, signature, len, &m->whole));
	der = made_whole(m);
	reason = tbs_check(&m->order, &der);
	if (reason != NULL)
		fail_msg("%s", reason);
	at = der.at;
	m->x = d2i_X509(NULL, &at, (long)der.len);
	assert_true(m->x != NULL && at == der.at + der.len);
}

void
made_issue(struct made *m, EVP_PKEY *key)
{
	made_order(m, key);
	made_sign(m);
}
