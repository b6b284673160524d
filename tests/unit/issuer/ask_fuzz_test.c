/* FAKES: clock ledger */
/*
 * Questions as no front of this version asks them, to the real issuer, and
 * answers as it does not give them (T8).
 */
#include "tests/lib/fake_ledger.h"
#include "tests/lib/fuzz.h"
#include "tests/lib/issuer_world.h"
#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

enum {
	ROUNDS = 200000,
	ASKED = 1000,
};

/* Changes some bytes, and sometimes how many there are. */
static size_t
change(void *message, size_t len, size_t room)
{
	unsigned char *bytes = message;

	for (uint32_t n = fuzz_below(4); n > 0; n--) {
		uint32_t at = fuzz_below((uint32_t)len);

		bytes[at] ^= fuzz_byte();
	}
	return fuzz_below(16) == 0 ? fuzz_below((uint32_t)room) : len;
}

static void
T8_a_question_that_is_taken_can_be_read(void **state)
{
	unsigned taken = 0;

	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct issuer_question q = issuer_world_question(1, 1), *copy;
		size_t len = change(&q, ISSUER_ASK_BYTES(&q), sizeof(q));

		copy = fuzz_copy(&q, len);
		if (issuer_question_good(copy, len)) {
			assert_true(copy->account > 0);
			assert_true(
			    strlen(copy->profile) < sizeof(copy->profile));
			assert_int_equal(len, ISSUER_ASK_BYTES(copy));
			digest_of(copy->spki, copy->spki_len);
			taken++;
		}
		free(copy);
	}
	assert_in_range(taken, ROUNDS / 4, ROUNDS - ROUNDS / 20);
}

static void
T8_an_answer_that_is_believed_can_be_read(void **state)
{
	static struct issuer_answer a;
	unsigned believed = 0;

	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct issuer_answer *copy;
		size_t len;

		memset(&a, 0, offsetof(struct issuer_answer, der) + 100);
		a.der_len = 100;
		len = change(&a, ISSUER_ANSWER_BYTES(&a), sizeof(a));
		copy = fuzz_copy(&a, len);
		if (issuer_answer_good(&copy->head, len)) {
			assert_in_range(copy->end, ISSUER_DONE, ISSUER_DOWN);
			digest_of(copy->der, copy->der_len);
			believed++;
		}
		free(copy);
	}
	assert_in_range(believed, ROUNDS / 4, ROUNDS - ROUNDS / 20);
}

/* All but its head, and what lies between the fields. */
static bool
same(const struct issuer_question *a, const struct issuer_question *b)
{
	return a->account == b->account &&
	       strcmp(a->profile, b->profile) == 0 &&
	       a->operation == b->operation && a->by_code == b->by_code &&
	       a->unproven == b->unproven &&
	       memcmp(&a->grant, &b->grant, sizeof(a->grant)) == 0 &&
	       serial_equal(&a->presented, &b->presented) &&
	       digest_equal(&a->csr_digest, &b->csr_digest) &&
	       a->spki_len == b->spki_len &&
	       memcmp(a->spki, b->spki, a->spki_len) == 0;
}

/*
 * A question with a grant, and then some bytes of it changed: what was not
 * granted just so gets no certificate, and everybody is answered once
 * (issuer_world looks).
 */
static void
T8_a_granted_question_that_was_changed_gets_nothing(void **state)
{
	unsigned untouched = 0, refused = 0;

	(void)state;
	for (unsigned i = 0; i < ASKED; i++) {
		struct issuer_question granted, q;
		struct issuer_answer no;
		size_t len, rows;

		granted = issuer_world_question(1 + i, i);
		len = ISSUER_ASK_BYTES(&granted);
		issuer_world_grant(&granted);
		q = granted;
		if (!issuer_question_good(&q, change(&q, len, len + 1)))
			continue;
		rows = fake_ledger.rows;
		if (!issuer_world_try(&q, &no)) {
			assert_int_equal(no.end, ISSUER_GRANT);
			refused++;
		}
		issuer_world_run();
		untouched += same(&q, &granted);
		assert_int_equal(fake_ledger.rows - rows, same(&q, &granted));
	}
	assert_true(untouched > 0 && refused > ASKED / 4);
}

#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(                                       \
	    name, issuer_world_begin, issuer_world_end)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(T8_a_question_that_is_taken_can_be_read),
		T(T8_an_answer_that_is_believed_can_be_read),
		T(T8_a_granted_question_that_was_changed_gets_nothing),
	};

	return cmocka_run_group_tests(
	    tests, issuer_world_begin_group, issuer_world_end_group);
}
