#include "audit/verify.h"

#include "base/xalloc.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/*
 * Kept, with its texts, so that at the end rows can be tried in each other's
 * places: two that were exchanged are no news, two that were written anew
 * are.
 */
struct verify_suspect {
	struct chain_head before;
	struct digest mac;
	struct chain_row row;
};

/* -------------------------------------------------------------- the seal */

/*
 * OpenSSL's HMAC, fetched once: it uses what the processor has for SHA-256,
 * and there are millions of rows. A failure here is one of the machine.
 */
static EVP_MAC_CTX *
new_seal(const struct secret_key *key)
{
	char digest[] = OSSL_DIGEST_NAME_SHA2_256;
	OSSL_PARAM parameters[] = { OSSL_PARAM_construct_utf8_string(
					OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end() };
	EVP_MAC *mac =
	    xalloc_made(EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL));
	EVP_MAC_CTX *seal = xalloc_made(EVP_MAC_CTX_new(mac));

	EVP_MAC_free(mac);
	if (EVP_MAC_init(seal, key->bytes, sizeof(key->bytes), parameters) != 1)
		xalloc_failed();
	return seal;
}

static bool
fits(struct verify *t, const struct chain_head *before,
    const struct chain_row *row, const struct digest *mac)
{
	struct digest made;
	size_t len = 0;

	buf_clear(&t->message);
	chain_write(&t->message, before, row);
	if (!buf_ok(&t->message) || EVP_MAC_init(t->seal, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(t->seal, (const unsigned char *)t->message.at,
		t->message.used) != 1 ||
	    EVP_MAC_final(t->seal, made.bytes, &len, sizeof(made.bytes)) != 1 ||
	    len != sizeof(made.bytes))
		xalloc_failed();
	return digest_equal(&made, mac);
}

void
verify_open(struct verify *t, const struct secret_key *key)
{
	*t = (struct verify){ .seal = new_seal(key) };
	buf_init(&t->message, CHAIN_CEILING);
}

void
verify_expect(struct verify *t, const struct chain_head *head)
{
	assert(t->expected_count < VERIFY_HEADS_MAX);
	if (head->position > 0)
		t->expected[t->expected_count++] = *head;
}

static void
find(struct verify *t, enum verify_fault fault, int64_t position)
{
	t->faults++;
	if (t->first == VERIFY_GOOD || position < t->first_position) {
		t->first = fault;
		t->first_position = position;
	}
}

/* ------------------------------------------------------------- suspects */

#define TEXTS 5

static const char **
text_of(struct chain_row *row, size_t n)
{
	const char **const all[TEXTS] = { &row->role, &row->actor, &row->action,
		&row->object, &row->details };

	return all[n];
}

static void
suspect(struct verify *t, const struct verify_seal *seal)
{
	struct verify_suspect *s;

	if (t->suspects == NULL)
		t->suspects = xcalloc(VERIFY_SUSPECTS_MAX, sizeof(*s));
	if (t->suspect_count == VERIFY_SUSPECTS_MAX)
		return;
	s = &t->suspects[t->suspect_count++];
	s->before = t->last;
	s->mac = seal->mac;
	s->row = seal->row;
	for (size_t i = 0; i < TEXTS; i++)
		*text_of(&s->row, i) = xstrdup(*text_of(&s->row, i));
}

/* Seals may have been exchanged, or the ids of two rows. */
static bool
is_out_of_order(struct verify *t, const struct verify_suspect *place)
{
	for (size_t i = 0; i < t->suspect_count; i++) {
		struct chain_row other = t->suspects[i].row;

		if (&t->suspects[i] == place)
			continue;
		if (fits(t, &place->before, &other, &place->mac))
			return true;
		other.id = place->row.id;
		if (fits(t, &place->before, &other, &place->mac))
			return true;
	}
	return false;
}

static void
judge_suspects(struct verify *t)
{
	for (size_t i = 0; i < t->suspect_count; i++) {
		const struct verify_suspect *s = &t->suspects[i];

		if (t->first == VERIFY_CHANGED &&
		    t->first_position == s->before.position + 1 &&
		    is_out_of_order(t, s))
			t->first = VERIFY_ORDER;
	}
}

static void
forget_suspects(struct verify *t)
{
	for (size_t i = 0; i < t->suspect_count; i++)
		for (size_t n = 0; n < TEXTS; n++)
			free((char *)(uintptr_t)*text_of(
			    &t->suspects[i].row, n));
	free(t->suspects);
	t->suspects = NULL;
	t->suspect_count = 0;
}

/* ---------------------------------------------------------------- seals */

static void
judge_row(struct verify *t, const struct verify_seal *seal)
{
	if (!seal->has_row) {
		find(t, VERIFY_ROW_MISSING, seal->position);
	} else if (!fits(t, &t->last, &seal->row, &seal->mac)) {
		suspect(t, seal);
		find(t, VERIFY_CHANGED, seal->position);
	}
}

void
verify_take(struct verify *t, const struct verify_seal *seal)
{
	assert(seal->position > t->last.position);
	/* Behind a gap there is nothing to compare the next one with. */
	if (seal->position > t->last.position + 1)
		find(t, VERIFY_MISSING, t->last.position + 1);
	else
		judge_row(t, seal);
	for (size_t i = 0; i < t->expected_count; i++)
		if (t->expected[i].position == seal->position &&
		    !digest_equal(&t->expected[i].mac, &seal->mac))
			find(t, VERIFY_OTHER, seal->position);
	t->rows++;
	t->last.position = seal->position;
	t->last.mac = seal->mac;
}

void
verify_end(struct verify *t)
{
	for (size_t i = 0; i < t->expected_count; i++)
		if (t->expected[i].position > t->last.position)
			find(t, VERIFY_CUT, t->last.position + 1);
	judge_suspects(t);
	forget_suspects(t);
	EVP_MAC_CTX_free(t->seal);
	buf_free(&t->message);
	t->seal = NULL;
}

const char *
verify_word(enum verify_fault fault)
{
	static const char *const words[] = {
		[VERIFY_GOOD] = "none",
		[VERIFY_MISSING] = "missing",
		[VERIFY_ROW_MISSING] = "row-missing",
		[VERIFY_CHANGED] = "changed",
		[VERIFY_ORDER] = "order",
		[VERIFY_CUT] = "cut",
		[VERIFY_OTHER] = "other-chain",
	};

	return words[fault];
}
