#include "serve/rights.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_SIZE 64

bool
rights_apart(const struct config_service *service)
{
	return service->users != NULL && getuid() == 0;
}

/* NULL and the reason: there is none. */
static const struct passwd *
user_of(const struct config_service *service, const char *process,
    struct fault *why)
{
	const struct passwd *user;
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "%s-%s", service->users, process);
	user = getpwnam(name);
	if (user == NULL)
		fault_set(why,
		    "service.users: there is no user %s on this system; make "
		    "one, or leave the setting out",
		    name);
	else if (user->pw_uid == 0)
		fault_set(why,
		    "service.users: %s is root; give it a number of its own",
		    name);
	return user == NULL || user->pw_uid == 0 ? NULL : user;
}

bool
rights_uid(const struct config_service *service, const char *process,
    uid_t *uid, struct fault *why)
{
	const struct passwd *user;

	*uid = geteuid();
	if (!rights_apart(service))
		return true;
	user = user_of(service, process, why);
	if (user != NULL)
		*uid = user->pw_uid;
	return user != NULL;
}

bool
rights_drop(const struct config_service *service, const char *process,
    struct fault *why)
{
	const struct passwd *user;

	if (!rights_apart(service))
		return true;
	user = user_of(service, process, why);
	if (user == NULL)
		return false;
	if (initgroups(user->pw_name, user->pw_gid) == 0 &&
	    setgid(user->pw_gid) == 0 && setuid(user->pw_uid) == 0)
		return true;
	return fault_set(
	    why, "cannot become user %s: %s", user->pw_name, strerror(errno));
}

static bool
cannot_make(const char *path, struct fault *why)
{
	return fault_set(why, "%s: cannot be made: %s", path, strerror(errno));
}

bool
rights_make_folder(const struct config_service *service, const char *process,
    const char *path, mode_t mode, struct fault *why)
{
	const struct passwd *user = NULL;

	if (rights_apart(service) &&
	    (user = user_of(service, process, why)) == NULL)
		return false;
	if (mkdir(path, mode) != 0)
		return errno == EEXIST || cannot_make(path, why);
	return user == NULL || lchown(path, user->pw_uid, user->pw_gid) == 0 ||
	       cannot_make(path, why);
}

/* What lies in wait in a folder of others would mislead root. */
static bool
is_common(const char *path, struct fault *why)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return cannot_make(path, why);
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 0022) != 0)
		return fault_set(why,
		    "%s: has to be a folder of root that nobody else can "
		    "write in; remove it, and it will be made",
		    path);
	return (st.st_mode & 0001) != 0 ||
	       chmod(path, (st.st_mode & 07777) | 0011) == 0 ||
	       cannot_make(path, why);
}

bool
rights_make_common(
    const struct config_service *service, const char *path, struct fault *why)
{
	bool apart = rights_apart(service);

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return cannot_make(path, why);
	return !apart || is_common(path, why);
}

void
rights_close_memory(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* LeakSanitizer traces its own process */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}
