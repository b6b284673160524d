#include "policy/lock.h"

bool
lock_closed(const struct facts_account *account, time_t now)
{
	return account->id == 0 || lock_holds(account, now);
}

bool
lock_final(const struct facts_account *account)
{
	return account->id == 0 || account->state == FACTS_SUSPENDED ||
	       account->state == FACTS_CLOSED;
}

bool
lock_holds(const struct facts_account *account, time_t now)
{
	return account->state != FACTS_ACTIVE || now < account->locked_until;
}
