#include "audit/verify.h"

#include "base/xalloc.h"

#include <assert.h>
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

void
verify_open(struct verify *t, const struct secret_key *key)
{
	*t = (struct verify){ .key = key };
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
is_out_of_order(const struct verify *t, const struct verify_suspect *place)
{
	for (size_t i = 0; i < t->suspect_count; i++) {
		struct chain_row other = t->suspects[i].row;

		if (&t->suspects[i] == place)
			continue;
		if (chain_fits(t->key, &place->before, &other, &place->mac))
			return true;
		other.id = place->row.id;
		if (chain_fits(t->key, &place->before, &other, &place->mac))
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
	} else if (!chain_fits(t->key, &t->last, &seal->row, &seal->mac)) {
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
