/*
 * heads - read the head of a request as the server does, and say what became
 * of it.
 */
#ifndef TESTS_LIB_HEADS_H
#define TESTS_LIB_HEADS_H

#include "http/head.h"

#define LINE "GET /a HTTP/1.1\r\n"
#define HOST "Host: ca.example\r\n"
#define POST "POST /a HTTP/1.1\r\n" HOST
#define SIZED POST "Content-Length: 5\r\n"
#define END "\r\n"

extern const struct head_limits heads_limits;

/*
 * Reads a copy of exactly these bytes, at once and then byte by byte: both
 * must say the same. Returns 200 for a whole head, 0 for an incomplete one.
 */
int heads_read(struct head *, const char *bytes, size_t len);

/* What heads_read() returns. */
int heads_status_n(const char *bytes, size_t len);
int heads_status(const char *text);

/* Of a GET with one more field line. */
int heads_with_field(const char *field);

#endif
