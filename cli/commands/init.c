/*
 * koshin init - everything a service needs, each thing once: what is there
 * already is kept and never changed, so it can be run again after an error.
 * koshin.yaml comes last: where it stands, the rest is complete.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "cli/commands/commands.h"
#include "cli/database.h"
#include "cli/init_plan.h"
#include "db/migrate.h"
#include "db/redis_rights.h"
#include "pki/ca.h"

#define NAME_SIZE (PATH_MAX + 32)

static void
inside(const struct init_plan *p, const char *name, char out[NAME_SIZE])
{
	snprintf(out, NAME_SIZE, "%s/%s", p->folder, name);
}

static bool
is_there(const struct init_plan *p, const char *name)
{
	char path[NAME_SIZE];
	struct stat st;

	inside(p, name, path);
	return lstat(path, &st) == 0;
}

static void
tell(const struct init_plan *p, const char *what, const char *name)
{
	printf("%-5s %s/%s\n", what, p->folder, name);
}

static bool
make_folder(const char *path, mode_t mode)
{
	/* chmod: a umask may have taken what the service's users need. */
	if (mkdir(path, mode) == 0 ? chmod(path, mode) == 0 : errno == EEXIST)
		return true;
	return command_refuse(path, strerror(errno));
}

/* ----------------------------------------------------------- CA, secrets */

/* Beside the folder of the service, so that nobody serves with it. */
static bool
place_root_key(const struct init_plan *p, char path[NAME_SIZE])
{
	const char *given = command_value(p->line, "--root-key");
	char folder[PATH_MAX];

	if (given != NULL) {
		snprintf(path, NAME_SIZE, "%s", given);
		return true;
	}
	if (realpath(p->folder, folder) == NULL)
		return command_refuse(p->folder, strerror(errno));
	snprintf(path, NAME_SIZE, "%s-root", folder);
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return command_say("%s: cannot be made: %s; say with "
				   "--root-key where that of the root shall go",
		    path, strerror(errno));
	snprintf(path, NAME_SIZE, "%s-root/root.key", folder);
	return true;
}

static bool
make_ca(const struct init_plan *p)
{
	char root_key[NAME_SIZE];
	struct ca_make order = { .folder = p->folder,
		.root_key = root_key,
		.name = p->name,
		.server_names = p->server_names,
		.server_name_count = p->server_name_count };
	struct fault why;

	if (p->own_ca)
		return true;
	if (is_there(p, "ca/issuing.pem") && is_there(p, "ca/issuing.key") &&
	    is_there(p, "tls/server.pem") && is_there(p, "tls/server.key")) {
		tell(p, "kept", "ca and tls");
		return true;
	}
	if (p->yaml_kept)
		return command_say(
		    "%s/koshin.yaml is there and is kept, so no CA is made "
		    "beside it; bring its files back, or move it away",
		    p->folder);
	if (!place_root_key(p, root_key))
		return false;
	if (!ca_make(&order, &why))
		return command_say("%s", why.text);
	tell(p, "made", "ca and tls");
	printf("made  %s\n"
	       "      the key of the root: take it away, to where no machine "
	       "reads it\n",
	    root_key);
	return true;
}

static bool
make_secret(const struct init_plan *p, const char *name)
{
	char path[NAME_SIZE];
	struct fault why;

	if (is_there(p, name)) {
		tell(p, "kept", name);
		return true;
	}
	inside(p, name, path);
	if (!secret_make_key(path, &why))
		return command_say("%s %s", path, why.text);
	tell(p, "made", name);
	return true;
}

static bool
make_secrets(const struct init_plan *p)
{
	char folder[NAME_SIZE];

	inside(p, "secrets", folder);
	return make_folder(folder, 0700) &&
	       make_secret(p, "secrets/code.key") &&
	       make_secret(p, "secrets/audit.key") &&
	       make_secret(p, "secrets/pepper.key") &&
	       make_secret(p, "secrets/ticket.key") &&
	       make_secret(p, "secrets/redis-auth.password") &&
	       make_secret(p, "secrets/redis-operator.password") &&
	       make_secret(p, "secrets/redis-front.password");
}

/* ----------------------------------------------------------------- Redis */

/* As who makes users there: its user default, as a rule. */
static bool
make_user(const struct init_plan *p, struct redis_options maker,
    enum redis_role role, const char *password)
{
	const char *file = command_value(p->line, "--redis-admin");
	char admin[SECRET_TEXT_SIZE];
	struct fault why;
	bool made;

	if (file != NULL && !secret_read_text(file, admin, sizeof(admin), &why))
		return command_say("--redis-admin: %s %s", file, why.text);
	maker.password = file != NULL ? admin : NULL;
	made = redis_rights_make(&maker, role, password, &why);
	secret_wipe(admin, sizeof(admin));
	if (made)
		printf("made  user %s of Redis\n", redis_role_user(role));
	return made ||
	       command_say("%s; --redis-admin names the file with the password "
			   "of its user default; then run this again",
		   why.text);
}

static bool
is_made(struct redis_options redis, enum redis_role role, const char *password)
{
	struct fault lacks, more;

	redis.user = redis_role_user(role);
	redis.password = password;
	if (!redis_rights_check(&redis, role, &lacks, &more) ||
	    more.text[0] != '\0')
		return false;
	printf("kept  user %s of Redis\n", redis.user);
	return true;
}

static bool
make_redis_user(const struct init_plan *p, struct redis_options redis,
    enum redis_role role, const char *file)
{
	char password[SECRET_TEXT_SIZE];
	struct fault why;
	bool there;

	if (!secret_read_text(file, password, sizeof(password), &why))
		return command_say("%s %s", file, why.text);
	there = is_made(redis, role, password) ||
		make_user(p, redis, role, password);
	secret_wipe(password, sizeof(password));
	return there;
}

static bool
is_ours(const char *user, enum redis_role role)
{
	return user != NULL && strcmp(user, redis_role_user(role)) == 0;
}

/* Those of koshin.yaml that have our names: who has others made them. */
static bool
make_redis(const struct init_plan *p, const char *yaml)
{
	struct config *c = config_read(yaml, command_say_line, NULL);
	struct redis_options redis;
	bool good = c != NULL;

	if (!good)
		return false;
	redis = (struct redis_options){ .socket = c->redis.socket,
		.host = c->redis.host,
		.port = (int)c->redis.port };
	if (is_ours(c->redis.user, REDIS_ROLE_AUTH))
		good = make_redis_user(
		    p, redis, REDIS_ROLE_AUTH, c->redis.password);
	if (good && is_ours(c->redis.operator_user, REDIS_ROLE_OPERATOR))
		good = make_redis_user(
		    p, redis, REDIS_ROLE_OPERATOR, c->redis.operator_password);
	if (good && is_ours(c->redis.front_user, REDIS_ROLE_FRONT))
		good = make_redis_user(
		    p, redis, REDIS_ROLE_FRONT, c->redis.front_password);
	config_free(c);
	return good;
}

/* ---------------------------------------------------------------- schema */

static bool
make_schema(const struct init_plan *p)
{
	struct migrate_report report;
	struct fault why;
	const char *owner = command_value(p->line, "--database");

	if (migrate_run(owner, &report, &why) != 0) {
		command_say("PostgreSQL: %s", why.text);
		if (report.from == 0)
			command_say("--database must name a database that is "
				    "there (createdb makes one) and a user who "
				    "may create roles; then run this again");
		return false;
	}
	if (report.from == report.to)
		printf("kept  database schema, version %d\n", report.to);
	else
		printf("made  database schema, version %d (was %d)\n",
		    report.to, report.from);
	if (report.left[0] != '\0')
		command_say("PostgreSQL: %s: everybody who connects has these "
			    "still, and only a superuser takes them away; run "
			    "this once more with a superuser in --database, "
			    "everything else is kept",
		    report.left);
	return true;
}

/* ----------------------------------------------------------- koshin.yaml */

static bool
write_yaml(const struct init_plan *p, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
	bool ok = out != NULL;

	if (ok) {
		config_example(p->said, out);
		ok = fflush(out) == 0 && !ferror(out) && fsync(fd) == 0;
		ok = fclose(out) == 0 && ok;
	}
	if (!ok)
		command_refuse(path, strerror(errno));
	return ok;
}

/* Values first, before anything is made by them; the files at the end. */
static bool
try_yaml(const char *path, bool whole)
{
	struct config *c = config_read(path, command_say_line, NULL);
	bool good = c != NULL &&
		    (!whole || config_try_files(c, command_say_line, NULL));

	config_free(c);
	return good;
}

static bool
place_yaml(const struct init_plan *p, const char *draft)
{
	char path[NAME_SIZE];

	inside(p, "koshin.yaml", path);
	if (!try_yaml(draft, true))
		return false;
	/* link(), since rename() would take the place of another's. */
	if (link(draft, path) != 0)
		return command_refuse(path, strerror(errno));
	tell(p, "made", "koshin.yaml");
	return true;
}

static bool
make_all(const struct init_plan *p, const char *yaml)
{
	return make_ca(p) && make_secrets(p) && make_redis(p, yaml) &&
	       make_schema(p);
}

static bool
make_anew(const struct init_plan *p)
{
	char draft[NAME_SIZE];
	bool good;

	inside(p, ".koshin.yaml.new", draft);
	good = write_yaml(p, draft) && try_yaml(draft, false) &&
	       make_all(p, draft) && place_yaml(p, draft);
	unlink(draft);
	return good;
}

static bool
make_again(const struct init_plan *p)
{
	char path[NAME_SIZE];

	inside(p, "koshin.yaml", path);
	tell(p, "kept", "koshin.yaml");
	return try_yaml(path, false) && make_all(p, path);
}

bool
init(struct session *d)
{
	struct init_plan p;

	if (!init_plan_make(&p, d) || !database_environment() ||
	    !make_folder(p.folder, 0755) ||
	    !(p.yaml_kept ? make_again(&p) : make_anew(&p)))
		return false;
	printf(
	    "\nNext: koshin check-config --config %s/koshin.yaml\n", p.folder);
	return true;
}
