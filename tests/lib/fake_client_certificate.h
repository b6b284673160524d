/*
 * fake_client_certificate - http/client_certificate.h: the certificate that a
 * test says the client has shown.
 */
#ifndef TESTS_LIB_FAKE_PRESENTED_H
#define TESTS_LIB_FAKE_PRESENTED_H

#include "http/client_certificate.h"

extern struct client_certificate fake_presented;

#endif
