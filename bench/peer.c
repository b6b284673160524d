#include "bench/peer.h"
#include "bench/reason.h"

#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Does somebody listen there? */
static bool
accepts(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok;

	if (fd < 0)
		return false;
	ok = connect(fd, a->ai_addr, a->ai_addrlen) == 0;
	close(fd);
	return ok;
}

/* RFC 6761 6.3: what ends so is this machine, whatever the resolver says. */
static const char *
asked_for(const char *host)
{
	static const char local[] = ".localhost";
	size_t len = strlen(host);

	return len > strlen(local) &&
		       strcmp(host + len - strlen(local), local) == 0
		   ? local + 1
		   : host;
}

/* "localhost" is often two addresses, and the server on one of them. */
static bool
look_up(struct peer *p, const struct options *o)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *all = NULL;
	const struct addrinfo *a;
	int rc = getaddrinfo(asked_for(o->host), o->port, &hints, &all);

	if (rc != 0) {
		fprintf(stderr, "estbench: %s:%s: %s\n", o->host, o->port,
		    gai_strerror(rc));
		return false;
	}
	a = all;
	while (all->ai_next != NULL && a != NULL && !accepts(a))
		a = a->ai_next;
	if (a == NULL)
		a = all; /* nobody: the requests will tell why */
	memcpy(&p->address, a->ai_addr, a->ai_addrlen);
	p->address_len = a->ai_addrlen;
	freeaddrinfo(all);
	return true;
}

/* Keeps the newest session of each identity. Returns 1: it is ours now. */
static int
on_session(SSL *ssl, SSL_SESSION *session)
{
	struct identity *who = SSL_get_app_data(ssl);

	SSL_SESSION_free(who->session);
	who->session = session;
	return 1;
}

static bool
complain(const char *what)
{
	fprintf(stderr, "estbench: %s: %s\n", what,
	    reason_take("OpenSSL does not say why"));
	return false;
}

bool
peer_open(struct peer *p, const struct options *o)
{
	struct in6_addr scratch;
	int versions;

	*p = (struct peer){ .verify = !o->insecure, .resume = o->resume };
	if (!look_up(p, o))
		return false;
	p->host = strdup(o->host);
	if (p->host == NULL)
		abort();
	p->by_ip = inet_pton(AF_INET, p->host, &scratch) == 1 ||
		   inet_pton(AF_INET6, p->host, &scratch) == 1;
	p->tls = SSL_CTX_new(TLS_client_method());
	if (p->tls == NULL)
		return complain("TLS");
	versions = o->tls != 0 ? o->tls : TLS1_2_VERSION;
	SSL_CTX_set_min_proto_version(p->tls, versions);
	SSL_CTX_set_max_proto_version(p->tls, o->tls);
	if (o->groups != NULL &&
	    SSL_CTX_set1_groups_list(p->tls, o->groups) != 1)
		return complain(o->groups);
	/* Thousands of idle connections should not need their buffers. */
	SSL_CTX_set_mode(p->tls, SSL_MODE_RELEASE_BUFFERS |
				     SSL_MODE_ENABLE_PARTIAL_WRITE |
				     SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* Whether an answer is complete is a matter of HTTP, here. */
	SSL_CTX_set_options(p->tls, SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_session_cache_mode(p->tls,
	    p->resume ? SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL
		      : SSL_SESS_CACHE_OFF);
	if (p->resume)
		SSL_CTX_sess_set_new_cb(p->tls, on_session);
	if (!p->verify)
		return true;
	SSL_CTX_set_verify(p->tls, SSL_VERIFY_PEER, NULL);
	if (SSL_CTX_load_verify_file(p->tls, o->cacert) != 1)
		return complain(o->cacert);
	return true;
}

void
peer_close(struct peer *p)
{
	SSL_CTX_free(p->tls);
	free(p->host);
	*p = (struct peer){ 0 };
}

/* What the server may and must be called. */
static bool
set_names(const struct peer *p, SSL *ssl)
{
	if (!p->by_ip && SSL_set_tlsext_host_name(ssl, p->host) != 1)
		return false;
	if (!p->verify)
		return true;
	if (p->by_ip)
		return X509_VERIFY_PARAM_set1_ip_asc(
			   SSL_get0_param(ssl), p->host) == 1;
	return SSL_set1_host(ssl, p->host) == 1;
}

SSL *
peer_tls(const struct peer *p, int fd, struct identity *who)
{
	SSL *ssl = SSL_new(p->tls);
	bool ok;

	if (ssl == NULL)
		return NULL;
	SSL_set_app_data(ssl, who);
	ok = SSL_set_fd(ssl, fd) == 1 && set_names(p, ssl);
	if (ok && who->cert != NULL)
		ok = SSL_use_cert_and_key(
			 ssl, who->cert, who->key, who->chain, 1) == 1;
	if (ok && p->resume && who->session != NULL)
		ok = SSL_set_session(ssl, who->session) == 1;
	if (ok)
		return ssl;
	SSL_free(ssl);
	return NULL;
}
