#include "serve/preflight_stores.h"

#include "base/secret.h"
#include "db/conninfo.h"
#include "db/migrate.h"
#include "db/redis.h"
#include "db/redis_rights.h"

#include <stdio.h>
#include <unistd.h>

/* libpq and hiredis wait for an answer for as long as it takes; then this
 * process ends by SIGALRM. */
static void
begin_asking(struct preflight *told, const char *setting)
{
	snprintf(told->asking->setting, sizeof(told->asking->setting), "%.63s",
	    setting);
	alarm(PREFLIGHT_STORE_S);
}

static void
end_asking(struct preflight *told)
{
	alarm(0);
	told->asking->setting[0] = '\0';
}

/* A setting may be of one role alone (F-43). The first fault only: all roles
 * are mostly of one database. */
static void
check_role(const char *setting, const char *conninfo, struct preflight *told)
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
	preflight_wrong(told, why.text);
}

/* The front comes as a member, too, where people do. */
static void
check_postgres(
    const struct config *c, const struct service *s, struct preflight *told)
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
tell_more(struct preflight *told, const struct redis_login *login,
    const struct fault *more)
{
	struct fault why;

	fault_set(&why,
	    "%s: %s may do more than it needs (%s); `koshin init` makes users "
	    "that may not, see redis.user in koshin.yaml(5)",
	    login->setting, login->user != NULL ? login->user : "default",
	    more->text);
	if (more->text[0] != '\0')
		preflight_warn(told, why.text);
}

static void
tell_lack(
    struct preflight *told, const char *setting, const struct fault *lacks)
{
	struct fault why;

	fault_set(&why, "%s: %s", setting, lacks->text);
	preflight_wrong(told, why.text);
}

/* False: what is wrong has been told. */
static bool
check_redis_login(const struct config *c, struct preflight *told,
    const struct redis_login *login)
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
check_redis_door(const struct config *c, struct preflight *told)
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
		preflight_wrong(told, why.text);
	else
		preflight_warn(told, why.text);
}

static void
check_redis(const struct config *c, struct preflight *told)
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
tell_away(
    struct preflight *told, const char *setting, const struct fault *reason)
{
	fault_set(&told->asking->away, "%s: %s", setting, reason->text);
	told->good = false;
	return false;
}

void
preflight_there(
    const struct config *c, const struct service *s, struct preflight *told)
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

void
preflight_stores(
    const struct config *c, const struct service *s, struct preflight *told)
{
	check_postgres(c, s, told);
	if (s->counts)
		check_redis(c, told);
}
