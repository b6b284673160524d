/*
 * preflight_files - certificates, keys, texts: what stands in files, before the
 * start. Fails by telling (serve/preflight_told.h).
 */
#ifndef SERVE_PREFLIGHT_FILES_H
#define SERVE_PREFLIGHT_FILES_H

#include "serve/preflight_told.h"

/* What all services name. The issuer's user looks: it may do as little as
 * any. */
preflight_check_fn preflight_files;
/* What mails are made of. */
preflight_check_fn preflight_mails;

#endif
