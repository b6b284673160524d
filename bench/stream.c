#include "bench/stream.h"
#include "bench/reason.h"

#include <openssl/err.h>

#include <errno.h>
#include <string.h>

static const char *
tls_reason(const SSL *ssl)
{
	long verified = SSL_get_verify_result(ssl);

	if (SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE &&
	    verified != X509_V_OK)
		return X509_verify_cert_error_string(verified);
	return reason_take("TLS failed");
}

/* OpenSSL reports through the error queue and errno: both start empty. */
static void
prepare(void)
{
	ERR_clear_error();
	errno = 0;
}

static enum stream_rc
judge(const SSL *ssl, int rc, const char **why)
{
	int e = errno;

	if (rc > 0)
		return STREAM_OK;
	switch (SSL_get_error(ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		return STREAM_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return STREAM_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		e = 0;
		/* fall through */
	case SSL_ERROR_SYSCALL:
		*why =
		    e != 0 ? strerror(e) : "the server closed the connection";
		return STREAM_ENDED;
	default:
		*why = tls_reason(ssl);
		return STREAM_TLS;
	}
}

enum stream_rc
stream_shake(SSL *ssl, const char **why)
{
	prepare();
	return judge(ssl, SSL_connect(ssl), why);
}

enum stream_rc
stream_read(SSL *ssl, void *to, size_t room, size_t *n, const char **why)
{
	prepare();
	return judge(ssl, SSL_read_ex(ssl, to, room, n), why);
}

enum stream_rc
stream_write(
    SSL *ssl, const void *from, size_t len, size_t *n, const char **why)
{
	prepare();
	return judge(ssl, SSL_write_ex(ssl, from, len, n), why);
}
