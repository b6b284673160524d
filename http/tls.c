#include "http/tls.h"

#include "base/held.h"
#include "base/secret.h"
#include "base/xalloc.h"
#include "http/ticket.h"
#include "pki/private_key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * AES-128 first: a handshake costs a twentieth to a tenth less, because its
 * digest is SHA-256, for which processors have instructions.
 */
#define SUITES                                                                 \
	"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"                       \
	"TLS_CHACHA20_POLY1305_SHA256"
#define CIPHERS "ECDHE+AES128+AESGCM:ECDHE+AESGCM:ECDHE+CHACHA20"
#define GROUPS "X25519:P-256:P-384"
/* With TLS 1.2 OpenSSL takes no key of a client on a curve that is not among
 * the groups; for a key exchange this one would be too dear. */
#define GROUPS_OF_KEYS GROUPS ":P-521"
/* That a client's part of a handshake comes in: five, and more where it cuts
 * its chain into pieces of 512 bytes (RFC 6066 4). */
#define RECORDS_MAX 32
#define CERTIFICATE_FILE_MAX (1 << 20) /* of the server's; ten are 20 KiB */

/* Of an SSL: itself when on_certificate() has found the chain good, and the
 * address of this when not. */
static int looked_at;
/* And how many records of a handshake have come. */
static int records;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
make_indexes(void)
{
	looked_at = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	records = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	if (looked_at < 0 || records < 0)
		xalloc_failed();
}

/*
 * Instead of a path validation: a certificate that is ours is found in the
 * ledger byte for byte, and nothing else is ever accepted. Anything may be
 * shown here (EST-021), except keys that cost too much to check.
 *
 * Who shows a certificate gets no ticket of TLS 1.3: OpenSSL 3.0 decodes the
 * certificate once more for each that it makes, a sixth of such a handshake,
 * and a certificate is renewed once a year. A resumed session of TLS 1.2 shows
 * the certificate again, and the ledger is asked again (EST-013).
 */
static int
on_client_certificate(X509_STORE_CTX *store, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(
	    store, SSL_get_ex_data_X509_STORE_CTX_idx());

	(void)arg;
	if (SSL_get_ex_data(ssl, looked_at) != ssl) {
		X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
		return 0;
	}
	SSL_set_num_tickets(ssl, 0);
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

/*
 * OpenSSL asks nobody before it decodes what a client shows, key by key, up to
 * half a millisecond each on the loop that everybody shares; no setting says
 * which keys, or how many. This is called with the whole message, however it
 * came in pieces, just before: where it is none of ours its first length
 * becomes a wrong one, so that it is refused (decode_error) unread.
 *
 * The bytes are OpenSSL's own. Should a later one hand over a copy, or call
 * this too late, on_client_certificate() finds what was not to be decoded, and
 * refuses it: then only time is lost.
 */
static void
on_certificate(int version, unsigned char *message, size_t len, SSL *ssl,
    const struct tls_options *tls)
{
	const size_t head = 4;
	bool good;

	if (len <= head || message[0] != SSL3_MT_CERTIFICATE)
		return;
	good = client_chain_good(
	    message + head, len - head, version == TLS1_3_VERSION, &tls->chain);
	/* The group of the key exchange has been chosen. */
	if (version < TLS1_3_VERSION &&
	    SSL_set1_groups_list(ssl, GROUPS_OF_KEYS) != 1)
		good = false; /* no memory */
	SSL_set_ex_data(ssl, looked_at, good ? (void *)ssl : &looked_at);
	if (!good)
		message[head] = 0xff;
}

/*
 * OpenSSL reads one after the other and does not return as long as there are
 * more: who sends a ClientHello byte by byte, or behind the handshake key
 * updates (TLS 1.3) or renegotiations (1.2: each is refused) without end, would
 * have the loop to himself. He is taken to have said goodbye, which is looked
 * at before each.
 */
static void
on_record(SSL *ssl)
{
	uintptr_t n = (uintptr_t)SSL_get_ex_data(ssl, records) + 1;

	SSL_set_ex_data(ssl, records, (void *)n);
	if (n > RECORDS_MAX)
		SSL_set_shutdown(
		    ssl, SSL_get_shutdown(ssl) | SSL_RECEIVED_SHUTDOWN);
}

/* Everything that goes over a connection, in both directions. */
static void
on_message(int sent, int version, int type, const void *bytes, size_t len,
    SSL *ssl, void *arg)
{
	if (sent)
		return;
	if (type == SSL3_RT_HANDSHAKE)
		on_certificate(version, (unsigned char *)bytes, len, ssl, arg);
	/* The type of a record: in its head, or where TLS 1.3 hides it. */
	if ((type == SSL3_RT_HEADER || type == SSL3_RT_INNER_CONTENT_TYPE) &&
	    *(const unsigned char *)bytes == SSL3_RT_HANDSHAKE)
		on_record(ssl);
}

bool
tls_chain_refused(const SSL *ssl)
{
	return SSL_get_ex_data(ssl, looked_at) == &looked_at;
}

/* EST-024: http/1.1, then http/1.0, or no connection. */
static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned int in_len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1\x08http/1.0";

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto((unsigned char **)out, out_len, ours,
		sizeof(ours) - 1, in, in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	return SSL_TLSEXT_ERR_OK;
}

/* Without a list our names are those of the certificate. */
static bool
is_ours(const struct tls_options *tls, SSL *ssl, const char *name)
{
	if (tls->names_count == 0)
		return X509_check_host(
			   SSL_get_certificate(ssl), name, 0, 0, NULL) == 1;
	for (unsigned i = 0; i < tls->names_count; i++)
		if (strcasecmp(tls->names[i], name) == 0)
			return true;
	return false;
}

/* EST-023: any name but ours ends the handshake. */
static int
on_name(SSL *ssl, int *alert, void *arg)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	const struct tls_options *tls = arg;

	if (name == NULL || is_ours(tls, ssl, name))
		return SSL_TLSEXT_ERR_OK;
	*alert = SSL_AD_UNRECOGNIZED_NAME;
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool
load_key(SSL_CTX *ctx, const struct tls_options *tls, struct fault *why)
{
	char text[PRIVATE_KEY_TEXT_MAX];
	struct fault reason;
	EVP_PKEY *key;
	size_t len;
	bool fits;

	if (!secret_read(tls->key, text, sizeof(text), &len, &reason))
		return fault_set(why, "%s: %s", tls->key, reason.text);
	key = private_key_read(text, len, NULL, NULL);
	fits = key != NULL && SSL_CTX_use_PrivateKey(ctx, key) == 1;
	EVP_PKEY_free(key);
	secret_wipe(text, sizeof(text));
	ERR_clear_error();
	return fits ||
	       fault_set(why,
		   "%s: is not the private key (PEM, unencrypted) of %s",
		   tls->key, tls->certificate);
}

/* A FIFO would be waited for, by all connections; it is read while they are
 * there, too (SIGHUP). */
static bool
is_file(const char *name, struct fault *why)
{
	struct stat st = { .st_mode = 0 };
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return fault_set(why, "%s: %s", name, strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		fault_set(why, "%s: is not a file", name);
	else if (st.st_size > CERTIFICATE_FILE_MAX)
		fault_set(why,
		    "%s: has more than %d bytes; it is a chain of "
		    "certificates in PEM, leaf first",
		    name, CERTIFICATE_FILE_MAX);
	close(fd);
	return S_ISREG(st.st_mode) && st.st_size <= CERTIFICATE_FILE_MAX;
}

static bool
load_certificate(SSL_CTX *ctx, const struct tls_options *tls, struct fault *why)
{
	unsigned long error;

	if (!is_file(tls->certificate, why))
		return false;
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ctx, tls->certificate) == 1)
		return load_key(ctx, tls, why);
	error = ERR_peek_error();
	if (ERR_SYSTEM_ERROR(error))
		return fault_set(why, "%s: %s", tls->certificate,
		    strerror(ERR_GET_REASON(error)));
	return fault_set(why, "%s: is not a PEM certificate chain, leaf first",
	    tls->certificate);
}

static void
set_rules(SSL_CTX *ctx, const struct tls_options *tls)
{
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx,
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
		SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
		SSL_OP_CLEANSE_PLAINTEXT); /* passwords, I-11 */
#ifdef SSL_OP_NO_RX_CERTIFICATE_COMPRESSION
	/* What on_message() looks at would come in another message. */
	SSL_CTX_set_options(ctx, SSL_OP_NO_RX_CERTIFICATE_COMPRESSION);
#endif
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_verify(ctx,
	    tls->no_client_certificate ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
	    NULL);
	SSL_CTX_set_max_cert_list(ctx, (long)tls->chain.bytes);
	SSL_CTX_set_msg_callback(ctx, on_message);
	SSL_CTX_set_msg_callback_arg(ctx, (void *)tls);
	SSL_CTX_set_cert_verify_callback(ctx, on_client_certificate, NULL);
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
	SSL_CTX_set_tlsext_servername_callback(ctx, on_name);
	SSL_CTX_set_tlsext_servername_arg(ctx, (void *)tls);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_timeout(ctx, (long)tls->session_s);
	SSL_CTX_set_num_tickets(ctx, 1);
	SSL_CTX_set_max_early_data(ctx, 0); /* could be replayed (EST-010) */
	SSL_CTX_set_session_id_context(ctx,
	    (const unsigned char *)tls->listener,
	    (unsigned)strlen(tls->listener));
}

static void *
take(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return held_malloc(size);
}

static void *
take_more(void *old, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return held_realloc(old, size);
}

static void
give_back(void *at, const char *file, int line)
{
	(void)file;
	(void)line;
	held_free(at);
}

bool
tls_holds_memory(void)
{
	return CRYPTO_set_mem_functions(take, take_more, give_back) == 1;
}

SSL_CTX *
tls_new(const struct tls_options *tls, struct fault *why)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx == NULL) {
		fault_set(why, "OpenSSL has no TLS server");
		return NULL;
	}
	pthread_once(&once, make_indexes);
	set_rules(ctx, tls);
	if (SSL_CTX_set_ciphersuites(ctx, SUITES) != 1 ||
	    SSL_CTX_set_cipher_list(ctx, CIPHERS) != 1 ||
	    SSL_CTX_set1_groups_list(ctx, GROUPS) != 1 ||
	    (!tls->no_client_certificate &&
		SSL_CTX_add_client_CA(ctx, tls->issuer) != 1)) {
		fault_set(why, "OpenSSL refuses our TLS settings");
		goto fail;
	}
	if (!load_certificate(ctx, tls, why) ||
	    !ticket_open(ctx, tls->ticket_key, tls->session_s, why))
		goto fail;
	return ctx;
fail:
	SSL_CTX_free(ctx);
	return NULL;
}

/*
 * The list of the ciphers that the client can: a third of a KiB, of which
 * OpenSSL has no need once it has chosen. With reserve() of an empty one its
 * memory is made as small as can be.
 */
void
tls_has_shaken(SSL *ssl)
{
	STACK_OF(SSL_CIPHER) *ciphers = SSL_get_client_ciphers(ssl);

	if (ciphers == NULL)
		return;
	sk_SSL_CIPHER_zero(ciphers);
	if (sk_SSL_CIPHER_reserve(ciphers, 0) != 1)
		ERR_clear_error(); /* then it stays as it is */
}
