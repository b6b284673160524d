/*
 * config - koshin.yaml: one file, read once by each process, checked wholly
 * before anything starts.
 *
 * Read by a strict table (config/config_settings.h): unknown and repeated
 * keys, wrong types, values out of range, files that are missing or open to
 * others are refused with `file:line: key: what is wrong; what would be right`.
 * Secrets are files of their own: they are tried here, not kept. Nothing
 * global is set: neither the time zone nor the log. Relative names of files
 * start at the folder of koshin.yaml; in struct config they are absolute.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/log.h"
#include "policy/authority.h"
#include "policy/code.h"
#include "policy/input.h"
#include "policy/lock.h"
#include "policy/profile.h"

#define CONFIG_NOBODY ((uid_t)-1)

enum config_sandbox {
	CONFIG_SANDBOX_STRICT,	    /* no kernel, no service */
	CONFIG_SANDBOX_BEST_EFFORT, /* what the kernel has of it, and a line */
	CONFIG_SANDBOX_OFF,
};

struct config_service {
	char *name; /* stands in subjects (O) and mails */
	/* In mails; NULL: the lines that would have them are left out. */
	char *contact; /* telephone and hours of the desk */
	char *url;     /* of the portal */
	char *zone;    /* Asia/Tokyo */
	char *locale;  /* of accounts that state none: ja */
	char *run;     /* folder for sockets and the lock file */
	char *users;   /* of whom root makes its processes: koshin is
		       * koshin-front, koshin-auth, ...; NULL: stay */
	/* Whose command line auth hashes for: its name, NULL is root, and
	 * its number, CONFIG_NOBODY where the system has none such. */
	char *operator_;
	uid_t operator_uid;
	enum config_sandbox sandbox;
	unsigned store_wait_s; /* a start waits so long for the stores */
};

#define CONFIG_ADDRESSES_MAX 4 /* that are listened on */

struct config_listener {
	char **addresses; /* numeric; 0.0.0.0 or :: for all of a family */
	unsigned addresses_count;
	unsigned port;
	char **proxy_from; /* balancers: addresses, with or without /bits */
	unsigned proxy_from_count;
};

/* One listener of the door for people; off without a host. */
struct config_site {
	char *host;	  /* by which browsers name it; NULL: there is none */
	char **addresses; /* none: those of the EST listener */
	unsigned addresses_count;
	unsigned port;
	char *certificate; /* PEM; NULL: that of the EST listener */
	char *key;	   /* PEM, 0600; NULL: the same */
	unsigned connections_max;
	unsigned idle_s, session_s; /* of a session without a request, of all */
	/* Of the portal alone; its pages look alike at both. */
	char *profile; /* that people get certificates under; NULL: the first */
	bool server_keys; /* are made for browsers that may make none */
	char *logo;	  /* SVG, in the head of each page; NULL: a plain one */
	char *accent,
	    *accent_dark; /* `#0017c1`; NULL, both: that of style.css */
};

struct config_tls {
	char *certificate; /* PEM: leaf, then intermediates */
	char *key;	   /* PEM, 0600 */
	char **names;	   /* SNI names that are ours; none: any (EST-023) */
	unsigned names_count;
	char *ticket_key;   /* secret file shared by instances, EST-012 */
	unsigned session_s; /* life of a ticket */
};

struct config_ca {
	char *certificate;  /* PEM of the issuing CA */
	char *chain;	    /* PEM, up to the root: what /cacerts adds */
	char *key;	    /* PEM, 0600, encrypted or not */
	char *key_password; /* secret file, or NULL */
	char *crl_url;	    /* http: URLs put into certificates */
	char *issuer_url;   /* AIA caIssuers */
	char *ocsp_url;	    /* AIA OCSP, or NULL */
	unsigned signatures_per_minute; /* of this instance, at most */
};

struct config_crl {   /* the list that the issuer publishes */
	char *folder; /* that it lies in; NULL: none is published */
	unsigned interval_s, valid_s;
};

struct config_database { /* libpq conninfo of each role */
	char *front, *auth, *issuer, *courier, *operator_, *member, *sealer;
};

struct config_auth {
	char *pepper;	     /* secret file: passwords are hashed with it */
	char *pepper_before; /* secret file, or NULL: the one it replaces */
};

struct config_audit {
	char *head; /* file: how far the chain goes */
};

struct config_redis {
	char *socket; /* or host and port */
	char *host;
	unsigned port;
	char *user;	/* of auth, or NULL: that of a password alone */
	char *password; /* secret file, or NULL */
	/* Of the command line; NULL: those above. */
	char *operator_user;
	char *operator_password; /* secret file */
	/* Of the front, for sessions of the portal. */
	char *front_user;
	char *front_password; /* secret file */
};

struct config_mail {
	char *relay;	 /* smtp://host:port or smtps://host:port */
	char *helo;	 /* how the relay is greeted; NULL: own name */
	bool starttls;	 /* default on: no mail rather than clear mail */
	char *ca;	 /* PEM to verify the relay with; NULL: the system's */
	char *user;	 /* SMTP AUTH, or NULL */
	char *password;	 /* secret file */
	char *from;	 /* envelope and header sender */
	char *domain;	 /* right part of Message-ID */
	char *templates; /* folder with ja/ and en/ */
	unsigned connections;
	unsigned give_up_h; /* hours until a notice is given up */
	unsigned retry_first_s, retry_last_s; /* waits between attempts */
	unsigned keep_days; /* of a mail that has ended; 0: for ever */
};

enum config_lines { /* base64 of answers, EST-084 */
	CONFIG_LINES_AUTO,
	CONFIG_LINES_64,
	CONFIG_LINES_NONE,
};

struct config_est {
	unsigned threads;	   /* 0: one per core */
	unsigned password_threads; /* 0: one per core */
	unsigned password_queue;   /* waiting Argon2id jobs: 166 */
	enum config_lines lines;
	bool pem_bodies;    /* a CSR may be PEM (EST-083) */
	bool uniform_401;   /* est-conformance 4.3 */
	bool path_alias;    /* label before the prefix (EST-068) */
	unsigned request_s; /* deadline of one request in work: 10 */
	unsigned head_s, body_s, idle_s, write_s; /* 10 30 15 30 */
	unsigned body_max;			  /* 65536 */
	unsigned memory_kib; /* that requests may hold, all threads */
	unsigned connections_max, per_address_max;
	unsigned handshakes_per_address, handshakes_per_network;
	unsigned renewals_per_certificate; /* in a minute */
	unsigned drain_s; /* SIGTERM: time for running requests */
};

struct config_policy {
	struct input_policy input;
	struct lock_policy lock;
	struct code_policy code;
	struct authority_limits limits; /* of masters and operators */
	unsigned address_limit, address_window_s;
	unsigned failures_per_minute; /* of all accounts, that are usual */
	unsigned argon2_memory_kib, argon2_passes;
};

struct config {
	char *path;   /* of the file, for messages */
	char *folder; /* that it is in, absolute */
	char *text;   /* what was read; see config_copy() */
	struct config_service service;
	struct config_listener listen;
	struct config_tls tls;
	struct config_site portal;    /* for everybody */
	struct config_site member;    /* for who shows a certificate; beside the
				    * portal alone, and by any name of one
				    * label more, too */
	struct config_site operator_; /* as that, for operators alone */
	struct config_ca ca;
	struct config_crl crl;
	struct config_database database;
	struct config_redis redis;
	struct config_mail mail;
	struct config_est est;
	struct config_policy policy;
	struct config_auth auth;
	struct config_audit audit;
	char *code_key;	 /* secret file: codes are derived with it */
	char *audit_key; /* secret file: the audit trail is sealed with it */
	enum log_level log_level;
	struct profile *profiles; /* the first is the default (EST-063) */
	unsigned profiles_count;
};

/*
 * NULL when something is wrong; every fault has then been told to `told`,
 * one line each.
 */
struct config *config_read(
    const char *path, void (*told)(void *arg, const char *line), void *arg);
/*
 * Whether the files that are named in it are there, and the secret ones are
 * secret. Not for the command line, whose user need not be able to read the
 * service's keys. False when something is wrong, told likewise.
 */
bool config_try_files(const struct config *,
    void (*told)(void *arg, const char *line), void *arg);
void config_free(struct config *);

/*
 * The text that was checked, in a descriptor that nobody can change, for a
 * process that is executed later. -1: the system gives none.
 */
int config_copy(const struct config *);
/*
 * As config_read() from such a descriptor, which it closes; `path` is
 * absolute: relative names start at its folder.
 */
struct config *config_take(int copy, const char *path,
    void (*told)(void *arg, const char *line), void *arg);

/* The longest session of the listeners where people act as koshin_member: the
 * member area, the operator's desk. 0: there is none of them. */
unsigned config_session_s(const struct config *);

/* Under which name the list of revoked certificates lies in crl.folder: that of
 * its URL, or ca.crl. */
const char *config_crl_name(const struct config *);

/* How browsers name it: `host`, or `host:port` where the port does not go
 * without saying. */
#define CONFIG_AUTHORITY_SIZE 272
void config_authority(
    const struct config_site *, char out[CONFIG_AUTHORITY_SIZE]);

/* By label; NULL or "" is the default profile. NULL: there is none. */
const struct profile *config_profile(
    const struct config *, const char *label, size_t len);

#endif
