/*
 * authority - certificates of CAs for tests, right or wrong in one thing, and
 * a place on disk for them.
 */
#ifndef TESTS_LIB_AUTHORITY_H
#define TESTS_LIB_AUTHORITY_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <time.h>

struct authority {
	const char *name;
	const struct authority *issuer; /* NULL: self-signed */
	const char *basic_constraints;	/* NULL: left out */
	const char *key_usage;		/* NULL: left out */
	bool no_key_id;
	time_t from, to; /* 0: an hour ago, in ten years */
	EVP_PKEY *key;	 /* made when NULL */
	X509 *certificate;
};

/* Fills in key and certificate; fails the test when it cannot. */
void authority_make(struct authority *);
void authority_free(struct authority *);

/* A new folder; removed with all in it. */
char *authority_folder(void);
void authority_remove(char *folder);

/* The path of a file in it, to be freed. */
char *authority_path(const char *folder, const char *file);

/* Files in it, with that mode. Each returns the path, to be freed. */
char *authority_write_certificates(
    const char *folder, const char *file, X509 *const *list, size_t count);
char *authority_write_key(const char *folder, const char *file, EVP_PKEY *,
    const char *password, unsigned mode);
char *authority_write_text(
    const char *folder, const char *file, const char *text, unsigned mode);

#endif
