#include "serve/preflight_files.h"

#include "base/clock.h"
#include "est/cacerts.h"
#include "est/text.h"
#include "http/tls.h"
#include "mailer/template.h"
#include "pki/ca.h"
#include "pki/root_key.h"
#include "pki/sample.h"
#include "policy/validity.h"
#include "portal/brand.h"
#include "serve/front.h"
#include "serve/own_certificates.h"
#include "serve/sandbox.h"

#include <limits.h>
#include <openssl/x509v3.h>

/* a certificate issued today must not outlive the CA. */
static bool
outlives(const struct profile *p, const struct ca *ca)
{
	struct validity v;

	return !validity_of(clock_now(), p->validity_days, &v) ||
	       v.not_after > ca->not_after;
}

/* One certificate of each, which is nobody's: what no user can get is told
 * before the first asks for it. */
static void
check_profiles(
    const struct config *c, const struct ca *ca, struct preflight *told)
{
	struct sample sample;
	struct fault why, line;

	for (unsigned i = 0; i < c->profiles_count; i++) {
		const struct profile *p = &c->profiles[i];

		if (outlives(p, ca)) {
			fault_set(&why, "validity: is longer than the CA has "
					"to live; renew "
					"the CA or shorten it");
		} else if (sample_make(ca, &c->ca, p, NULL, clock_now(),
			       &sample, &why)) {
			sample_free(&sample);
			continue;
		}
		fault_set(
		    &line, "%s: profile %s: %s", c->path, p->name, why.text);
		preflight_wrong(told, line.text);
	}
}

/* F-81, F-82: what has ended, or does soon. Of the CA's, ca_open() has told. */
static void
check_ending(void *arg, const struct own_certificate *own)
{
	struct preflight *told = arg;
	char said[OWN_CERTIFICATES_SAID];
	struct fault why;

	own_certificates_say(own, said);
	if (own->begins_later) {
		fault_set(&why, "%s: %s is not valid yet; look at the clock",
		    own->file, own->text.subject);
		preflight_wrong(told, why.text);
	} else if (own->ending != ENDING_FAR) {
		fault_set(&why, "%s: %s %s; renew it", own->file,
		    own->text.subject, said);
		if (own->ending == ENDING_ENDED)
			preflight_wrong(told, why.text);
		else
			preflight_warn(told, why.text);
	}
}

/* T9: whoever has it makes another CA that everybody trusts. */
static void
check_root_key(
    const struct config *c, const struct ca *ca, struct preflight *told)
{
	const char *const names[] = { c->ca.certificate, c->ca.chain,
		c->ca.key };
	char path[PATH_MAX];
	struct fault why;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i] == NULL || !root_key_beside(ca, names[i], path))
			continue;
		fault_set(&why,
		    "%s: is the key of the root, and the service can read it; "
		    "take it away, to where no machine reads it",
		    path);
		preflight_warn(told, why.text);
		return;
	}
}

/* EST-034: a chain that /cacerts cannot give; the portal gives none longer. */
static void
check_chain(const struct config *c, const struct ca *ca, struct preflight *told)
{
	struct est_text text = { 0 };
	const char *reason = cacerts_make(ca, &text);
	struct fault why;

	if (reason != NULL) {
		fault_set(
		    &why, "%s: ca.chain: %s; shorten it", c->path, reason);
		preflight_wrong(told, why.text);
	}
	text_free(&text);
}

static void
check_brand(const struct config *c, struct preflight *told)
{
	struct brand brand;
	struct fault why;

	if (!brand_make(&brand, c, &why))
		preflight_wrong(told, why.text);
	brand_free(&brand);
}

static void
check_tls(const struct tls_options *options, struct preflight *told)
{
	struct fault why;
	SSL_CTX *tls = tls_new(options, &why);

	if (tls == NULL)
		preflight_wrong(told, why.text);
	SSL_CTX_free(tls);
}

/* Where a browser chooses a certificate anew, it comes by a name that nobody
 * has seen: "Choose again" would lead to the browser's own warning. */
static void
check_asking(const struct config *c, const struct config_site *site,
    const char *name, X509 *issuer, struct preflight *told)
{
	struct tls_options options = front_asking_tls(c, site, issuer);
	struct fault why, any;
	SSL_CTX *tls = tls_new(&options, &why);
	X509 *own = tls == NULL ? NULL : SSL_CTX_get0_certificate(tls);

	fault_set(&any, "any.%s", site->host);
	if (own == NULL)
		preflight_wrong(told, why.text);
	else if (X509_check_host(own, site->host, 0, 0, NULL) != 1 ||
		 X509_check_host(own, any.text, 0, 0, NULL) != 1) {
		fault_set(&why,
		    "%s: is not for the names of %s.host; its "
		    "subjectAltName must have %s and *.%s",
		    options.certificate, name, site->host, site->host);
		preflight_wrong(told, why.text);
	}
	SSL_CTX_free(tls);
}

/* Certificates and keys: each fits, and they fit each other. */
static void
check_keys(const struct config *c, struct preflight *told)
{
	struct fault why;
	struct ca *ca = ca_open(&c->ca, &why);
	struct tls_options options;

	if (ca == NULL) {
		preflight_wrong(told, why.text);
		return;
	}
	if (!ca_open_key(ca, &c->ca, &why))
		preflight_wrong(told, why.text);
	own_certificates_each(c, check_ending, told);
	check_profiles(c, ca, told);
	check_root_key(c, ca, told);
	check_chain(c, ca, told);
	check_brand(c, told);
	options = front_tls(c, ca->certificate);
	check_tls(&options, told);
	options = front_portal_tls(c);
	if (c->portal.certificate != NULL)
		check_tls(&options, told);
	if (c->member.host != NULL)
		check_asking(c, &c->member, "member", ca->certificate, told);
	if (c->operator_.host != NULL)
		check_asking(
		    c, &c->operator_, "operator", ca->certificate, told);
	ca_free(ca);
}

/* Without Landlock a process that is taken over opens what its user may. */
static void
check_sandbox(const struct config *c, struct preflight *told)
{
	struct fault why, reason;

	if (c->service.sandbox != CONFIG_SANDBOX_STRICT ||
	    sandbox_possible(&reason))
		return;
	fault_set(&why, "service.sandbox: %s", reason.text);
	preflight_wrong(told, why.text);
}

void
preflight_files(
    const struct config *c, const struct service *s, struct preflight *told)
{
	(void)s;
	if (!config_try_files(c, preflight_wrong, told))
		return; /* what stands in them would be told once more */
	check_sandbox(c, told);
	check_keys(c, told);
}

/* Mails tell people to get in touch, and should tell with whom. */
static void
check_reach(const struct config *c, struct preflight *told, const char *key,
    const char *what)
{
	struct fault why;

	fault_set(&why, "%s: service.%s: is empty; give %s, which mails name",
	    c->path, key, what);
	preflight_warn(told, why.text);
}

/* Templates are read as the courier reads them. */
void
preflight_mails(
    const struct config *c, const struct service *s, struct preflight *told)
{
	(void)s;
	if (c->service.contact == NULL)
		check_reach(c, told, "contact",
		    "telephone and hours of the service desk");
	if (c->service.url == NULL)
		check_reach(c, told, "url", "the address of the portal");
	template_free(template_load(c->mail.templates, preflight_wrong, told));
}
