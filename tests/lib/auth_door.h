/*
 * auth_door - a door that asks the real auth/, behind which stores and pool
 * are fakes.
 *
 * What must hold of every question is looked at here: it is answered exactly
 * once, and nothing stays open.
 */
#ifndef TESTS_LIB_AUTH_DOOR_H
#define TESTS_LIB_AUTH_DOOR_H

#include "auth/ask.h"
#include "auth/failures.h"
#include "base/password.h"
#include "tests/lib/fake_accounts.h"
#include "tests/lib/fake_attempts.h"
#include "tests/lib/fake_calls.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/fake_pool.h"
#include "tests/lib/fake_proofs.h"
#include "tests/lib/test.h"

#define DOOR_USER "sample001"
#define DOOR_PASSWORD "Passw0rd!"
#define DOOR_CODE "123456"
#define DOOR_ACCOUNT 7
#define DOOR_SESSION_S 28800 /* of the member area */
/* The questions of a right password, in their order. */
#define DOOR_ASKS_WHO "address holder place password"

extern struct secret_key door_code_key;
extern struct failures door_failures;
extern struct password_costs door_costs; /* counts hashes that were seen */
extern const struct secret_key door_grant_key;

/* Of the last attempt. */
extern struct auth_handle door_handle;

/* What the door heard last. */
extern unsigned door_heard; /* answers since door_wait() */
extern struct auth_password_answer door_passed;
extern struct auth_code_answer door_proved;
extern struct auth_registration_answer door_registered;
extern struct auth_made door_made;
extern struct auth_confirm_email_answer door_confirmed;
extern enum auth_end door_done;

/* Before and after each test: an active account, all well; as a front, or as
 * the command line. */
int door_open(void **state);
int door_open_with_proofs(void **state);
int door_shut(void **state);

/* As EST asks. */
struct auth_password door_question(
    enum auth_subject, const char *name, const char *secret);

/* Whether it is taken at all; nobody waits for an answer. */
bool door_may_ask(const struct auth_password *);
/* Any bytes; false: they are no question. */
bool door_take(const struct ipc_head *, size_t bytes);
/* Asks only. */
void door_ask(const struct auth_password *);
void door_ask_login(const char *secret); /* of DOOR_USER */
/* Lets all be answered: one answer must come. */
void door_wait(void);
/* Only asks: AUTH_KIND_SUCCEED and its like. */
void door_end(enum auth_kind);
/* The door itself is gone. */
void door_gone(void);
/* The process ends. */
void door_close(void);

/* Each asks and waits. */
enum auth_end door_try(const struct auth_password *);
enum auth_end door_login(const char *secret);
/* DOOR_PASSWORD, as the first step to a certificate of that profile. */
enum auth_end door_mail(const char *profile);
/* In the attempt that has passed. */
enum auth_end door_register(struct auth_registration *);
/* DOOR_CODE, with a CSR whose digest begins with 0xc5, a key 0x5e, and a
 * certificate 0x77. */
enum auth_end door_code(bool good);
enum auth_end door_code_for(enum decide_operation, bool good);
/* With the issuer's receipt for the certificate 01..., or with that one. */
enum auth_end door_succeed(void);
enum auth_end door_succeed_by(const struct digest *receipt);

#endif
