#include "pki/made_key.h"

#include "base/secret.h"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define SALT 8 /* a macOS refused 16 */

/* ------------------------------------------------------------------- keys */

EVP_PKEY *
made_key_new(enum keys_people kind)
{
	static const struct {
		unsigned bits;
		const char *curve;
	} of[KEYS_PEOPLE] = {
		[KEYS_PEOPLE_RSA_2048] = { .bits = 2048 },
		[KEYS_PEOPLE_RSA_3072] = { .bits = 3072 },
		[KEYS_PEOPLE_RSA_4096] = { .bits = 4096 },
		[KEYS_PEOPLE_P256] = { .curve = "P-256" },
		[KEYS_PEOPLE_P384] = { .curve = "P-384" },
	};

	return of[kind].bits != 0 ? EVP_RSA_gen(of[kind].bits)
				  : EVP_EC_gen(of[kind].curve);
}

/* What an i2d function has made; wiped there. */
static bool
take(unsigned char *der, int len, struct buf *out)
{
	if (len <= 0)
		return false;
	buf_add(out, der, (size_t)len);
	OPENSSL_clear_free(der, (size_t)len);
	return buf_ok(out);
}

bool
made_key_write(EVP_PKEY *key, struct buf *out)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	unsigned char *der = NULL;
	int len = info != NULL ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : 0;

	PKCS8_PRIV_KEY_INFO_free(info);
	return take(der, len, out);
}

EVP_PKEY *
made_key_read(const unsigned char *der, size_t len)
{
	PKCS8_PRIV_KEY_INFO *info =
	    d2i_PKCS8_PRIV_KEY_INFO(NULL, &der, (long)len);
	EVP_PKEY *key = info != NULL ? EVP_PKCS82PKEY(info) : NULL;

	PKCS8_PRIV_KEY_INFO_free(info);
	return key;
}

/* ---------------------------------------------------------------- request */

bool
made_key_request(EVP_PKEY *key, const char *name, struct buf *out)
{
	X509_REQ *request = X509_REQ_new();
	X509_NAME *subject = X509_NAME_new();
	/* P-384 with its own digest, as the pages do. */
	const EVP_MD *md =
	    EVP_PKEY_get_bits(key) == 384 ? EVP_sha384() : EVP_sha256();
	unsigned char *der = NULL;
	int len = 0;

	if (request != NULL && subject != NULL &&
	    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
		(const unsigned char *)name, -1, -1, 0) == 1 &&
	    X509_REQ_set_version(request, 0) == 1 &&
	    X509_REQ_set_subject_name(request, subject) == 1 &&
	    X509_REQ_set_pubkey(request, key) == 1 &&
	    X509_REQ_sign(request, key, md) > 0)
		len = i2d_X509_REQ(request, &der);
	X509_NAME_free(subject);
	X509_REQ_free(request);
	return take(der, len, out);
}

/* ------------------------------------------------------------------- file */

/* All of them; NULL: something else stands there. */
static STACK_OF(X509) * read_certificates(const unsigned char *at, size_t len)
{
	STACK_OF(X509) *all = sk_X509_new_null();
	const unsigned char *end = at + len;
	X509 *one;

	while (all != NULL && at < end) {
		one = d2i_X509(NULL, &at, end - at);
		if (one == NULL || sk_X509_push(all, one) == 0) {
			X509_free(one);
			sk_X509_pop_free(all, X509_free);
			return NULL;
		}
	}
	return all;
}

/* It checks itself that key and certificate belong together. */
static PKCS12 *
make_file(EVP_PKEY *key, const struct made_key_file *f, X509 *own,
    STACK_OF(X509) * above)
{
	static const struct {
		int cipher, rounds;
		const EVP_MD *(*mac)(void);
	} of[MADE_KEY_FORMS] = {
		[MADE_KEY_NEW] = { NID_aes_256_cbc, 10000, EVP_sha256 },
		[MADE_KEY_OLD] = { NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 2048,
		    EVP_sha1 },
	};
	int cipher = of[f->form].cipher, rounds = of[f->form].rounds;
	PKCS12 *made = PKCS12_create(f->passphrase, f->name, key, own, above,
	    cipher, cipher, rounds, -1, 0);

	if (made == NULL || PKCS12_set_mac(made, f->passphrase, -1, NULL, SALT,
				rounds, of[f->form].mac()) == 1)
		return made;
	PKCS12_free(made);
	return NULL;
}

bool
made_key_file(EVP_PKEY *key, const struct made_key_file *f, struct buf *out)
{
	STACK_OF(X509) *all =
	    read_certificates(f->certificates, f->certificates_len);
	X509 *own = all != NULL ? sk_X509_shift(all) : NULL;
	PKCS12 *made = own != NULL ? make_file(key, f, own, all) : NULL;
	unsigned char *der = NULL;
	int len = made != NULL ? i2d_PKCS12(made, &der) : 0;

	PKCS12_free(made);
	X509_free(own);
	sk_X509_pop_free(all, X509_free);
	return take(der, len, out);
}
