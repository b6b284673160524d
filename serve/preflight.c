#include "serve/preflight.h"

#include "base/clock.h"
#include "base/secret.h"
#include "config/config_settings.h"
#include "db/migrate.h"
#include "db/redis.h"
#include "http/tls.h"
#include "mailer/template.h"
#include "pki/ca.h"
#include "policy/validity.h"
#include "serve/front.h"
#include "serve/rights.h"
#include "serve/services.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct told {
	void (*fn)(void *arg, const char *line);
	void *arg;
	bool good; /* nothing has been told yet */
};

static void
on_fault(void *arg, const char *line)
{
	struct told *t = arg;

	t->good = false;
	t->fn(t->arg, line);
}

/* ---------------------------------------------------------------- checks */

/* a certificate issued today must not outlive the CA. */
static void
check_profiles(const struct config *c, const struct ca *ca, struct told *told)
{
	struct validity v;
	struct fault why;

	for (unsigned i = 0; i < c->profiles_count; i++) {
		const struct profile *p = &c->profiles[i];

		if (validity_of(clock_now(), p->validity_days, &v) &&
		    v.not_after <= ca->not_after)
			continue;
		fault_set(&why,
		    "%s: profile %s: validity: is longer than the CA has to "
		    "live; renew the CA or shorten it",
		    c->path, p->name);
		on_fault(told, why.text);
	}
}

/* Certificates and keys: each fits, and they fit each other. */
static void
check_keys(const struct config *c, struct told *told)
{
	struct fault why;
	struct ca *ca = ca_open(&c->ca, &why);
	struct tls_options options;
	SSL_CTX *tls;

	if (ca == NULL) {
		on_fault(told, why.text);
		return;
	}
	if (!ca_open_key(ca, &c->ca, &why))
		on_fault(told, why.text);
	check_profiles(c, ca, told);
	options = front_tls(c, ca->certificate);
	tls = tls_new(&options, &why);
	if (tls == NULL)
		on_fault(told, why.text);
	SSL_CTX_free(tls);
	ca_free(ca);
}

/* Templates are read as the courier reads them. */
static void
check_mails(const struct config *c, struct told *told)
{
	template_free(template_load(c->mail.templates, on_fault, told));
}

/* A setting may be of one role alone (F-43). The first fault only: all roles
 * are mostly of one database. */
static void
check_postgres(const struct config *c, struct told *told)
{
	struct fault why, reason;

	for (size_t i = 0; i < SERVICES; i++) {
		if (migrate_check(
			service_setting(c, services[i].database), &reason) == 0)
			continue;
		fault_set(
		    &why, "database.%s: %s", services[i].name, reason.text);
		on_fault(told, why.text);
		return;
	}
}

static void
check_redis(const struct config *c, struct told *told)
{
	struct redis_options redis = { .socket = c->redis.socket,
		.host = c->redis.host,
		.port = (int)c->redis.port };
	char password[256];
	struct fault why, reason;
	bool good = true;

	if (c->redis.password != NULL) {
		good = secret_read_text(
		    c->redis.password, password, sizeof(password), &reason);
		redis.password = password;
	}
	if (good && redis_check(&redis, &reason) == 0)
		return;
	fault_set(&why, "redis: %s", reason.text);
	on_fault(told, why.text);
}

static void
check_all(const struct config *c, struct told *told)
{
	if (!config_try_files(c, on_fault, told))
		return; /* what stands in them would be told once more */
	check_keys(c, told);
	check_mails(c, told);
	check_postgres(c, told);
	check_redis(c, told);
}

/* --------------------------------------------------------------- process */

/* What cannot be opened is told when somebody reads it. */
static void
open_secrets(const struct config *c)
{
	for (size_t i = 0; i < config_settings_count; i++) {
		const struct config_setting *s = &config_settings[i];
		const char *path;

		if (!config_settings_secret(s))
			continue;
		path = service_setting(c, s->offset);
		if (path != NULL)
			secret_give(path, secret_open(path));
	}
}

_Noreturn static void
look(const struct config *c, struct told *told)
{
	struct fault why;

	open_secrets(c);
	if (rights_drop(&c->service, &why)) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		check_all(c, told);
	} else {
		on_fault(told, why.text);
	}
	_exit(told->good ? 0 : 1);
}

bool
preflight(const struct config *config,
    void (*told)(void *arg, const char *line), void *arg)
{
	struct told t = { told, arg, true };
	pid_t pid = fork();
	int status;

	if (pid == 0)
		look(config, &t);
	if (pid < 0) {
		on_fault(&t, strerror(errno));
		return false;
	}
	while (waitpid(pid, &status, 0) != pid)
		;
	if (WIFSIGNALED(status))
		on_fault(&t, "the process that checks all this was ended");
	return t.good && WEXITSTATUS(status) == 0;
}
