/*
 * finder - what the tests of db/accounts share: a front's connection, and a
 * look at a holder through it.
 */
#ifndef TESTS_DB_FINDER_H
#define TESTS_DB_FINDER_H

#include "db/accounts.h"

extern struct accounts *finder_accounts;
extern bool finder_heard; /* the last question is answered */
extern enum db_rc finder_rc;
extern struct facts_holder finder_holder;

int finder_begin(void **state);
int finder_end(void **state);

/* Callbacks that fill the above; set finder_heard to false before. */
void finder_on_holder(void *arg, enum db_rc rc, const struct facts_holder *);
void finder_on_done(void *arg, enum db_rc rc);

/* Asks and waits. */
void finder_find(const char *user_id, const struct serial *serial,
    const struct digest *fingerprint);

/* Lives until the next call. */
char *finder_user_of(int64_t account);

#endif
