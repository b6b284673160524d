/*
 * flow_world - an engine with the EST door, whose stores, issuer, pool and
 * client are fakes, and requests on their way through the real tables of steps.
 *
 * What must hold of every request is looked at here, after each: one reply
 * (none where the client has gone), one log line, no open call, no live flow,
 * no timer, no secret in the log. A test says only what is particular.
 */
#ifndef TESTS_LIB_FLOW_WORLD_H
#define TESTS_LIB_FLOW_WORLD_H

#include <stdbool.h>

#include "est/est.h"
#include "tests/lib/fake_accounts.h"
#include "tests/lib/fake_attempts.h"
#include "tests/lib/fake_calls.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/fake_gate.h"
#include "tests/lib/fake_issuer.h"
#include "tests/lib/fake_log.h"
#include "tests/lib/fake_loop.h"
#include "tests/lib/fake_pool.h"
#include "tests/lib/fake_client_certificate.h"
#include "tests/lib/make_csr.h"
#include "tests/lib/test.h"

#define WORLD_USER "sample001"
#define WORLD_PASSWORD "Passw0rd!"
#define WORLD_CODE "123456"
#define WORLD_BASIC_PASSWORD WORLD_USER ":" WORLD_PASSWORD
#define WORLD_BASIC_CODE WORLD_BASIC_PASSWORD WORLD_CODE
#define WORLD_ACCOUNT 7
#define WORLD_RENEWALS 50 /* by one certificate in a minute */

#define WORLD_ENROLL "/.well-known/est/simpleenroll"
#define WORLD_REENROLL "/.well-known/est/simplereenroll"
#define WORLD_DEVICE "/.well-known/est/device/simplereenroll"

/* Questions of the usual ways, in their order. */
#define WORLD_ASKS_WHO "address holder place password"
#define WORLD_ASKS_STEP_1 WORLD_ASKS_WHO " new-code back mail mailed"
#define WORLD_ASKS_STEP_2 WORLD_ASKS_WHO " key spend back issue succeed"
#define WORLD_ASKS_WRONG WORLD_ASKS_WHO " failed"

struct world_request {
	const char *path;	   /* NULL: WORLD_ENROLL */
	const char *basic;	   /* user:secret, or NULL */
	const char *authorization; /* the field as it is, or NULL */
	const char *second;	   /* another one */
	const char *media_type;	   /* NULL: application/pkcs10; "": none */
	const char *user_agent;	   /* or NULL */
	const char *body;	   /* NULL: a good CSR */
	const char *method;	   /* NULL: POST, unless get or head */
	bool get, head;
	enum fake_fault fault; /* at the question of that name */
	const char *at;
	void (*during)(bool begins); /* or NULL: what else goes on */
};

extern struct config world_config;
extern struct est world_est;
extern struct secret_key world_code_key;
extern const struct secret_key world_grant_key;
#define WORLD_PERSON (&world_config.profiles[0])
#define WORLD_DEVICE_PROFILE (&world_config.profiles[1])

/* Before each test: an active account without a certificate, all well. */
int world_begin(void **state);
int world_end(void **state);

/* Sends it and answers until nobody asks any more. */
void world_send(const struct world_request *);

/* The account has a current certificate that ends in so many days. */
void world_has_certificate(int days);
/* And it is shown in TLS. */
void world_shows_certificate(int days);
/* The key of the CSRs is one of ours. */
void world_owns_key(void);
/* The account is a device. */
void world_is_device(void);

/* Of the last answer. The text of a body comes without its newline. */
void world_expect(int status, const char *text, const char *asked);
bool world_logged(const char *piece);
/* Is there nothing left of the body of the last request? */
bool world_body_wiped(void);

#endif
