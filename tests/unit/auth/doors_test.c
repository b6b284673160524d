/* FAKES: accounts attempts calls clock ipc loop pool proofs */
/*
 * Two doors, one of which asks without end.
 */
#include "auth/ladder.h"
#include "base/password.h"
#include "base/share.h"
#include "tests/lib/fake_calls.h"
#include "tests/lib/fake_pool.h"
#include "tests/lib/test.h"

#include <string.h>

#define EACH 8 /* that a door may have in the pool */

static char doors[2];
static unsigned full[2], refused[2];

static void
hear(void *door, struct ipc_head *message, size_t bytes)
{
	const union auth_answer *answer = (const void *)message;
	size_t which = (size_t)((char *)door - doors);

	assert_int_equal(bytes, sizeof(answer->password));
	full[which] += answer->password.end == AUTH_FULL;
	refused[which] += answer->password.end == AUTH_REFUSED;
}

static void
ask(struct ladder *ladder, char *door, unsigned number)
{
	struct auth_password q = { .head.kind = AUTH_KIND_PASSWORD,
		.handle.number = number,
		.subject = AUTH_NOBODY };

	assert_true(ladder_take(
	    ladder, door, &q.head, offsetof(struct auth_password, secret)));
}

/* T8: the front that floods is told so; the other is answered. */
static void
I_13_a_flood_at_one_door_leaves_room_at_another(void **state)
{
	static struct input_policy input = { 8, 12 };
	static struct password_costs costs;
	static char redis, postgres;
	struct share *room = share_new(2 * EACH);
	struct ladder *ladder;
	unsigned number = 0;

	(void)state;
	fake_calls_reset();
	fake_pool_reset();
	ladder = ladder_open(&(struct ladder_options){
	    .attempts = (void *)&redis,
	    .accounts = (void *)&postgres,
	    .room = room,
	    .costs = &costs,
	    .input = &input,
	    .answer = hear,
	});
	for (int i = 0; i < EACH * 3; i++)
		ask(ladder, &doors[0], ++number);
	assert_int_equal(full[0], EACH * 2);
	for (int i = 0; i < EACH / 2; i++)
		ask(ladder, &doors[1], ++number);
	assert_int_equal(full[1], 0);
	/* Who leaves at once has his work in the queue all the same. */
	ladder_door_gone(ladder, &doors[0]);
	ask(ladder, &doors[0], ++number);
	assert_int_equal(full[0], EACH * 2 + 1);
	fake_calls_pump();
	assert_int_equal(refused[1], EACH / 2);
	/* What was taken has come back. */
	for (int i = 0; i < EACH; i++)
		ask(ladder, &doors[0], ++number);
	assert_int_equal(full[0], EACH * 2 + 1);
	fake_calls_pump();
	assert_int_equal(refused[0], EACH);
	ladder_close(ladder);
	share_free(room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    I_13_a_flood_at_one_door_leaves_room_at_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
