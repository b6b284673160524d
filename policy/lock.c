#include "policy/lock.h"

struct lock_policy
lock_policy_default(void)
{
	return (struct lock_policy){
		.failures = 6,
		.lock_s = 3600,
		.locks = 3,
	};
}

bool
lock_closed(const struct facts_account *account, time_t now)
{
	return account->id == 0 || lock_holds(account, now);
}

bool
lock_holds(const struct facts_account *account, time_t now)
{
	return account->state != FACTS_ACTIVE || now < account->locked_until;
}

bool
lock_blocks(const struct lock_policy *policy, unsigned number)
{
	return number >= policy->locks;
}
