#include "serve/rights.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* NULL without a reason: there is nobody else to be. */
static const struct passwd *
other_user(const struct config_service *service, struct fault *why)
{
	const struct passwd *user;

	why->text[0] = '\0';
	if (service->user == NULL || getuid() != 0)
		return NULL;
	user = getpwnam(service->user);
	if (user == NULL)
		fault_set(why,
		    "service.user: there is no user %s on this system; make "
		    "one, or leave the setting out",
		    service->user);
	return user;
}

bool
rights_drop(const struct config_service *service, struct fault *why)
{
	const struct passwd *user = other_user(service, why);

	if (user == NULL)
		return why->text[0] == '\0';
	if (initgroups(user->pw_name, user->pw_gid) == 0 &&
	    setgid(user->pw_gid) == 0 && setuid(user->pw_uid) == 0)
		return true;
	return fault_set(
	    why, "cannot become user %s: %s", service->user, strerror(errno));
}

bool
rights_lend(const struct config_service *service, struct fault *why)
{
	const struct passwd *user = other_user(service, why);

	if (user == NULL)
		return why->text[0] == '\0';
	if (setegid(user->pw_gid) == 0 && seteuid(user->pw_uid) == 0)
		return true;
	return fault_set(
	    why, "cannot act as user %s: %s", service->user, strerror(errno));
}

void
rights_take_back(void)
{
	if (seteuid(getuid()) != 0 || setegid(getgid()) != 0)
		abort();
}

bool
rights_make_folder(
    const struct config_service *service, const char *path, struct fault *why)
{
	const struct passwd *user = other_user(service, why);

	if (user == NULL && why->text[0] != '\0')
		return false;
	if (mkdir(path, 0700) != 0) {
		if (errno == EEXIST)
			return true;
	} else if (user == NULL ||
		   lchown(path, user->pw_uid, user->pw_gid) == 0) {
		return true;
	}
	return fault_set(why, "%s: cannot be made: %s", path, strerror(errno));
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
