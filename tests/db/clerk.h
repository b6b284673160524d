/*
 * clerk - what the tests of db/ledger share: one ledger, and an account's way
 * from facts to certificate in single steps. Everything that is to differ from
 * test to test comes from a small number.
 */
#ifndef TESTS_DB_CLERK_H
#define TESTS_DB_CLERK_H

#include "db/ledger.h"

extern struct ledger *clerk_ledger;
extern bool clerk_heard;	 /* the last question is answered */
extern unsigned char clerk_seed; /* the last number used */
extern unsigned char clerk_der[LEDGER_DER_MAX];

int clerk_begin(void **state);
int clerk_end(void **state);

/* The callback of every question; its argument is &clerk_heard. */
void clerk_done(void *arg);

void clerk_fill(void *out, size_t len, unsigned char with);
struct ledger_fact clerk_fact(
    int64_t account, unsigned char csr, unsigned char key);
/* Another request with another key. */
struct ledger_fact clerk_fresh_fact(int64_t account);
void clerk_with_code(struct ledger_fact *, unsigned char code);
void clerk_ask(struct ledger_fact *);
/* CSR, key and code of that number; asked. */
struct ledger_fact clerk_facts_by_code(int64_t account, unsigned char n);

/* What the facts say is what is reserved. */
struct ledger_reservation clerk_reservation(
    const struct ledger_fact *, unsigned char serial);
enum db_rc clerk_reserve(struct ledger_reservation *);
enum db_rc clerk_record(unsigned char serial, bool complete_success);
/* A whole issue by code; the serial. */
unsigned char clerk_issue(int64_t account);

const char *clerk_hex(unsigned char serial);
/* Moves a time of a row into the past, with its trigger off for once. */
void clerk_make_older(unsigned char serial, const char *column, const char *by);

#endif
