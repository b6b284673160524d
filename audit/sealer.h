/*
 * sealer - the process that seals the audit trail, and the only one that has
 * its key. Several may run; one seals, the others look after it and keep
 * heads of their own. None goes on behind a chain that its own head
 * contradicts: that is told, again and again, until it is mended.
 */
#ifndef AUDIT_SEALER_H
#define AUDIT_SEALER_H

#include "base/secret.h"
#include "base/stage.h"

struct sealer_options {
	const char *conninfo;	      /* role koshin_sealer */
	const char *head;	      /* file; see audit/chain_head.h */
	const struct secret_key *key; /* seals are made with it */
};

/*
 * Runs until SIGTERM. It has started when it has its head, and serves when it
 * knows where the chain ends. The exit status.
 */
int sealer_run(const struct sealer_options *, stage_fn *tell);

#endif
