#include "portal/own_api.h"

#include "portal/api.h"
#include "portal/body.h"
#include "portal/guard.h"
#include "portal/member.h"
#include "portal/own.h"
#include "portal/registration.h"
#include "portal/revocation.h"
#include "portal/visit.h"

#include <string.h>

/* ------------------------------------------------------------- conditions */

static bool
ends(const struct flow *f)
{
	return flow_is(f, "DELETE");
}

static bool
begins(const struct flow *f)
{
	return !ends(f);
}

/* ----------------------------------------------------------------- tables */

#define OWN_STEPS(read)                                                        \
	{ "check host", NULL, guard_host },                                    \
	    { "check page", NULL, guard_page }, { "read json", begins, read }, \
	    MEMBER_STEPS

/* What stands there now; the session has its language. */
#define OWN_REPLY                                                              \
	{ "find own", NULL, own_find },                                        \
	    { "keep session", visit_changed, visit_keep_session },             \
	{                                                                      \
		NULL                                                           \
	}

static const struct flow_step details_steps[] = {
	{ "check host", NULL, guard_host },
	MEMBER_STEPS,
	OWN_REPLY,
};

/* R-ACC-8: all is judged before an attempt is counted. */
static const struct flow_step password_steps[] = {
	OWN_STEPS(body_changed_password),
	{ "judge fields", NULL, registration_judge_password },
	/* auth: R-LOCK-1, I-7 */
	{ "check password", NULL, own_check_password },
	/* auth, PostgreSQL */
	{ "write", NULL, own_write_password },
	{ "keep session", NULL, visit_keep_session },
	{ "find own", NULL, own_find },
	{ NULL },
};

static const struct flow_step name_steps[] = {
	OWN_STEPS(body_name),
	{ "judge fields", NULL, registration_judge_name },
	{ "write", NULL, own_write_name },
	OWN_REPLY,
};

/* T3 */
static const struct flow_step email_steps[] = {
	OWN_STEPS(body_email),
	{ "judge fields", begins, registration_judge_email },
	/* auth */
	{ "prepare code", begins, own_prepare_email },
	{ "write", begins, own_write_email },
	{ "give up", ends, own_keep_email },
	/* auth, where it did not have to wait (O-09) */
	{ "settle", begins, own_settle },
	OWN_REPLY,
};

/* T3: the old address has agreed, and it waits no more. */
static const struct flow_step email_code_steps[] = {
	OWN_STEPS(body_email_code),
	{ "judge code", NULL, own_judge_code },
	/* auth: R-LOCK-1, I-7 */
	{ "begin attempt", NULL, own_begin_attempt },
	/* auth, PostgreSQL */
	{ "check code", NULL, own_confirm_email },
	OWN_REPLY,
};

static const struct flow_step locale_steps[] = {
	OWN_STEPS(body_locale),
	{ "judge fields", NULL, registration_judge_locale },
	{ "write", NULL, own_write_locale },
	OWN_REPLY,
};

static const struct flow_step calendar_steps[] = {
	OWN_STEPS(body_nothing),
	{ "begin", begins, own_begin_calendar },
	{ "end", ends, own_end_calendar },
	OWN_REPLY,
};

/* R-CERT-6: all is judged before an attempt is counted. */
static const struct flow_step revoke_steps[] = {
	OWN_STEPS(body_own_certificate),
	{ "judge reason", NULL, revocation_judge_why },
	/* PostgreSQL */
	{ "find certificate", NULL, revocation_find },
	/* auth: R-LOCK-1, I-7 */
	{ "check password", NULL, revocation_prove },
	/* PostgreSQL */
	{ "revoke", NULL, revocation_do },
	{ "reply", NULL, revocation_tell },
	{ NULL },
};

static const struct endpoint endpoints[] = {
	API("own", "GET", "/api/v1/own", details_steps),
	API("own-password", "POST", "/api/v1/own/password", password_steps),
	API("own-name", "POST", "/api/v1/own/name", name_steps),
	API("own-email", "POST, DELETE", "/api/v1/own/email", email_steps),
	API("own-email-code", "POST", "/api/v1/own/email/code",
	    email_code_steps),
	API("own-locale", "POST", "/api/v1/own/locale", locale_steps),
	API("own-calendar", "POST, DELETE", "/api/v1/own/calendar",
	    calendar_steps),
	API("own-revoke", "POST", "/api/v1/own/revoke", revoke_steps),
};

const struct endpoint *
own_api_find(const char *path)
{
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++)
		if (strcmp(endpoints[i].path, path) == 0)
			return &endpoints[i];
	return NULL;
}
