/*
 * request - an evhtp_request_t as the gate hands it to the application,
 * without a connection behind it (`conn->ssl` is NULL).
 */
#ifndef TESTS_LIB_REQUEST_H
#define TESTS_LIB_REQUEST_H

#include <evhtp.h>

/* `path` must live as long. Body: none. */
evhtp_request_t *request_new(htp_method, char *path);
void request_field(evhtp_request_t *, const char *name, const char *value);
/* Authorization: Basic. */
void request_basic(evhtp_request_t *, const char *user_and_secret);
void request_body(evhtp_request_t *, const void *body, size_t len);
void request_free(evhtp_request_t *);

#endif
