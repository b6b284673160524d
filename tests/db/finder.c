#include "tests/db/finder.h"

#include "tests/lib/db_test.h"
#include "tests/lib/test.h"

#include <stdio.h>

struct accounts *finder_accounts;
bool finder_heard;
enum db_rc finder_rc;
struct facts_holder finder_holder;

int
finder_begin(void **state)
{
	(void)state;
	finder_accounts =
	    accounts_open(db_base, db_as("koshin_auth"), ACCOUNTS_AUTH);
	for (int i = 0; i < 6000 && !accounts_up(finder_accounts); i++)
		db_run_ms(10);
	return accounts_up(finder_accounts) ? 0 : -1;
}

int
finder_end(void **state)
{
	(void)state;
	accounts_close(finder_accounts);
	return 0;
}

void
finder_on_holder(void *arg, enum db_rc rc, const struct facts_holder *h)
{
	(void)arg;
	assert_false(finder_heard);
	finder_heard = true;
	finder_rc = rc;
	finder_holder = *h;
}

void
finder_on_done(void *arg, enum db_rc rc)
{
	(void)arg;
	assert_false(finder_heard);
	finder_heard = true;
	finder_rc = rc;
}

void
finder_find(const char *user_id, const struct serial *serial,
    const struct digest *fingerprint)
{
	struct accounts_question q = { user_id, serial, fingerprint };

	finder_heard = false;
	accounts_find(finder_accounts, &q, finder_on_holder, NULL);
	assert_false(finder_heard);
	db_wait(&finder_heard);
}

char *
finder_user_of(int64_t account)
{
	static char user[64];

	snprintf(user, sizeof user, "%s",
	    db_get("SELECT user_id FROM koshin.account WHERE id = %lld",
		(long long)account));
	return user;
}
