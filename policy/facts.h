/*
 * facts - what is known about an account and its certificates when something
 * has to be decided. Plain data; db/ fills it, policy/ judges it.
 */
#ifndef POLICY_FACTS_H
#define POLICY_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/digest.h"
#include "base/must.h"
#include "base/serial.h"
#include "policy/profile.h"

enum facts_role {
	FACTS_MASTER,
	FACTS_GENERAL,
	FACTS_DEVICE,
	FACTS_OPERATOR, /* who runs the service, in pages (R-OPS-1) */
};

enum facts_state {
	FACTS_ACTIVE,
	FACTS_BLOCKED,	 /* until somebody lifts it (R-LOCK-3) */
	FACTS_SUSPENDED, /* until the operator resumes it (R-LOCK-9) */
	FACTS_CLOSED,
};

#define FACTS_PROFILES_SIZE 256

struct facts_account {
	int64_t id;		 /* 0: there is no such account */
	int64_t version;	 /* grows with every change of the row */
	char user_id[64];	 /* 6 to 12 letters and digits (R-ACC-3) */
	char contract[16];	 /* its number, 8 digits (R-ACC-1) */
	char name[128];		 /* UTF-8 in NFC (R-ACC-5) */
	char email[64];		 /* mails go there (R-ACC-6) */
	char locale[8];		 /* "ja" or "en" */
	char password_hash[128]; /* Argon2id; wipe after use */
	bool temporary_password; /* to be replaced first (R-ACC-7) */
	enum facts_role role;
	enum facts_state state;
	time_t locked_until;		    /* 0: not locked */
	unsigned locks;			    /* locks in a row, R-LOCK-3 */
	char profiles[FACTS_PROFILES_SIZE]; /* of its contract (R-CERT-11) */
};

/*
 * May its users have certificates under that profile? `profiles` are names
 * with commas between, or nothing: then they may under any.
 */
MUST_CHECK bool facts_profile_allowed(
    const struct facts_account *, const char *name);

/* Leaves of the address what its owner knows it by: `t***@example.jp`. */
void facts_mask_email(struct facts_account *);

struct facts_certificate {
	bool exists;
	int64_t account;
	char profile[PROFILE_NAME_MAX + 1]; /* that it was issued under */
	struct serial serial;
	time_t not_before;
	time_t not_after;
	bool issued; /* the ledger row is complete */
	bool revoked;
	bool current;		    /* the one of R-CERT-2 */
	bool installed;		    /* seen in use since, R-CERT-12 */
	time_t issued_at;	    /* 0: it is not */
	struct digest key_identity; /* of pki/key.h */
};

/*
 * The words of the database for a role and a state, read here and nowhere
 * else. False, and `out` is as it was, for any other word and for NULL: who
 * cannot be understood is nobody, least of all a master.
 */
MUST_CHECK bool facts_read_role(const char *word, enum facts_role *out);
MUST_CHECK bool facts_read_state(const char *word, enum facts_state *out);

/* Everything that one request has to know about its holder. */
struct facts_holder {
	struct facts_account account;
	struct facts_certificate current;   /* the account's current one */
	struct facts_certificate presented; /* the TLS client certificate */
};

/* Of another process: its texts end, its words and flags are some. */
MUST_CHECK bool facts_account_good(const struct facts_account *);
MUST_CHECK bool facts_holder_good(const struct facts_holder *);

#endif
