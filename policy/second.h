/*
 * second - what an operator does with a second one only (R-OPS-4). Auth says so
 * to each session that it opens; who may confirm what another has proposed is
 * asked where it is done, by the database (db/schema/functions_second.sql).
 */
#ifndef POLICY_SECOND_H
#define POLICY_SECOND_H

enum second_act {
	SECOND_LIFT_MASTER, /* the lock or block of a master user */
	SECOND_RESET_CONTRACT,
	SECOND_REVOKE_MANY, /* all of a contract; and one by one, too many */
	SECOND_CLOSE_CONTRACT,
	SECOND_ACTS, /* how many there are */
};

struct second_policy {
	unsigned acts;	   /* each 1U << enum second_act; 0: none wants two */
	unsigned within_s; /* so long a proposal waits: 24 h */
	unsigned revokes;  /* certificates in an hour that one revokes: 10 */
};

/* As the setting, the database and the API call it: "lift-master". */
const char *second_word(enum second_act);
/* All that want two, as PostgreSQL reads an array of texts. */
#define SECOND_LIST_SIZE 80
void second_list(const struct second_policy *, char out[SECOND_LIST_SIZE]);

#endif
