/* What keymaker and front believe of each other (T8). */
#include "keymaker/ask.h"

#include "tests/lib/test.h"

#include <string.h>

static struct keymaker_key_question key_question;
static struct keymaker_file_question file_question;
static struct keymaker_key_answer key_answer;
static struct keymaker_file_answer file_answer;

static void
T8_questions_for_a_key_that_make_no_sense(void **state)
{
	struct keymaker_key_question *q = &key_question;

	(void)state;
	q->head.kind = KEYMAKER_KIND_KEY;
	assert_true(keymaker_question_good(&q->head, sizeof(*q)));
	assert_false(keymaker_question_good(&q->head, sizeof(*q) - 1));
	q->key = KEYS_PEOPLE;
	assert_false(keymaker_question_good(&q->head, sizeof(*q)));
	q->key = KEYS_PEOPLE_P256;
	memset(q->name, 'x', sizeof(q->name));
	assert_false(keymaker_question_good(&q->head, sizeof(*q)));
	q->head.kind = KEYMAKER_KIND_FILE + 1;
	assert_false(keymaker_question_good(&q->head, sizeof(*q)));
}

static void
T8_questions_for_a_file_that_make_no_sense(void **state)
{
	struct keymaker_file_question *q = &file_question;

	(void)state;
	q->head.kind = KEYMAKER_KIND_FILE;
	q->sealed_len = SEALED_MORE + 1;
	q->certificates_len = 10;
	q->passphrase[0] = 'x';
#define GOOD(q)                                                                \
	keymaker_question_good(&(q)->head, KEYMAKER_FILE_QUESTION_BYTES(q))
	assert_true(GOOD(q));
	assert_false(keymaker_question_good(&q->head, sizeof(q->head)));
	assert_false(keymaker_question_good(
	    &q->head, KEYMAKER_FILE_QUESTION_BYTES(q) - 1));
	q->sealed_len = SEALED_MORE;
	assert_false(GOOD(q));
	q->sealed_len = sizeof(q->sealed) + 1;
	assert_false(GOOD(q));
	q->sealed_len = sizeof(q->sealed);
	q->certificates_len = UINT16_MAX;
	assert_false(keymaker_question_good(&q->head, sizeof(*q)));
	q->certificates_len = 0;
	q->form = MADE_KEY_FORMS;
	assert_false(GOOD(q));
	q->form = MADE_KEY_OLD;
	assert_true(GOOD(q));
	q->passphrase[0] = '\0';
	assert_false(GOOD(q));
	memset(q->passphrase, 'x', sizeof(q->passphrase));
	assert_false(GOOD(q));
}

static void
T8_answers_that_make_no_sense(void **state)
{
	struct keymaker_key_answer *k = &key_answer;
	struct keymaker_file_answer *f = &file_answer;

	(void)state;
	k->head.kind = KEYMAKER_KIND_KEY;
	assert_false(keymaker_answer_good(&k->head, sizeof(*k))); /* nothing */
	k->request_len = 1;
	k->sealed_len = SEALED_MORE + 1;
	assert_true(keymaker_answer_good(&k->head, sizeof(*k)));
	assert_false(keymaker_answer_good(&k->head, sizeof(*k) - 1));
	k->request_len = sizeof(k->request) + 1;
	assert_false(keymaker_answer_good(&k->head, sizeof(*k)));
	k->request_len = 1;
	k->sealed_len = sizeof(k->sealed) + 1;
	assert_false(keymaker_answer_good(&k->head, sizeof(*k)));
	k->sealed_len = 0;
	k->end = (enum keymaker_end)(KEYMAKER_DOWN + 1);
	assert_false(keymaker_answer_good(&k->head, sizeof(*k)));
	k->end = KEYMAKER_BUSY;
	assert_true(keymaker_answer_good(&k->head, sizeof(*k)));

	f->head.kind = KEYMAKER_KIND_FILE;
	f->file_len = 1;
#define ANSWERS(f)                                                             \
	keymaker_answer_good(&(f)->head, KEYMAKER_FILE_ANSWER_BYTES(f))
	assert_true(ANSWERS(f));
	assert_false(keymaker_answer_good(&f->head, sizeof(f->head)));
	f->file_len = 0;
	assert_false(ANSWERS(f));
	f->end = KEYMAKER_UNSEALED;
	assert_true(ANSWERS(f));
	f->file_len = sizeof(f->file) + 1;
	assert_false(keymaker_answer_good(&f->head, sizeof(*f)));
	f->head.kind = KEYMAKER_KIND_FILE + 1;
	assert_false(keymaker_answer_good(&f->head, sizeof(*f)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(T8_questions_for_a_key_that_make_no_sense),
		cmocka_unit_test(T8_questions_for_a_file_that_make_no_sense),
		cmocka_unit_test(T8_answers_that_make_no_sense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
