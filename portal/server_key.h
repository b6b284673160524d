/*
 * server_key - the steps for people whose browsers may make no key: the
 * keymaker makes one, and the session has it, sealed by a secret that only the
 * browser's cookie has (docs/decisions/0064). Its request goes to the issuer as
 * any; then the keymaker makes files of it, for as long as the session lasts.
 */
#ifndef PORTAL_SERVER_KEY_H
#define PORTAL_SERVER_KEY_H

#include "http/flow.h"

struct buf;

/* So many files of one key: each costs a tenth of a second of a core. */
#define SERVER_KEY_FILES_MAX 20

/* PROBLEM_NOT_FOUND where none are made. */
enum flow_next server_key_offered(struct flow *);
/* The session is at the code; one that it has already stays. */
enum flow_next server_key_make(struct flow *);
/* The session has a key and its certificate; else PROBLEM_NOT_FOUND, as for
 * anybody else's. One file more is counted. */
enum flow_next server_key_count(struct flow *);
/* Behind visit_keep_session(): the file is the answer. */
enum flow_next server_key_file(struct flow *);

/* Into an object, of who is at the code: whether there is one, or can be. */
void server_key_write(struct flow *, struct buf *out);

#endif
