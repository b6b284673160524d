/*
 * What somebody is told and reached by - name, address, password - only that
 * person changes, and the operator: a master who could set password *and*
 * address of a general user could enroll in that user's name (T7). A device
 * is no person; its master speaks for it.
 */
#include "policy/authority.h"

#include <assert.h>
#include <string.h>

/* A bit for each target. */
#define ON(target) (1U << AUTHORITY_##target)
#define STAFF (ON(PERSON) | ON(DEVICE))

/* What is not in here is refused, or hidden. The operator may do it all. */
static const struct {
	unsigned master, general;
} allowed[AUTHORITY_ACT_COUNT] = {
	[AUTHORITY_SHOW_CONTRACT] = { .master = ON(CONTRACT) },
	[AUTHORITY_REGISTER] = { .master = ON(CONTRACT) },
	[AUTHORITY_LIST] = { .master = ON(CONTRACT) },
	[AUTHORITY_SHOW] = { .master = ON(SELF) | STAFF, .general = ON(SELF) },
	/* R-LOCK-6: not of oneself, that is the operator's. */
	[AUTHORITY_LIFT] = { .master = STAFF },
	[AUTHORITY_CLOSE] = { .master = STAFF },
	[AUTHORITY_REOPEN] = { .master = STAFF },
	[AUTHORITY_REMIND] = { .master = STAFF },
	[AUTHORITY_SET_NAME] = { .master = ON(SELF) | ON(DEVICE),
	    .general = ON(SELF) },
	[AUTHORITY_SET_EMAIL] = { .master = ON(SELF) | ON(DEVICE),
	    .general = ON(SELF) },
	[AUTHORITY_SET_PASSWORD] = { .master = ON(SELF), .general = ON(SELF) },
	[AUTHORITY_SET_TEMPORARY] = { .master = STAFF },
	[AUTHORITY_REVOKE] = { .master = STAFF },
};

static const char *const whys[AUTHORITY_ACT_COUNT] = {
	[AUTHORITY_ADD_CONTRACT] = "only the operator adds contracts",
	[AUTHORITY_SHOW_CONTRACT] =
	    "only the master user and the operator see the contract",
	[AUTHORITY_RESET_CONTRACT] = "only the operator resets a contract",
	[AUTHORITY_UNBLOCK_CONTRACT] =
	    "only the operator lifts the block of a contract",
	[AUTHORITY_CLOSE_CONTRACT] = "only the operator closes a contract",
	[AUTHORITY_SET_PROFILES] =
	    "only the operator says which certificates a contract may have",
	[AUTHORITY_REGISTER] =
	    "only the master user and the operator register users",
	[AUTHORITY_LIST] = "only the master user and the operator list users",
	[AUTHORITY_SHOW] = "only its user and the operator see it",
	[AUTHORITY_LIFT] = "a lock or block of one's own is lifted by somebody "
			   "else; that of the master user by the operator only",
	[AUTHORITY_SUSPEND] = "only the operator suspends and resumes users",
	[AUTHORITY_CLOSE] = "nobody closes the own account; that of the master "
			    "user is closed by the operator only",
	[AUTHORITY_REOPEN] = "nobody opens the own account; that of the master "
			     "user is opened again by the operator only",
	[AUTHORITY_REMIND] = "a user is reminded by the master user and the "
			     "operator",
	[AUTHORITY_SET_NAME] =
	    "only the user and the operator change this name",
	[AUTHORITY_SET_EMAIL] =
	    "only the user and the operator change this address",
	[AUTHORITY_SET_PASSWORD] =
	    "only the user and the operator choose this password; a master "
	    "user gives a temporary one",
	[AUTHORITY_SET_TEMPORARY] =
	    "a temporary password is given by somebody else; to the master "
	    "user by the operator only",
	[AUTHORITY_REVOKE] =
	    "the operator revokes it; a master user only where the profile "
	    "has master_revokes, and not the own",
};

/* Does the actor know that it is there, whatever may be done to it? */
static bool
sees(enum authority_who who, enum authority_target target)
{
	switch (target) {
	case AUTHORITY_UNKNOWN:
	case AUTHORITY_FOREIGN:
		return false;
	case AUTHORITY_CONTRACT:
	case AUTHORITY_SELF:
		return who == AUTHORITY_GENERAL || who == AUTHORITY_MASTER;
	default:
		return who == AUTHORITY_MASTER;
	}
}

enum authority_answer
authority_judge(enum authority_who who, enum authority_act act,
    enum authority_target target, bool master_revokes)
{
	unsigned targets;

	assert(act < AUTHORITY_ACT_COUNT && target < AUTHORITY_TARGET_COUNT);
	if (who == AUTHORITY_OPERATOR)
		return target == AUTHORITY_UNKNOWN &&
			       act != AUTHORITY_ADD_CONTRACT
			   ? AUTHORITY_HIDDEN
			   : AUTHORITY_ALLOWED;
	/* What is asked for is not there yet: nothing to hide. */
	if (act == AUTHORITY_ADD_CONTRACT)
		return AUTHORITY_REFUSED;
	if (!sees(who, target))
		return AUTHORITY_HIDDEN;
	targets = who == AUTHORITY_MASTER ? allowed[act].master
					  : allowed[act].general;
	if (act == AUTHORITY_REVOKE && !master_revokes)
		targets = 0;
	return (targets >> target & 1) != 0 ? AUTHORITY_ALLOWED
					    : AUTHORITY_REFUSED;
}

enum authority_who
authority_who(const struct facts_account *account)
{
	if (account->id == 0 || account->state != FACTS_ACTIVE ||
	    account->temporary_password)
		return AUTHORITY_NOBODY;
	if (account->role == FACTS_MASTER)
		return AUTHORITY_MASTER;
	return account->role == FACTS_DEVICE ? AUTHORITY_NOBODY
					     : AUTHORITY_GENERAL;
}

enum authority_target
authority_of_contract(const struct facts_account *actor, const char *number)
{
	return actor->id != 0 && strcmp(actor->contract, number) == 0
		   ? AUTHORITY_CONTRACT
		   : AUTHORITY_FOREIGN;
}

enum authority_target
authority_of_account(
    const struct facts_account *actor, const struct facts_account *account)
{
	if (account == NULL || account->id == 0)
		return AUTHORITY_UNKNOWN;
	if (authority_of_contract(actor, account->contract) !=
	    AUTHORITY_CONTRACT)
		return AUTHORITY_FOREIGN;
	if (actor->id == account->id)
		return AUTHORITY_SELF;
	if (account->role == FACTS_MASTER || account->role == FACTS_OPERATOR)
		return AUTHORITY_CHIEF;
	return account->role == FACTS_DEVICE ? AUTHORITY_DEVICE
					     : AUTHORITY_PERSON;
}

const char *
authority_why(enum authority_act act)
{
	assert(act < AUTHORITY_ACT_COUNT);
	return whys[act];
}
