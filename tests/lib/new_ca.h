/*
 * new_ca - what `koshin init` makes: a root, an issuing CA and a server.
 */
#ifndef TESTS_LIB_NEW_CA_H
#define TESTS_LIB_NEW_CA_H

#include <stdbool.h>

#include "base/fault.h"

/* In that folder; the server is est.example, 127.0.0.1 and ::1. */
bool new_ca(const char *folder, struct fault *why);

#endif
