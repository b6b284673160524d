#include "serve/preflight.h"

#include "base/clock.h"
#include "base/secret.h"
#include "config/config_settings.h"
#include "db/conninfo.h"
#include "db/migrate.h"
#include "db/redis.h"
#include "db/redis_rights.h"
#include "est/cacerts.h"
#include "est/text.h"
#include "http/tls.h"
#include "mailer/template.h"
#include "pki/ca.h"
#include "pki/root_key.h"
#include "policy/validity.h"
#include "portal/brand.h"
#include "serve/front.h"
#include "serve/program.h"
#include "serve/rights.h"
#include "serve/sandbox.h"
#include "serve/services.h"

#include <errno.h>
#include <limits.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define STORE_LIMIT_S 10 /* for one that takes a connection and is silent */

/* What the process that checks asks just now, and its parent tells of. */
struct asking {
	char setting[64]; /* empty: nobody */
	bool postgres_told;
	struct fault away; /* which store takes no connection */
};

struct told {
	struct asking *asking;
	preflight_fn *fn;
	preflight_wait_fn *wait;
	void *arg;
	bool good; /* nothing has been told yet */
};

static void
on_fault(void *arg, const char *line)
{
	struct told *t = arg;

	t->good = false;
	t->fn(t->arg, PREFLIGHT_WRONG, line);
}

static void
warn(struct told *t, const char *line)
{
	t->fn(t->arg, PREFLIGHT_WARNING, line);
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

/* T9: whoever has it makes another CA that everybody trusts. */
static void
check_root_key(const struct config *c, const struct ca *ca, struct told *told)
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
		warn(told, why.text);
		return;
	}
}

/* EST-034: a chain that /cacerts cannot give; the portal gives none longer. */
static void
check_chain(const struct config *c, const struct ca *ca, struct told *told)
{
	struct est_text text = { 0 };
	const char *reason = cacerts_make(ca, &text);
	struct fault why;

	if (reason != NULL) {
		fault_set(
		    &why, "%s: ca.chain: %s; shorten it", c->path, reason);
		on_fault(told, why.text);
	}
	text_free(&text);
}

static void
check_brand(const struct config *c, struct told *told)
{
	struct brand brand;
	struct fault why;

	if (!brand_make(&brand, c, &why))
		on_fault(told, why.text);
	brand_free(&brand);
}

static void
check_tls(const struct tls_options *options, struct told *told)
{
	struct fault why;
	SSL_CTX *tls = tls_new(options, &why);

	if (tls == NULL)
		on_fault(told, why.text);
	SSL_CTX_free(tls);
}

/* Where a browser chooses a certificate anew, it comes by a name that nobody
 * has seen: "Choose again" would lead to the browser's own warning. */
static void
check_asking(const struct config *c, const struct config_site *site,
    const char *name, X509 *issuer, struct told *told)
{
	struct tls_options options = front_asking_tls(c, site, issuer);
	struct fault why, any;
	SSL_CTX *tls = tls_new(&options, &why);
	X509 *own = tls == NULL ? NULL : SSL_CTX_get0_certificate(tls);

	fault_set(&any, "any.%s", site->host);
	if (own == NULL)
		on_fault(told, why.text);
	else if (X509_check_host(own, site->host, 0, 0, NULL) != 1 ||
		 X509_check_host(own, any.text, 0, 0, NULL) != 1) {
		fault_set(&why,
		    "%s: is not for the names of %s.host; its "
		    "subjectAltName must have %s and *.%s",
		    options.certificate, name, site->host, site->host);
		on_fault(told, why.text);
	}
	SSL_CTX_free(tls);
}

/* Certificates and keys: each fits, and they fit each other. */
static void
check_keys(const struct config *c, struct told *told)
{
	struct fault why;
	struct ca *ca = ca_open(&c->ca, &why);
	struct tls_options options;

	if (ca == NULL) {
		on_fault(told, why.text);
		return;
	}
	if (!ca_open_key(ca, &c->ca, &why))
		on_fault(told, why.text);
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

/* Mails tell people to get in touch, and should tell with whom. */
static void
check_reach(const struct config *c, struct told *told, const char *key,
    const char *what)
{
	struct fault why;

	fault_set(&why, "%s: service.%s: is empty; give %s, which mails name",
	    c->path, key, what);
	warn(told, why.text);
}

/* Templates are read as the courier reads them. */
static void
check_mails(const struct config *c, struct told *told)
{
	if (c->service.contact == NULL)
		check_reach(c, told, "contact",
		    "telephone and hours of the service desk");
	if (c->service.url == NULL)
		check_reach(c, told, "url", "the address of the portal");
	template_free(template_load(c->mail.templates, on_fault, told));
}

/* libpq and hiredis wait for an answer for as long as it takes; then this
 * process ends by SIGALRM. */
static void
begin_asking(struct told *told, const char *setting)
{
	snprintf(told->asking->setting, sizeof(told->asking->setting), "%.63s",
	    setting);
	alarm(STORE_LIMIT_S);
}

static void
end_asking(struct told *told)
{
	alarm(0);
	told->asking->setting[0] = '\0';
}

/* A setting may be of one role alone (F-43). The first fault only: all roles
 * are mostly of one database. */
static void
check_role(const char *setting, const char *conninfo, struct told *told)
{
	struct fault why, reason;
	bool good;

	if (told->asking->postgres_told)
		return;
	begin_asking(told, setting);
	good = migrate_check(conninfo, &reason) == 0;
	end_asking(told);
	if (good)
		return;
	told->asking->postgres_told = true;
	fault_set(&why, "%s: %s", setting, reason.text);
	on_fault(told, why.text);
}

/* The front comes as a member, too, where people do. */
static void
check_postgres(
    const struct config *c, const struct service *s, struct told *told)
{
	struct fault name;

	if (s->database == 0)
		return;
	fault_set(&name, "database.%s", s->name);
	check_role(name.text, service_setting(c, s->database), told);
	if (s->sessions && config_session_s(c) != 0)
		check_role("database.member", c->database.member, told);
}

/* A user of Redis, and the settings that say who. */
struct redis_login {
	enum redis_role role;
	const char *setting, *user, *password;
};

static void
tell_more(struct told *told, const struct redis_login *login,
    const struct fault *more)
{
	struct fault why;

	fault_set(&why,
	    "%s: %s may do more than it needs (%s); `koshin init` makes users "
	    "that may not, see redis.user in koshin.yaml(5)",
	    login->setting, login->user != NULL ? login->user : "default",
	    more->text);
	if (more->text[0] != '\0')
		warn(told, why.text);
}

static void
tell_lack(struct told *told, const char *setting, const struct fault *lacks)
{
	struct fault why;

	fault_set(&why, "%s: %s", setting, lacks->text);
	on_fault(told, why.text);
}

/* False: what is wrong has been told. */
static bool
check_redis_login(
    const struct config *c, struct told *told, const struct redis_login *login)
{
	struct redis_options redis = { .socket = c->redis.socket,
		.host = c->redis.host,
		.port = (int)c->redis.port,
		.user = login->user };
	char password[SECRET_TEXT_SIZE];
	struct fault lacks, more;
	bool good = true, may = false;

	if (login->password != NULL) {
		good = secret_read_text(
		    login->password, password, sizeof(password), &lacks);
		redis.password = password;
	}
	begin_asking(told, "redis");
	good = good && redis_check(&redis, &lacks) == 0;
	if (good)
		may = redis_rights_check(&redis, login->role, &lacks, &more);
	end_asking(told);
	secret_wipe(password, sizeof(password));
	if (may)
		tell_more(told, login, &more);
	else
		tell_lack(told, good ? login->setting : "redis", &lacks);
	return may;
}

/* Users of their own are worth nothing where one needs none. A front that the
 * portal lets at Redis would have all counters so (I-7, T8). */
static void
check_redis_door(const struct config *c, struct told *told)
{
	struct redis_options redis = { .socket = c->redis.socket,
		.host = c->redis.host,
		.port = (int)c->redis.port };
	struct fault why, more;

	begin_asking(told, "redis");
	redis_rights_nameless(&redis, &more);
	end_asking(told);
	fault_set(&why,
	    "redis: whoever connects may do everything (%s) without a "
	    "password; give its user default one (requirepass), or switch it "
	    "off",
	    more.text);
	if (more.text[0] == '\0')
		return;
	if (c->portal.host != NULL)
		on_fault(told, why.text);
	else
		warn(told, why.text);
}

static void
check_redis(const struct config *c, struct told *told)
{
	const struct config_redis *r = &c->redis;
	const struct redis_login of_auth = { REDIS_ROLE_AUTH, "redis.user",
		r->user, r->password };
	const struct redis_login of_operator = { REDIS_ROLE_OPERATOR,
		"redis.operator_user", r->operator_user, r->operator_password };

	const struct redis_login of_front = { REDIS_ROLE_FRONT,
		"redis.front_user", r->front_user, r->front_password };

	if (!check_redis_login(c, told, &of_auth))
		return;
	if (r->front_user != NULL)
		(void)check_redis_login(c, told, &of_front);
	if (r->operator_user != NULL)
		(void)check_redis_login(c, told, &of_operator);
	if (r->password != NULL || c->portal.host != NULL)
		check_redis_door(c, told);
}

static bool
tell_away(struct told *told, const char *setting, const struct fault *reason)
{
	fault_set(&told->asking->away, "%s: %s", setting, reason->text);
	told->good = false;
	return false;
}

/* Whether the stores take connections: after a restart of the machine they
 * may come later than we. What they think of ours is asked then. */
static void
check_there(const struct config *c, const struct service *s, struct told *told)
{
	struct redis_options redis = { .socket = c->redis.socket,
		.host = c->redis.host,
		.port = (int)c->redis.port };
	struct fault name, why;

	fault_set(&name, "database.%s", s->name);
	if (s->database != 0 &&
	    !conninfo_answers(service_setting(c, s->database), &why))
		tell_away(told, name.text, &why);
	else if (s->counts && !redis_answers(&redis, &why))
		tell_away(told, "redis", &why);
}

/* Without Landlock a process that is taken over opens what its user may. */
static void
check_sandbox(const struct config *c, struct told *told)
{
	struct fault why, reason;

	if (c->service.sandbox != CONFIG_SANDBOX_STRICT ||
	    sandbox_possible(&reason))
		return;
	fault_set(&why, "service.sandbox: %s", reason.text);
	on_fault(told, why.text);
}

/* What all rows name. The issuer's user looks: it may do as little as any. */
static void
check_files(const struct config *c, const struct service *s, struct told *told)
{
	(void)s;
	if (!config_try_files(c, on_fault, told))
		return; /* what stands in them would be told once more */
	check_sandbox(c, told);
	check_keys(c, told);
}

/* Whom a process asks, and what it reads. */
static void
check_row(const struct config *c, const struct service *s, struct told *told)
{
	if (s->mails)
		check_mails(c, told);
	check_postgres(c, s, told);
	if (s->counts)
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

typedef void check_fn(
    const struct config *, const struct service *, struct told *);

_Noreturn static void
look(const struct config *c, const struct service *s, check_fn *check,
    struct told *told)
{
	struct fault why;

	open_secrets(c);
	if (rights_drop(&c->service, s->name, &why)) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		rights_close_memory();
		check(c, s, told);
	} else {
		on_fault(told, why.text);
	}
	_exit(told->good ? 0 : 1);
}

/* It has been ended; it said nothing itself. */
static void
tell_end(struct told *told, int signal)
{
	const char *setting = told->asking->setting;
	struct fault why;

	if (signal == SIGALRM && setting[0] != '\0')
		fault_set(&why,
		    "%s: takes a connection and does not answer within %d s; "
		    "look what holds it up",
		    setting, STORE_LIMIT_S);
	else
		fault_set(&why, "the process that checks all this was ended");
	on_fault(told, why.text);
}

/* By a process with the rights of that one. */
static bool
passes(const struct config *c, const struct service *s, check_fn *check,
    struct told *told)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		look(c, s, check, told);
	if (pid < 0) {
		on_fault(told, strerror(errno));
		return false;
	}
	while (waitpid(pid, &status, 0) != pid)
		;
	if (WIFSIGNALED(status))
		tell_end(told, WTERMSIG(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Our user opens them for the others. */
static bool
check_programs(struct told *told)
{
	struct fault why;
	bool good = true;

	for (int i = 0; i < SERVICES; i++) {
		int fd = program_open(services[i].program, &why);

		if (fd >= 0) {
			close(fd);
			continue;
		}
		on_fault(told, why.text);
		good = false;
	}
	return good;
}

static bool
all_there(const struct config *c, struct told *told)
{
	told->asking->away.text[0] = '\0';
	for (int i = 0; i < SERVICES; i++)
		if (service_runs(c, &services[i]) &&
		    !passes(c, &services[i], check_there, told))
			return false;
	return true;
}

static bool
all_pass(const struct config *c, struct told *told)
{
	bool good = check_programs(told);

	for (int i = 0; i < SERVICES; i++)
		if (services[i].signs &&
		    !passes(c, &services[i], check_files, told))
			return false;
	/* Who failed otherwise has told so, and does not get better by time. */
	while (told->wait != NULL && !all_there(c, told))
		if (told->asking->away.text[0] == '\0' ||
		    !told->wait(told->arg, told->asking->away.text))
			break;
	for (int i = 0; i < SERVICES; i++)
		if (service_runs(c, &services[i]))
			good = passes(c, &services[i], check_row, told) && good;
	return good;
}

bool
preflight(const struct config *config, preflight_fn *told,
    preflight_wait_fn *wait, void *arg)
{
	struct asking *asking = mmap(NULL, sizeof(*asking),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct told t = { asking, told, wait, arg, true };
	bool good;

	if (asking == MAP_FAILED) {
		on_fault(&t, strerror(errno));
		return false;
	}
	good = all_pass(config, &t);
	munmap(asking, sizeof(*asking));
	return good;
}
