/*
 * fake_attempts - db/attempts.h that answers what a test says and remembers
 * what it was asked. Questions are called address, back, place, failed,
 * neutral, new-code, mailed, lift, drop, spend and succeed.
 */
#ifndef TESTS_LIB_FAKE_ATTEMPTS_H
#define TESTS_LIB_FAKE_ATTEMPTS_H

#include "db/attempts.h"

struct fake_attempts {
	/* answers */
	struct attempts_address_answer address;
	struct attempts_begin_answer begin;
	struct attempts_settled failed;
	struct attempts_mail_answer mail;
	struct attempts_code_answer code;
	bool gone; /* Redis is not up */
	/* heard */
	int places; /* taken and not settled */
	char client[64];
	char user_id[300];
	bool contract; /* it is the number of one */
	unsigned locks;
	unsigned char operation[ATTEMPTS_OPERATION_SIZE];
	unsigned char dropped[ATTEMPTS_OPERATION_SIZE]; /* the code of it */
	struct digest new_digest;
	bool anew;
	struct digest code_digest;
	struct digest csr_digest;
	bool spend;
};

extern struct fake_attempts fake_attempts;

/* Everything is allowed, and a code is right. */
void fake_attempts_reset(void);

#endif
