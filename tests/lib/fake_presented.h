/*
 * fake_presented - est/presented.h: the certificate that a test says the
 * client has shown.
 */
#ifndef TESTS_LIB_FAKE_PRESENTED_H
#define TESTS_LIB_FAKE_PRESENTED_H

#include "est/presented.h"

extern struct presented fake_presented;

#endif
