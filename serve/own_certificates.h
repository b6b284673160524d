/*
 * own_certificates - the certificates that the service itself shows and signs
 * with, and when they end: those of the listeners, with what stands behind
 * them, the CA's and those above it (F-81, F-82).
 *
 * Waits: for files. Reads what everybody may read.
 */
#ifndef SERVE_OWN_CERTIFICATES_H
#define SERVE_OWN_CERTIFICATES_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "pki/ca_text.h"
#include "policy/ending.h"

struct own_certificate {
	const char *file; /* of the configuration */
	size_t place;	  /* in that file, from 0 */
	struct ca_text text;
	bool begins_later;  /* is not valid yet */
	enum ending ending; /* now */
};

/* Each file once, whoever names it. A file that cannot be read is passed over:
 * who opens it tells. */
typedef void own_certificates_fn(void *arg, const struct own_certificate *);
void own_certificates_each(
    const struct config *, own_certificates_fn *each, void *arg);

/* "ends on 2027-04-25, in 29 days" or "has ended on 2027-04-25". */
#define OWN_CERTIFICATES_SAID 64
void own_certificates_say(
    const struct own_certificate *, char out[OWN_CERTIFICATES_SAID]);

/*
 * Looks again, and logs each step of policy/ending once (`certificate-ends`).
 * `told` is what is known, zeros at first: then nothing is logged, for the
 * checks of the start have told. To be called from time to time, and when
 * files were renewed.
 */
#define OWN_CERTIFICATES_MAX 64
struct own_certificates_told {
	struct own_certificates_step {
		const char *file;
		size_t place;
		time_t not_after;
		enum ending ending;
	} steps[OWN_CERTIFICATES_MAX];
	size_t count;
	bool begun;
};
void own_certificates_watch(
    const struct config *, struct own_certificates_told *);

#endif
