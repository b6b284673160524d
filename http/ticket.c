#include "http/ticket.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/locked.h"
#include "base/secret.h"
#include "base/xalloc.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE 16

/* What protects the tickets of one period. */
struct period {
	int64_t number;
	unsigned char name[NAME_SIZE]; /* stands in the ticket */
	struct digest cipher_key;
	struct digest mac_key;
};

struct ticket {
	struct secret_key secret;
	int64_t period_s; /* the life of a ticket */
	EVP_CIPHER *cipher;
	pthread_mutex_t mutex; /* handshakes of all threads come here */
	struct period now, before;
};

static int slot = -1; /* of the SSL_CTX, for our struct */

static void
derive(const struct ticket *t, int64_t number, struct period *out)
{
	unsigned char label[32] = { 0 };
	struct digest digest;

	out->number = number;
	memcpy(label + 8, &number, sizeof(number));
	memcpy(label, "name", 4);
	digest = digest_keyed(&t->secret, label, sizeof(label));
	memcpy(out->name, &digest, sizeof(out->name));
	memcpy(label, "ciph", 4);
	out->cipher_key = digest_keyed(&t->secret, label, sizeof(label));
	memcpy(label, "mac ", 4);
	out->mac_key = digest_keyed(&t->secret, label, sizeof(label));
}

/* Copies of the keys of this period and the one before. */
static void
current(struct ticket *t, struct period *now, struct period *before)
{
	int64_t number = clock_now() / t->period_s;

	pthread_mutex_lock(&t->mutex);
	if (t->now.number != number) {
		derive(t, number, &t->now);
		derive(t, number - 1, &t->before);
	}
	*now = t->now;
	*before = t->before;
	pthread_mutex_unlock(&t->mutex);
}

static bool
set_mac(EVP_MAC_CTX *mac, struct period *p)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(
		    OSSL_MAC_PARAM_KEY, p->mac_key.bytes, sizeof(p->mac_key)),
		OSSL_PARAM_construct_utf8_string(
		    OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};

	return EVP_MAC_CTX_set_params(mac, params) == 1;
}

static int
seal(struct ticket *t, struct period *p, unsigned char *name, unsigned char *iv,
    EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
	if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(t->cipher)) != 1)
		return -1;
	memcpy(name, p->name, NAME_SIZE);
	if (EVP_EncryptInit_ex2(
		cipher, t->cipher, p->cipher_key.bytes, iv, NULL) != 1 ||
	    !set_mac(mac, p))
		return -1;
	return 1;
}

/* 0: not one of ours, a full handshake follows; 2: renew it. */
static int
unseal(struct ticket *t, struct period *p, bool renew, const unsigned char *iv,
    EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
	if (EVP_DecryptInit_ex2(
		cipher, t->cipher, p->cipher_key.bytes, iv, NULL) != 1 ||
	    !set_mac(mac, p))
		return -1;
	return renew ? 2 : 1;
}

static int
on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv,
    EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int encrypt)
{
	struct ticket *t = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), slot);
	struct period now, before;
	int rc = 0;

	current(t, &now, &before);
	if (encrypt)
		rc = seal(t, &now, name, iv, cipher, mac);
	else if (secret_equal(name, now.name, NAME_SIZE))
		rc = unseal(t, &now, false, iv, cipher, mac);
	else if (secret_equal(name, before.name, NAME_SIZE))
		rc = unseal(t, &before, true, iv, cipher, mac);
	secret_wipe(&now, sizeof(now));
	secret_wipe(&before, sizeof(before));
	return rc;
}

static void
on_free(void *parent, void *ptr, CRYPTO_EX_DATA *data, int index, long argl,
    void *argp)
{
	struct ticket *t = ptr;

	(void)parent;
	(void)data;
	(void)index;
	(void)argl;
	(void)argp;
	if (t == NULL)
		return;
	EVP_CIPHER_free(t->cipher);
	pthread_mutex_destroy(&t->mutex);
	locked_free(t);
}

bool
ticket_open(
    SSL_CTX *ctx, const char *key_file, unsigned life_s, struct fault *why)
{
	struct ticket *t;
	struct fault reason;

	if (key_file == NULL) {
		SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
		SSL_CTX_set_num_tickets(ctx, 0);
		return true;
	}
	t = xalloc_made(locked_new(sizeof(*t)));
	if (slot < 0)
		slot = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, on_free);
	pthread_mutex_init(&t->mutex, NULL);
	t->period_s = life_s > 0 ? life_s : 1;
	t->now.number = -1;
	t->cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
	SSL_CTX_set_ex_data(ctx, slot, t);
	if (!secret_read_key(key_file, &t->secret, &reason))
		return fault_set(why, "%s: %s", key_file, reason.text);
	SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket);
	return true;
}
