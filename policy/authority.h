/*
 * authority - who may do what to whom: one table, asked by the command line
 * and by the pages (R-ACC-7, R-ACC-8, R-ACC-8a, R-LOCK-6, R-CERT-6, R-WEB-5).
 *
 * It judges people who have proved who they are. A registration (R-ACC-2,
 * R-ACC-7) proves a password instead and is not in here. The database asks a
 * second time, by rows (I-14): db/schema/session.sql.
 */
#ifndef POLICY_AUTHORITY_H
#define POLICY_AUTHORITY_H

#include <stdbool.h>

#include "policy/facts.h"
#include "policy/second.h"

enum authority_who {
	AUTHORITY_NOBODY, /* has proved nothing; also a device: no person */
	AUTHORITY_GENERAL,
	AUTHORITY_MASTER,
	AUTHORITY_OPERATOR,
	AUTHORITY_WHO_COUNT,
};

/* How often a master may (T6, T7), how long it takes, and what an operator may
 * not alone. The session has them from auth, whose settings they are, and the
 * database counts. */
struct authority_limits {
	unsigned lifts;	       /* lift for one user in a day: 3 */
	unsigned passwords;    /* give one user a password in a day: 3 */
	unsigned closes;       /* close users in an hour: 100 */
	unsigned email_wait_s; /* until another address is one's: 24 h (T3) */
	struct second_policy second;
};

/* How the actor sees what is acted on. */
enum authority_target {
	AUTHORITY_UNKNOWN,  /* does not exist; the same as foreign */
	AUTHORITY_FOREIGN,  /* another contract, or an account of it */
	AUTHORITY_CONTRACT, /* the own contract itself */
	AUTHORITY_SELF,	    /* the own account */
	AUTHORITY_PERSON,   /* another general user of the own contract */
	AUTHORITY_DEVICE,   /* a device of the own contract */
	/* the master of the own contract, another one; and an operator there */
	AUTHORITY_CHIEF,
	AUTHORITY_TARGET_COUNT,
};

enum authority_act {
	/* on a contract */
	AUTHORITY_ADD_CONTRACT,
	AUTHORITY_SHOW_CONTRACT,
	AUTHORITY_RESET_CONTRACT, /* new initial password, R-ACC-8a */
	AUTHORITY_UNBLOCK_CONTRACT,
	AUTHORITY_CLOSE_CONTRACT,
	AUTHORITY_SET_PROFILES, /* that its users may have, R-CERT-11 */
	AUTHORITY_REGISTER,	/* general users and devices, R-ACC-7 */
	AUTHORITY_LIST,		/* its accounts */
	/* on an account */
	AUTHORITY_SHOW,
	AUTHORITY_LIFT,	   /* lock or block */
	AUTHORITY_SUSPEND, /* and resume, R-LOCK-9 */
	AUTHORITY_CLOSE,
	AUTHORITY_REOPEN, /* what was closed lately, T7 */
	AUTHORITY_REMIND, /* by mail, of a certificate */
	AUTHORITY_SET_NAME,
	AUTHORITY_SET_EMAIL,
	AUTHORITY_SET_PASSWORD, /* for good */
	AUTHORITY_SET_TEMPORARY,
	AUTHORITY_REVOKE, /* a certificate of it, R-CERT-6 */
	AUTHORITY_ACT_COUNT,
};

/*
 * What must not be told apart comes first. HIDDEN: not yours; answered, word
 * for word, like what does not exist (I-14, J-09). REFUSED: yours, but this
 * is not for you to do; may say so.
 */
enum authority_answer {
	AUTHORITY_HIDDEN,
	AUTHORITY_REFUSED,
	AUTHORITY_ALLOWED,
};

/* `master_revokes`: the profile of the certificate lets a master revoke it;
 * read for AUTHORITY_REVOKE only. */
enum authority_answer authority_judge(enum authority_who, enum authority_act,
    enum authority_target, bool master_revokes);

/* Who an account acts as. An operator's acts for itself alone: what it may at
 * its desk is judged there (R-OPS-2). */
enum authority_who authority_who(const struct facts_account *);
/*
 * How `actor` sees the account; NULL: there is no such account. An actor with
 * id 0 (the operator, nobody) has no contract: everything is foreign.
 */
enum authority_target authority_of_account(
    const struct facts_account *actor, const struct facts_account *account);
enum authority_target authority_of_contract(
    const struct facts_account *actor, const char *number);

/* Why it is REFUSED, as a sentence: "only the operator lifts ...". */
const char *authority_why(enum authority_act);

#endif
