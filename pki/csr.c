#include "pki/csr.h"

#include "base/b64.h"
#include "base/held.h"
#include "base/secret.h"
#include "pki/attributes.h"
#include "pki/extensions.h"
#include "pki/hash.h"
#include "pki/key.h"
#include "pki/name.h"
#include "pki/oid.h"

#include <string.h>

#define DEPTH_MAX 12 /* an honest request has seven levels */

const char csr_private_key[] = "This is a private key: never send it to "
			       "anybody. Send the certification request.";
static const char no_body[] =
    "The body is empty; send a certification request, base64-encoded.";
static const char raw_der[] =
    "The certification request must be base64-encoded (RFC 8951 3).";
static const char bad_base64[] = "The body is not well-formed base64.";
static const char no_pem[] =
    "Send the base64 alone, without BEGIN and END lines.";
static const char bad_pem[] =
    "The PEM block must be CERTIFICATE REQUEST, from its BEGIN line to the END "
    "line that belongs to it.";
static const char two_pem[] =
    "There is more than one PEM block; send the certification request alone.";
static const char bad_bom[] =
    "The body begins with a byte order mark; send it as plain ASCII.";
static const char bad_utf16[] =
    "The body is UTF-16 text; send it as plain ASCII.";
static const char bad_der[] =
    "The certification request is not well-formed DER.";
static const char not_csr[] =
    "This is not a certification request (PKCS #10, RFC 2986).";
static const char bad_subject[] =
    "The subject of the certification request is not a Name (RFC 5280 "
    "4.1.2.4).";
static const char bad_version[] =
    "The version of the certification request must be 0.";
static const char bad_usage[] =
    "The requested keyUsage has nothing of what is certified here.";
static const char bad_extended_usage[] =
    "The requested extendedKeyUsage has nothing of what is certified here.";
static const char other_subject[] = "The subject of the request differs from "
				    "that of the certificate that is renewed.";
static const char other_names[] =
    "The subjectAltName of the request differs from that of the certificate "
    "that is renewed.";

/* --------------------------------------------------------- private keys */

/*
 * Is it one of RSAPrivateKey, ECPrivateKey, PrivateKeyInfo (RFC 5958),
 * EncryptedPrivateKeyInfo or PKCS #12, by its first elements?
 */
static bool
looks_private(struct der der)
{
	struct der all, first, oid;
	int64_t version;

	if (!der_take(&der, DER_SEQUENCE, &all))
		return false;
	if (der_peek(&all) == DER_INTEGER) {
		if (!der_take_small(&all, &version))
			return false;
		if (version == 1 && der_peek(&all) == DER_OCTET_STRING)
			return true;
		if (version == 0 && der_peek(&all) == DER_INTEGER)
			return true;
		if (version < 0 || version > 3 ||
		    !der_take(&all, DER_SEQUENCE, &first))
			return false;
		if (version == 3)
			return der_take_oid(&first, &oid);
		return der_peek(&all) == DER_OCTET_STRING;
	}
	/* Encrypted: an algorithm of PKCS #5 or #12, then an OCTET STRING. */
	return der_take(&all, DER_SEQUENCE, &first) &&
	       der_take_oid(&first, &oid) && oid_is_pkcs(&oid) &&
	       der_peek(&all) == DER_OCTET_STRING;
}

/* ----------------------------------------------------------------- text */

static bool
starts(const struct der *text, const char *with)
{
	return text->len >= strlen(with) &&
	       memcmp(text->at, with, strlen(with)) == 0;
}

/* Skips to the first `word`; false: there is none. */
static bool
skip_to(struct der *text, const char *word)
{
	const unsigned char *at =
	    memmem(text->at, text->len, word, strlen(word));

	if (at == NULL)
		return false;
	text->len -= (size_t)(at - text->at);
	text->at = at;
	return true;
}

static bool
has(struct der text, const char *word)
{
	return skip_to(&text, word);
}

/*
 * Narrows a text that begins with a PEM block of this label to the base64 in
 * it (RFC 7468 3). Nobody looks at what stands behind it.
 */
static bool
unwrap(struct der *text, const char *begin, const char *end)
{
	struct der rest = *text;

	if (!starts(text, begin) || !skip_to(&rest, end))
		return false;
	text->at += strlen(begin);
	text->len = (size_t)(rest.at - text->at);
	return true;
}

#define PEM_BEGIN "-----BEGIN "

/*
 * Text around the block is what GnuTLS, NSS and `openssl req -text` write for
 * people (RFC 7468 2, C-05); two blocks are two meanings.
 */
static const char *
read_pem(struct der *text, bool pem)
{
	const unsigned char *first = text->at;
	struct der rest;

	if (has(*text, "PRIVATE KEY-----"))
		return csr_private_key;
	if (!pem)
		return no_pem;
	if (!skip_to(text, PEM_BEGIN) ||
	    (text->at > first && text->at[-1] != '\n' && text->at[-1] != '\r'))
		return bad_pem;
	rest = (struct der){ text->at + 1, text->len - 1 };
	if (has(rest, PEM_BEGIN))
		return two_pem;
	if (!unwrap(text, PEM_BEGIN "CERTIFICATE REQUEST-----",
		"-----END CERTIFICATE REQUEST-----") &&
	    !unwrap(text, PEM_BEGIN "NEW CERTIFICATE REQUEST-----",
		"-----END NEW CERTIFICATE REQUEST-----"))
		return bad_pem;
	return NULL;
}

/* What some editors and shells make of a text; no base64 begins like this. */
static const char *
name_encoding(const struct der *text)
{
	if (starts(text, "\xef\xbb\xbf"))
		return bad_bom;
	if (starts(text, "\xff\xfe") || starts(text, "\xfe\xff") ||
	    (text->len > 1 && (text->at[0] == 0) != (text->at[1] == 0)))
		return bad_utf16;
	return NULL;
}

/* Of text that is ASCII, as far as anybody can see. */
static const char *
decode_text(struct arena *a, struct der text, bool pem, struct der *der)
{
	const char *reason = NULL;
	unsigned char *out;

	if (has(text, PEM_BEGIN))
		reason = read_pem(&text, pem);
	if (reason != NULL)
		return reason;
	out = arena_zero(a, text.len / 4 * 3 + 3);
	der->at = out;
	if (out == NULL)
		return key_no_memory;
	if (!b64_decode((const char *)text.at, text.len, true, out, &der->len))
		return bad_base64;
	if (looks_private(*der) || has(*der, "PRIVATE KEY-----")) {
		secret_wipe(out, der->len);
		*der = (struct der){ NULL, 0 };
		return csr_private_key;
	}
	return NULL;
}

/*
 * It is refused for its encoding; but who sends a private key so must not be
 * told to send it once more.
 */
static const char *
refuse_encoding(struct arena *a, struct der text, const char *encoding)
{
	unsigned char *plain = arena_zero(a, text.len);
	struct der ascii = { plain, 0 }, der = { NULL, 0 };
	const char *reason;

	if (plain == NULL)
		return key_no_memory;
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] > 0 && text.at[i] < 0x80)
			plain[ascii.len++] = text.at[i];
	der_trim(&ascii);
	reason = decode_text(a, ascii, true, &der);
	secret_wipe(plain, text.len);
	return reason == csr_private_key ? reason : encoding;
}

const char *
csr_decode(
    struct arena *a, const void *body, size_t len, bool pem, struct der *der)
{
	struct der text = { body, len };
	const char *encoding;

	*der = (struct der){ NULL, 0 };
	/* base64 of DER starts with M; '0' is the byte of a SEQUENCE. */
	if (der_peek(&text) == DER_SEQUENCE && !has(text, PEM_BEGIN))
		return looks_private(text) ? csr_private_key : raw_der;
	der_trim(&text);
	if (text.len == 0)
		return no_body;
	if (looks_private(text)) /* behind an empty line */
		return csr_private_key;
	encoding = name_encoding(&text);
	if (encoding != NULL)
		return refuse_encoding(a, text, encoding);
	return decode_text(a, text, pem, der);
}

/* ------------------------------------------------------------- structure */

/* The three parts of a CertificationRequest (RFC 2986 4). */
static const char *
take_apart(const struct der *der, struct csr *csr, struct der *attributes)
{
	struct der rest = *der, all, info;
	int64_t version;

	if (!der_take(&rest, DER_SEQUENCE, &all) || !der_empty(&rest) ||
	    !der_good(der, DEPTH_MAX))
		return bad_der;
	if (!der_take_whole(&all, DER_SEQUENCE, &csr->info) ||
	    !der_take(&all, DER_SEQUENCE, &csr->algorithm) ||
	    !der_take_bits(&all, &csr->signature) || !der_empty(&all))
		return not_csr;
	rest = csr->info;
	if (!der_take(&rest, DER_SEQUENCE, &info) ||
	    der_peek(&info) != DER_INTEGER)
		return not_csr;
	if (!der_take_small(&info, &version))
		return bad_version;
	if (!der_take_whole(&info, DER_SEQUENCE, &csr->subject) ||
	    !der_take_whole(&info, DER_SEQUENCE, &csr->spki))
		return not_csr;
	*attributes = (struct der){ info.at, 0 };
	if (!der_empty(&info) &&
	    !der_take(&info, DER_CONTEXT_SET(0), attributes))
		return not_csr;
	if (!der_empty(&info))
		return not_csr;
	if (version != 0)
		return bad_version;
	return name_good(&csr->subject) ? NULL : bad_subject;
}

const char *
csr_read(struct arena *a, const struct der *der, struct csr **out)
{
	struct csr *csr = arena_zero(a, sizeof(*csr));
	struct der attributes;
	const char *reason;

	*out = NULL;
	if (csr == NULL)
		return key_no_memory;
	reason = take_apart(der, csr, &attributes);
	if (reason == NULL)
		reason = attributes_read(&attributes, csr);
	if (reason != NULL)
		return reason;
	csr->whole = *der;
	csr->digest = hash_sha256(der->at, der->len);
	csr->key_digest = hash_sha256(csr->spki.at, csr->spki.len);
	csr->key_identity = key_identity(&csr->spki);
	*out = csr;
	return NULL;
}

/* --------------------------------------------------------------- copies */

bool
csr_slow(const struct csr *csr)
{
	struct der modulus;

	return key_modulus(&csr->spki, &modulus);
}

static struct der
moved(struct der part, const struct csr *from, const unsigned char *to)
{
	return (struct der){ to + (part.at - from->whole.at), part.len };
}

struct csr *
csr_copy(const struct csr *from)
{
	struct csr *copy = held_malloc(sizeof(*copy) + from->whole.len);
	unsigned char *bytes;

	if (copy == NULL)
		return NULL;
	bytes = (unsigned char *)(copy + 1);
	memcpy(bytes, from->whole.at, from->whole.len);
	*copy = (struct csr){
		.whole = moved(from->whole, from, bytes),
		.spki = moved(from->spki, from, bytes),
		.info = moved(from->info, from, bytes),
		.algorithm = moved(from->algorithm, from, bytes),
		.signature = moved(from->signature, from, bytes),
		.has_usage = from->has_usage,
		.usage = from->usage,
		.has_extended_usage = from->has_extended_usage,
		.extended_usage = from->extended_usage,
	};
	return copy;
}

void
csr_copy_free(struct csr *copy)
{
	held_free(copy);
}

/* ---------------------------------------------------------------- proof */

const char *
csr_prove(struct csr *csr)
{
	EVP_PKEY *key = NULL;
	const char *reason = key_read(&csr->spki, &csr->key, &key);
	struct key_proof proof;

	if (reason != NULL)
		return reason;
	proof = (struct key_proof){
		.key = key,
		.kind = csr->key.kind,
		.algorithm = csr->algorithm,
		.signed_bytes = csr->info,
		.signature = csr->signature,
	};
	reason = key_prove(&proof);
	EVP_PKEY_free(key);
	return reason;
}

/* -------------------------------------------------------------- judgement */

static unsigned
usage_of(const struct csr *csr, const struct profile *profile)
{
	if (csr->key.kind == KEYS_RSA)
		return profile->key_usage;
	return profile->key_usage & ~(unsigned)PROFILE_KU_KEY_ENCIPHERMENT;
}

const char *
csr_judge(const struct csr *csr, const struct profile *profile)
{
	enum keys_verdict verdict = keys_judge(&profile->keys, &csr->key);
	struct der modulus;

	if (verdict != KEYS_GOOD)
		return keys_reason(verdict);
	if (csr->has_usage && (csr->usage & usage_of(csr, profile)) == 0)
		return bad_usage;
	if (csr->has_extended_usage &&
	    (csr->extended_usage & profile->extended_key_usage) == 0)
		return bad_extended_usage;
	/* Last: 14 ms for 4096 bits, 107 ms for 8192. */
	if (key_modulus(&csr->spki, &modulus) && key_rsa_prime(&modulus))
		return keys_reason(KEYS_WEAK);
	return NULL;
}

/* One of it, for there is at least one. */
static const char *
key_usage_word(unsigned usage)
{
	if ((usage & PROFILE_KU_DIGITAL_SIGNATURE) != 0)
		return "digitalSignature";
	return (usage & PROFILE_KU_NON_REPUDIATION) != 0 ? "nonRepudiation"
							 : "keyEncipherment";
}

static const char *
extended_usage_word(unsigned usage)
{
	return (usage & PROFILE_EKU_CLIENT_AUTH) != 0 ? "clientAuth"
						      : "emailProtection";
}

static const char *
ask_for(struct arena *a, const char *reason, const char *word)
{
	return arena_printf(a, "%s Ask for %s, or leave it out.", reason, word);
}

const char *
csr_advise(struct arena *a, const struct csr *csr,
    const struct profile *profile, const char *reason)
{
	char keys[KEYS_ADVICE_SIZE];
	const char *whole = NULL;

	if (reason == bad_usage) {
		whole =
		    ask_for(a, reason, key_usage_word(usage_of(csr, profile)));
	} else if (reason == bad_extended_usage) {
		whole = ask_for(a, reason,
		    extended_usage_word(profile->extended_key_usage));
	} else if (reason == key_bad_curve ||
		   reason == keys_reason(KEYS_KIND_REFUSED) ||
		   reason == keys_reason(KEYS_SIZE_REFUSED)) {
		keys_advice(&profile->keys, keys);
		whole = arena_printf(a, "%s Use %s.", reason, keys);
	}
	return whole != NULL ? whole : reason; /* no memory: without it */
}

static bool
matches(const struct der *given, const char *value, size_t len)
{
	return given->len == len && secret_equal(given->at, value, len);
}

bool
csr_linked(const struct csr *csr, const char *value, size_t len, bool required)
{
	if (csr->challenge.at == NULL && csr->linking.at == NULL)
		return !required;
	if (len == 0) /* the connection has none */
		return false;
	if (csr->challenge.at != NULL && !matches(&csr->challenge, value, len))
		return false;
	return csr->linking.at == NULL || matches(&csr->linking, value, len);
}

const char *
csr_same_names(const struct csr *csr, const struct der *subject,
    const struct der *general_names)
{
	if (!name_equal(&csr->subject, subject))
		return other_subject;
	if (!name_general_equal(&csr->names, general_names))
		return other_names;
	return NULL;
}

const char *
csr_read_key(const struct der *spki, struct keys_facts *facts)
{
	if (!der_strict(spki, DEPTH_MAX))
		return bad_der;
	return key_read(spki, facts, NULL);
}
