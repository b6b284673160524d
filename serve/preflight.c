#include "serve/preflight.h"

#include "base/secret.h"
#include "config/config_settings.h"
#include "serve/preflight_files.h"
#include "serve/preflight_stores.h"
#include "serve/program.h"
#include "serve/rights.h"
#include "serve/services.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whom a process asks, and what it reads. */
static void
check_row(
    const struct config *c, const struct service *s, struct preflight *told)
{
	if (s->mails)
		preflight_mails(c, s, told);
	preflight_stores(c, s, told);
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
look(const struct config *c, const struct service *s, preflight_check_fn *check,
    struct preflight *told)
{
	struct fault why;

	open_secrets(c);
	if (rights_drop(&c->service, s->name, &why)) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		rights_close_memory();
		check(c, s, told);
	} else {
		preflight_wrong(told, why.text);
	}
	_exit(told->good ? 0 : 1);
}

/* It has been ended; it said nothing itself. */
static void
tell_end(struct preflight *told, int signal)
{
	const char *setting = told->asking->setting;
	struct fault why;

	if (signal == SIGALRM && setting[0] != '\0')
		fault_set(&why,
		    "%s: takes a connection and does not answer within %d s; "
		    "look what holds it up",
		    setting, PREFLIGHT_STORE_S);
	else
		fault_set(&why, "the process that checks all this was ended");
	preflight_wrong(told, why.text);
}

/* By a process with the rights of that one. */
static bool
passes(const struct config *c, const struct service *s,
    preflight_check_fn *check, struct preflight *told)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		look(c, s, check, told);
	if (pid < 0) {
		preflight_wrong(told, strerror(errno));
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
check_programs(struct preflight *told)
{
	struct fault why;
	bool good = true;

	for (int i = 0; i < SERVICES; i++) {
		int fd = program_open(services[i].program, &why);

		if (fd >= 0) {
			close(fd);
			continue;
		}
		preflight_wrong(told, why.text);
		good = false;
	}
	return good;
}

static bool
all_there(const struct config *c, struct preflight *told)
{
	told->asking->away.text[0] = '\0';
	for (int i = 0; i < SERVICES; i++)
		if (service_runs(c, &services[i]) &&
		    !passes(c, &services[i], preflight_there, told))
			return false;
	return true;
}

static bool
all_pass(const struct config *c, struct preflight *told)
{
	bool good = check_programs(told);

	for (int i = 0; i < SERVICES; i++)
		if (services[i].signs &&
		    !passes(c, &services[i], preflight_files, told))
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
	struct preflight_asking *asking = mmap(NULL, sizeof(*asking),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct preflight t = { asking, told, wait, arg, true };
	bool good;

	if (asking == MAP_FAILED) {
		preflight_wrong(&t, strerror(errno));
		return false;
	}
	good = all_pass(config, &t);
	munmap(asking, sizeof(*asking));
	return good;
}
