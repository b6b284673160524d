#include "pki/sample.h"

#include "pki/key.h"
#include "pki/tbs.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#define SAMPLE_MAX 8192

/* ------------------------------------------------------------ the holder */

/* Where the CA may say which addresses its certificates are for, one of those
 * (RFC 5280 4.2.1.10): every holder will have one. */
static bool
permitted_address(X509 *ca, char *out, size_t size)
{
	NAME_CONSTRAINTS *c =
	    X509_get_ext_d2i(ca, NID_name_constraints, NULL, NULL);
	int count =
	    c == NULL ? 0 : sk_GENERAL_SUBTREE_num(c->permittedSubtrees);
	bool found = false;

	for (int i = 0; i < count && !found; i++) {
		const GENERAL_NAME *name =
		    sk_GENERAL_SUBTREE_value(c->permittedSubtrees, i)->base;
		const char *text;

		if (name->type != GEN_EMAIL)
			continue;
		text = (const char *)ASN1_STRING_get0_data(name->d.rfc822Name);
		snprintf(out, size, "%s%.*s",
		    memchr(text, '@', (size_t)name->d.rfc822Name->length) !=
			    NULL
			? ""
		    : text[0] == '.' ? "hanako@mail"
				     : "hanako@",
		    name->d.rfc822Name->length, text);
		found = true;
	}
	NAME_CONSTRAINTS_free(c);
	return found;
}

static struct facts_account
made_up(const struct ca *ca)
{
	struct facts_account a = {
		.id = 1,
		.version = 1,
		.user_id = "sample001",
		.contract = "00000001",
		.name = "\xe8\xa6\x8b\xe6\x9c\xac\xe3\x80\x80\xe8\x8a\xb1\xe5"
			"\xad\x90", /* 見本 花子 */
		.email = "hanako@example.jp",
	};
	bool found =
	    permitted_address(ca->certificate, a.email, sizeof(a.email));

	for (size_t i = 0; i < ca->chain_count && !found; i++)
		found =
		    permitted_address(ca->chain[i], a.email, sizeof(a.email));
	return a;
}

/* Of the kinds that the profile takes, the one that is made soonest. */
static EVP_PKEY *
made_key(const struct keys_rule *rule)
{
	if ((rule->kinds & KEYS_P256) != 0)
		return EVP_EC_gen("P-256");
	if ((rule->kinds & KEYS_P384) != 0)
		return EVP_EC_gen("P-384");
	if ((rule->kinds & KEYS_P521) != 0)
		return EVP_EC_gen("P-521");
	if ((rule->kinds & KEYS_ED25519) != 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	return EVP_RSA_gen(rule->rsa_min_bits);
}

/* ------------------------------------------------------- the second way */

/* What the strict form asks of CAs beyond RFC 5280 6 is for who made them, and
 * ca_open() has judged them; and nobody has signed the sample. */
static int
tolerate(int good, X509_STORE_CTX *at)
{
	int error = X509_STORE_CTX_get_error(at);
	int depth = X509_STORE_CTX_get_error_depth(at);
	bool strict = error >= X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA &&
		      error <= X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3;

	if (!good &&
	    ((depth == 0 && error == X509_V_ERR_CERT_SIGNATURE_FAILURE) ||
		(depth > 0 && strict))) {
		X509_STORE_CTX_set_error(at, X509_V_OK);
		return 1;
	}
	return good;
}

static int
purpose_of(const struct profile *p)
{
	if ((p->extended_key_usage & PROFILE_EKU_CLIENT_AUTH) != 0)
		return X509_PURPOSE_SSL_CLIENT;
	if ((p->extended_key_usage & PROFILE_EKU_EMAIL_PROTECTION) != 0)
		return X509_PURPOSE_SMIME_SIGN;
	return X509_PURPOSE_ANY;
}

/* Who did not pass, in the words of OpenSSL. */
static bool
tell(X509_STORE_CTX *at, struct fault *why)
{
	int depth = X509_STORE_CTX_get_error_depth(at);
	const char *text =
	    X509_verify_cert_error_string(X509_STORE_CTX_get_error(at));

	if (depth == 0)
		return fault_set(
		    why, "a certificate under it is refused: %s", text);
	return fault_set(why,
	    "a certificate under it is refused for the CA %d above it: %s",
	    depth, text);
}

static X509 *
read_back(const struct sample *s)
{
	const unsigned char *at = (unsigned char *)s->certificate.at;

	return d2i_X509(NULL, &at, (long)s->certificate.used);
}

static bool
validate(const struct ca *ca, const struct sample *s, const struct profile *p,
    time_t now, struct fault *why)
{
	X509 *sample = read_back(s);
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *at = X509_STORE_CTX_new();
	STACK_OF(X509) *between = sk_X509_new_null();
	X509 *root = ca->certificate;
	bool good =
	    sample != NULL && store != NULL && at != NULL && between != NULL;

	for (size_t i = 0; i < ca->chain_count && good; i++) {
		good = sk_X509_push(between, root) > 0;
		root = ca->chain[i];
	}
	good = good && X509_STORE_add_cert(store, root) == 1 &&
	       X509_STORE_CTX_init(at, store, sample, between) == 1 &&
	       X509_STORE_CTX_set_purpose(at, purpose_of(p)) == 1;
	if (!good) {
		fault_set(why, "OpenSSL cannot read a certificate under it");
	} else {
		X509_STORE_CTX_set_flags(at, X509_V_FLAG_X509_STRICT);
		X509_STORE_CTX_set_time(at, 0, now);
		X509_STORE_CTX_set_verify_cb(at, tolerate);
		good = X509_verify_cert(at) == 1 || tell(at, why);
	}
	sk_X509_free(between);
	X509_STORE_CTX_free(at);
	X509_STORE_free(store);
	X509_free(sample);
	return good;
}

/* ---------------------------------------------------------------- making */

/* Where a signature stands there is one of no key. */
static bool
finish(const struct tbs_order *o, const struct buf *tbs, struct buf *out,
    struct fault *why)
{
	static const unsigned char nobodys[64];
	struct der whole;
	const char *reason;

	if (!tbs_finish(o->ca, tbs, nobodys, sizeof(nobodys), out))
		return fault_set(why, "a certificate under it is too long");
	whole = (struct der){ (unsigned char *)out->at, out->used };
	reason = tbs_check(o, &whole);
	return reason == NULL || fault_set(why,
				     "a certificate under it is not what the "
				     "profile says: %s",
				     reason);
}

static bool
build(struct tbs_order *o, EVP_PKEY *key, struct buf *out, struct fault *why)
{
	unsigned char *bytes = NULL;
	int len = key == NULL ? 0 : i2d_PUBKEY(key, &bytes);
	struct keys_facts facts = { .rsa_bits = 0 };
	struct buf tbs;
	const char *reason = "no key can be made";

	buf_init(&tbs, SAMPLE_MAX);
	if (len > 0) {
		o->spki = (struct der){ bytes, (size_t)len };
		reason = key_read(&o->spki, &facts, NULL);
	}
	if (reason == NULL) {
		o->kind = facts.kind;
		reason = tbs_build(o, &tbs);
	}
	if (reason != NULL)
		fault_set(
		    why, "no certificate can be made under it: %s", reason);
	else if (!finish(o, &tbs, out, why))
		reason = why->text;
	buf_free(&tbs);
	OPENSSL_free(bytes);
	return reason == NULL;
}

bool
sample_make(const struct ca *ca, const struct config_ca *urls,
    const struct profile *p, const struct facts_account *account, time_t now,
    struct sample *out, struct fault *why)
{
	struct facts_account somebody = made_up(ca);
	struct tbs_order order = {
		.ca = ca,
		.urls = urls,
		.profile = p,
		.account = account != NULL ? account : &somebody,
		.serial = tbs_serial(),
		.now = now,
	};
	EVP_PKEY *key = made_key(&p->keys);
	bool good;

	buf_init(&out->certificate, SAMPLE_MAX);
	good = build(&order, key, &out->certificate, why) &&
	       validate(ca, out, p, now, why);
	EVP_PKEY_free(key);
	out->not_before = order.not_before;
	out->not_after = order.not_after;
	snprintf(out->subject, sizeof(out->subject), "%s", order.subject);
	if (!good)
		sample_free(out);
	return good;
}

void
sample_free(struct sample *s)
{
	buf_free(&s->certificate);
}

bool
sample_print(const struct sample *s, FILE *out)
{
	X509 *x = read_back(s);
	BIO *to = BIO_new_fp(out, BIO_NOCLOSE);
	bool good =
	    x != NULL && to != NULL &&
	    X509_print_ex(to, x, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB,
		X509_FLAG_NO_SIGDUMP | X509_FLAG_NO_PUBKEY) == 1 &&
	    BIO_flush(to) == 1;

	BIO_free(to);
	X509_free(x);
	return good;
}
