#include "http/channel_binding.h"

#include "base/b64.h"

#include <string.h>

#define EXPORTER_LABEL "EXPORTER-Channel-Binding" /* RFC 9266 2 */
#define EXPORTER_SIZE 32
#define BINDING_MAX EVP_MAX_MD_SIZE

/*
 * tls-unique: the first Finished of the latest handshake. In a full one the
 * client sends first, in a resumed one the server (RFC 5929 3.1, EST-232).
 */
static size_t
tls_unique(SSL *ssl, unsigned char *out)
{
	if (!SSL_get_extms_support(
		ssl)) /* else others may have the same (EST-234) */
		return 0;
	if (SSL_session_reused(ssl))
		return SSL_get_finished(ssl, out, BINDING_MAX);
	return SSL_get_peer_finished(ssl, out, BINDING_MAX);
}

static size_t
tls_exporter(SSL *ssl, unsigned char *out)
{
	if (SSL_export_keying_material(ssl, out, EXPORTER_SIZE, EXPORTER_LABEL,
		sizeof(EXPORTER_LABEL) - 1, NULL, 0, 1) != 1)
		return 0;
	return EXPORTER_SIZE;
}

size_t
channel_binding_value(SSL *ssl, char out[CHANNEL_BINDING_SIZE])
{
	unsigned char value[BINDING_MAX];
	size_t len = 0;

	if (ssl == NULL)
		return 0;
	if (SSL_version(ssl) == TLS1_3_VERSION)
		len = tls_exporter(ssl, value);
	else if (SSL_version(ssl) == TLS1_2_VERSION)
		len = tls_unique(ssl, value);
	if (len == 0 || len > BINDING_MAX)
		return 0;
	return b64_encode(out, value, len, B64_LINES_NONE);
}
