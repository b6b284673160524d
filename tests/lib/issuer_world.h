/*
 * issuer_world - a batch (issuer/batch.h) with a real CA, two profiles and the
 * fake ledger, and questions for it. Each answer is looked at: what goes out
 * must be in the ledger (I-1), and each question hears exactly one.
 */
#ifndef TESTS_LIB_ISSUER_WORLD_H
#define TESTS_LIB_ISSUER_WORLD_H

#include "issuer/batch.h"

#define WORLD_ASKED_MAX 2048

extern struct event_base *issuer_world_base;
extern struct profile issuer_world_profiles[2]; /* a person's and a device's */
extern struct batch_options issuer_world_options;
extern const struct secret_key issuer_world_grant_key;
extern struct batch *issuer_world_batch;
extern unsigned char issuer_world_spki[ISSUER_SPKI_MAX]; /* a good P-256 key */
extern size_t issuer_world_spki_len;
/* In the order of the questions. */
extern struct issuer_answer issuer_world_heard[WORLD_ASKED_MAX];

int issuer_world_begin_group(void **state);
int issuer_world_end_group(void **state);
int issuer_world_begin(void **state);
int issuer_world_end(void **state);

/* Of the first profile, by code; `request` makes code and CSR. */
struct issuer_question issuer_world_question(int64_t account, unsigned request);
/* As auth does it; code id and all the rest are in the question. */
void issuer_world_grant(struct issuer_question *);
/* As it is; false, and `no`, if it is not taken. */
bool issuer_world_try(const struct issuer_question *, struct issuer_answer *no);
/* Grants it. Where its answer will be. */
const struct issuer_answer *issuer_world_put(const struct issuer_question *);
const struct issuer_answer *issuer_world_ask_for(
    int64_t account, unsigned request);
/* Until all have heard. */
void issuer_world_run(void);

#endif
