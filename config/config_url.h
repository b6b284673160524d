/*
 * config_url - the forms of the few URLs that koshin.yaml takes.
 */
#ifndef CONFIG_CONFIG_URL_H
#define CONFIG_CONFIG_URL_H

#include <stdbool.h>

/* A host name or a numeric address, without brackets. */
bool config_url_host(const char *text);

/* A host name, or an address as RFC 5321 4.1.3 writes it: [192.0.2.1],
 * [IPv6:2001:db8::1]. */
bool config_url_helo(const char *text);

/* NULL, or what would be right: of what goes into certificates, and of a page
 * for people. */
const char *config_url_http(const char *url);
const char *config_url_https(const char *url);
/* What stands behind the last slash of its path; "" where there is none, or it
 * is no name of a file: letters, digits, `-`, `_` and inner dots. */
const char *config_url_file(const char *http_url);
/* Without a user in it, whose password would stand there too. */
const char *config_url_smtp(const char *url);

#endif
