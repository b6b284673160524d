/*
 * options - what the command line asked for.
 *
 * Owns:    the strings and lists in struct options, until options_free().
 * Fails:   wrong usage is explained on stderr, one line.
 */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum options_mode {
	OPTIONS_REENROLL_NEW,
	OPTIONS_REENROLL_KEPT,
	OPTIONS_ENROLL,
	OPTIONS_CACERTS_NEW,
	OPTIONS_CACERTS_KEPT,
	OPTIONS_GET_KEPT, /* of any server, whatever its URL names */
	OPTIONS_IDLE,
	OPTIONS_FLOOR /* no server */
};

enum options_key {
	OPTIONS_KEY_OWN, /* re-enroll: the key of the client certificate */
	OPTIONS_KEY_EC,	 /* P-256 */
	OPTIONS_KEY_RSA, /* 2048 bits */
	OPTIONS_KEY_ED25519
};

/* Files of one client certificate with its key. */
struct pair {
	char *cert; /* PEM, the rest of the chain may follow */
	char *key;  /* PEM */
};

struct options {
	enum options_mode mode;
	bool fresh;	     /* a new TLS connection for each request */
	char *url;	     /* as given */
	char *host;	     /* from url, without brackets */
	char *port;	     /* from url, or 443 */
	char *path;	     /* prefix, label and operation */
	char *fields;	     /* header fields to send, NULL for none */
	char *body;	     /* what get-kept posts, NULL: it gets */
	char *label;	     /* EST label, NULL for none */
	int connections;     /* at a time */
	long requests;	     /* timed requests, 0: by seconds */
	double run_s;	     /* timed part or hold, 0: by requests */
	long warmup;	     /* requests before, -1: not given */
	long rate;	     /* requests per second at most, 0: any */
	long csrs;	     /* made ahead with run_s, 0: an estimate */
	double deadline_s;   /* per request, seconds */
	int tls;	     /* TLS1_2_VERSION, TLS1_3_VERSION, 0: either */
	char *groups;	     /* of the key exchange, NULL: OpenSSL's */
	char *cacert;	     /* PEM, verifies the server */
	bool insecure;	     /* the server is not verified */
	bool resume;	     /* sessions are resumed */
	struct pair *pairs;  /* client certificates */
	size_t pair_count;   /* in pairs */
	char *userpass_file; /* USER:PASS in each line */
	enum options_key key_type; /* of the CSRs */
	int expect;		   /* the status that counts as right */
	pid_t *pids;		   /* server processes */
	size_t pid_count;	   /* in pids */
	bool pid_tree;		   /* and their descendants */
	bool json;		   /* report as one JSON object */
};

enum options_rc {
	OPTIONS_OK,
	OPTIONS_HELP,
	OPTIONS_WRONG
};

/* Fills `o`, also when it fails; release with options_free() either way. */
enum options_rc options_parse(struct options *o, int argc, char **argv);

void options_free(struct options *o);

/* The name of a mode, as on the command line. */
const char *options_mode_name(enum options_mode m);

/* True for the modes that post a CSR. */
bool options_enrolls(const struct options *o);

/* True for the modes whose good answer is a certs-only SignedData. */
bool options_certificates(const struct options *o);

/* The manual, to stdout. */
void options_help(void);

#endif
