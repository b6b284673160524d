/*
 * ed25519 - which 32 bytes are the public key of somebody: a point of the
 * large subgroup, written in its one way (RFC 8032 5.1.3). OpenSSL takes any.
 *
 * With a point of small order, or one that has a part of such, signatures
 * verify that nobody made, and one private half has eight public ones.
 */
#ifndef BASE_ED25519_H
#define BASE_ED25519_H

#include <stdbool.h>

#define ED25519_SIZE 32

/* 40 us. */
bool ed25519_good(const unsigned char point[ED25519_SIZE]);

#endif
