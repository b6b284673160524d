/*
 * stream - TLS over a non-blocking socket, with one kind of result.
 */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include <openssl/ssl.h>

#include <stdbool.h>
#include <stddef.h>

enum stream_rc {
	STREAM_OK,
	STREAM_WANT_READ,  /* call again when readable */
	STREAM_WANT_WRITE, /* call again when writable */
	STREAM_ENDED,	   /* closed, with or without goodbye, or reset */
	STREAM_TLS	   /* an alert, or something that is no TLS */
};

/*
 * *why is for people, set unless the result is STREAM_OK or a want, and
 * valid for now.
 */
enum stream_rc stream_shake(SSL *ssl, const char **why);
enum stream_rc stream_read(
    SSL *ssl, void *to, size_t room, size_t *n, const char **why);
enum stream_rc stream_write(
    SSL *ssl, const void *from, size_t len, size_t *n, const char **why);

#endif
