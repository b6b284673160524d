/*
 * Koshin and OpenSSL read the same requests: what is taken here, OpenSSL
 * reads and verifies; what OpenSSL verifies and is refused here has a reason
 * out of a list. Over all vectors, and over mutants of them: some with
 * changed bytes, and some whose content was changed element by element and
 * signed anew, so that only the two readings can differ. The same mutants in
 * each run; KOSHIN_LONG has twenty times as many.
 */
#include "pki/csr.h"

#include "pki/oid.h"

#include "tests/lib/fuzz.h"
#include "tests/lib/test.h"
#include "tests/lib/vectors.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 20
#define ROUNDS (getenv("KOSHIN_LONG") != NULL ? 200 : 10) /* of a vector */

/*
 * Why what OpenSSL verifies may be refused, by the beginnings of the sentences.
 * Each is needed for a vector, and none that is not here may be given.
 */
static const char *const reasons[] = {
	"ChangeSubjectName must have a subject or a subjectAlt.",
	"Keys of this type are not accepted here.",
	"RSA keys of this size are not accepted here.",
	"RSASSA-PSS is accepted with",
	"The EC public key must be an uncompressed point",
	"The RSA key is weak",
	"The RSA public key must have NULL as parameters",
	"The attribute ", /* ... must have exactly one value */
	"The certification request is not well-formed DER.",
	"The parameters of the public key's algorithm are wrong.",
	"The parameters of the signature algorithm are wrong.",
	"The request asks for the rights of a CA or of another authority",
	"The request asks for the same extension more than once.",
	"The request has the same attribute more than once.",
	"The request has too many attributes.",
	"The requested extendedKeyUsage has nothing of what is certified",
	"The requested extensions are not well-formed.",
	"The requested keyUsage has nothing of what is certified here.",
	"The subject of the certification request is not a Name",
	"The version of the certification request must be 0.",
	"This is not a certification request", /* [0] that is a primitive */
	"challengePassword and the like must be a text of at most 255 bytes.",
	"revocationChallenge is not supported here.",
};
static bool needed[COUNT(reasons)];

static void
expect_reason(const char *reason, const char *name)
{
	for (size_t i = 0; i < COUNT(reasons); i++) {
		if (strncmp(reason, reasons[i], strlen(reasons[i])) != 0)
			continue;
		needed[i] = true;
		return;
	}
	fail_msg(
	    "%s: OpenSSL verifies it, and this is no reason: %s", name, reason);
}

/* ------------------------------------------------------------ two readers */

static const char *
koshin_reads(struct arena *a, struct der der, struct csr **csr)
{
	struct profile wide = profile_person();
	const char *reason;

	wide.keys.kinds |= KEYS_P521;
	reason = csr_read(a, &der, csr);
	if (reason == NULL)
		reason = csr_prove(*csr);
	return reason != NULL ? reason : csr_judge(*csr, &wide);
}

static X509_REQ *
openssl_reads(struct der der)
{
	const unsigned char *at = der.at;

	return d2i_X509_REQ(NULL, &at, (long)der.len);
}

static bool
openssl_verifies(struct der der)
{
	X509_REQ *request = openssl_reads(der);
	EVP_PKEY *key = request == NULL ? NULL : X509_REQ_get0_pubkey(request);
	bool good = key != NULL && X509_REQ_verify(request, key) == 1;

	X509_REQ_free(request);
	ERR_clear_error();
	return good;
}

/*
 * Nobody here reads the texts of a subject, and OpenSSL does not load one that
 * is not of its type: with other texts it reads the same bytes.
 */
static bool
subject_is_all(struct der der, const struct csr *csr)
{
	unsigned char *bytes = fuzz_copy(der.at, der.len);
	struct der name = csr->subject, rdn, one, type, text, whole;
	X509_REQ *request;
	int tag;

	assert_true(der_take(&name, DER_SEQUENCE, &name));
	while (der_take(&name, DER_SET, &rdn)) {
		while (der_take(&rdn, DER_SEQUENCE, &one)) {
			if (!der_take_oid(&one, &type) ||
			    !der_take_any(&one, &tag, &text, &whole))
				break;
			bytes[whole.at - der.at] = DER_UTF8_STRING;
			memset(bytes + (text.at - der.at), 'A', text.len);
		}
	}
	request = openssl_reads((struct der){ bytes, der.len });
	X509_REQ_free(request);
	ERR_clear_error();
	free(bytes);
	return request != NULL;
}

static const char *
hex_of(struct arena *a, struct der der)
{
	char *text = arena_zero(a, 2 * der.len + 1);

	for (size_t i = 0; i < der.len; i++)
		snprintf(text + 2 * i, 3, "%02x", der.at[i]);
	return text;
}

static void
compare(struct der der, const char *name)
{
	struct arena *a = arena_new();
	unsigned char *exact = fuzz_copy(der.at, der.len);
	struct csr *csr = NULL;
	const char *reason =
	    koshin_reads(a, (struct der){ exact, der.len }, &csr);

	if (reason != NULL) {
		if (openssl_verifies(der))
			expect_reason(reason, name);
	} else if (!openssl_verifies(der) &&
		   !subject_is_all((struct der){ exact, der.len }, csr)) {
		fail_msg("%s: taken, and OpenSSL does not verify it: %s", name,
		    hex_of(a, der));
	}
	free(exact);
	arena_free(a);
}

/* ---------------------------------------------------------------- mutants */

/* One element of a tree is left out, doubled, moved, or changed. */
struct change {
	unsigned target; /* which, in the order of the bytes */
	unsigned seen;
	unsigned how;
};

static bool
holds_elements(int tag, const struct der *content)
{
	return (tag & 0x20) != 0 ||
	       (tag == DER_OCTET_STRING && der_peek(content) == DER_SEQUENCE &&
		   der_good(content, DEPTH_MAX));
}

static void
put_changed(struct buf *out, int tag, const struct der *content, unsigned how)
{
	unsigned char bytes[4096];
	size_t len = content->len < sizeof(bytes) ? content->len : 0;

	memcpy(bytes, content->at, len);
	if (how % 2 == 0 && len > 0)
		bytes[fuzz_below((uint32_t)len)] = fuzz_byte();
	else if (how % 3 == 0)
		len = len / 2;
	else
		tag = fuzz_byte();
	der_put(out, tag, bytes, len);
}

static void
rewrite(struct buf *out, struct der from, struct change *c, unsigned depth)
{
	struct der content, whole, later = { NULL, 0 };
	int tag;

	while (der_take_any(&from, &tag, &content, &whole)) {
		if (c->seen++ == c->target) {
			if (c->how == 0)
				continue;
			if (c->how == 1)
				der_raw(out, whole.at, whole.len);
			if (c->how == 2 && !der_empty(&from)) {
				later = whole;
				continue;
			}
			if (c->how > 2) {
				put_changed(out, tag, &content, c->how);
				continue;
			}
		}
		if (depth < DEPTH_MAX && holds_elements(tag, &content)) {
			size_t mark = der_open(out, tag);

			rewrite(out, content, c, depth + 1);
			der_close(out, mark);
		} else {
			der_raw(out, whole.at, whole.len);
		}
		if (later.at != NULL) {
			der_raw(out, later.at, later.len);
			later.at = NULL;
		}
	}
}

static EVP_PKEY *key; /* that all mutants are signed with */

static void
put_key(struct buf *out)
{
	unsigned char *spki = NULL;
	int len = i2d_PUBKEY(key, &spki);

	assert_true(len > 0);
	der_raw(out, spki, (size_t)len);
	OPENSSL_free(spki);
}

/* The last two parts of a CertificationRequest (RFC 2986 4.2). */
static void
put_signature(struct buf *out, struct der info)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char signature[128];
	size_t len = sizeof(signature), mark = der_open(out, DER_SEQUENCE);

	oid_put(out, OID_ECDSA_SHA256);
	der_close(out, mark);
	assert_true(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) > 0);
	assert_true(
	    EVP_DigestSign(ctx, signature, &len, info.at, info.len) > 0);
	der_bits(out, signature, len);
	EVP_MD_CTX_free(ctx);
}

/* Version, subject and attributes of the vector with one change in them. */
static bool
changed_and_signed(struct der der, struct buf *out)
{
	struct der all, info, content, version, name, spki;
	struct change c = { fuzz_below(60), 0, fuzz_below(8) };
	struct buf body;
	size_t mark;
	int tag;

	if (!der_take(&der, DER_SEQUENCE, &all) ||
	    !der_take(&all, DER_SEQUENCE, &info) ||
	    !der_take_any(&info, &tag, &content, &version) ||
	    !der_take_whole(&info, DER_SEQUENCE, &name) ||
	    !der_take_any(&info, &tag, &content, &spki))
		return false;
	buf_init(&body, 70000);
	mark = der_open(&body, DER_SEQUENCE);
	rewrite(&body, version, &c, 0);
	rewrite(&body, name, &c, 0);
	put_key(&body);
	rewrite(&body, info, &c, 0);
	der_close(&body, mark);
	mark = der_open(out, DER_SEQUENCE);
	der_raw(out, body.at, body.used);
	put_signature(out, (struct der){ (unsigned char *)body.at, body.used });
	der_close(out, mark);
	buf_free(&body);
	return true;
}

/* ------------------------------------------------------------------ tests */

static const char *kind;

static void
compare_vector(const char *name)
{
	struct arena *a = arena_new();

	compare(vectors_load(a, kind, name), name);
	arena_free(a);
}

static void
each_vector(void (*check)(const char *name))
{
	kind = "good";
	vectors_each(kind, check);
	kind = "bad";
	vectors_each(kind, check);
}

static void
C_01_C_03_C_04_D_11_vectors(void **state)
{
	(void)state;
	each_vector(compare_vector);
	for (size_t i = 0; i < COUNT(reasons); i++) {
		if (!needed[i])
			fail_msg("no vector needs: %s", reasons[i]);
	}
}

static void
compare_bytes_changed(const char *name)
{
	struct arena *a = arena_new();
	struct der der = vectors_load(a, kind, name);
	unsigned char *bytes;

	/* Keys of sizes that take long are judged by csr_content_test. */
	for (int i = 0; i < ROUNDS && der.len < 900; i++) {
		bytes = fuzz_copy(der.at, der.len);
		for (uint32_t n = 1 + fuzz_below(3); n > 0; n--)
			bytes[fuzz_below((uint32_t)der.len)] = fuzz_byte();
		compare((struct der){ bytes, der.len }, name);
		free(bytes);
	}
	arena_free(a);
}

static void
D_11_mutants_by_bytes(void **state)
{
	(void)state;
	each_vector(compare_bytes_changed);
}

static void
compare_signed_anew(const char *name)
{
	struct arena *a = arena_new();
	struct der der = vectors_load(a, kind, name);
	struct buf mutant;

	for (int i = 0; i < ROUNDS && der.len < 5000; i++) {
		buf_init(&mutant, 70000);
		if (changed_and_signed(der, &mutant) && buf_ok(&mutant))
			compare((struct der){ (unsigned char *)mutant.at,
				    mutant.used },
			    name);
		buf_free(&mutant);
	}
	arena_free(a);
}

static void
C_04_D_11_mutants_by_elements_signed_anew(void **state)
{
	(void)state;
	each_vector(compare_signed_anew);
}

static int
begin(void **state)
{
	(void)state;
	key = EVP_EC_gen("P-256");
	return key == NULL;
}

static int
end(void **state)
{
	(void)state;
	EVP_PKEY_free(key);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(C_01_C_03_C_04_D_11_vectors),
		cmocka_unit_test(D_11_mutants_by_bytes),
		cmocka_unit_test(C_04_D_11_mutants_by_elements_signed_anew),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
