#include "portal/desk_api.h"

#include "portal/api.h"
#include "portal/body.h"
#include "portal/desk.h"
#include "portal/guard.h"
#include "portal/member.h"
#include "portal/registration.h"
#include "portal/revocation.h"
#include "portal/visit.h"

#include <string.h>

/* ----------------------------------------------------------------- tables */

/* Of a master; what was found out of the session is kept before anything is
 * done that is told once. */
#define OF_MASTER                                                              \
	MEMBER_STEPS, { "need master", NULL, desk_need_master },               \
	{                                                                      \
		"keep session", visit_changed, visit_keep_session              \
	}
#define DESK_STEPS(read)                                                       \
	{ "check host", NULL, guard_host },                                    \
	    { "check page", NULL, guard_page }, { "read json", NULL, read },   \
	    OF_MASTER

static const struct flow_step figures_steps[] = {
	{ "check host", NULL, guard_host },
	OF_MASTER,
	{ "count", NULL, desk_count },
	{ NULL },
};

static const struct flow_step page_steps[] = {
	DESK_STEPS(body_desk_page),
	{ "list", NULL, desk_list },
	{ NULL },
};

static const struct flow_step user_steps[] = {
	DESK_STEPS(body_desk_user),
	{ "find user", NULL, desk_find },
	{ "show user", NULL, desk_show },
	{ NULL },
};

static const struct flow_step register_steps[] = {
	DESK_STEPS(body_desk_new_user),
	{ "judge fields", NULL, registration_judge_user },
	/* PostgreSQL: T6 */
	{ "claim user", NULL, desk_claim_user },
	/* auth */
	{ "make password", NULL, desk_make_password },
	/* PostgreSQL */
	{ "register", NULL, desk_register_user },
	{ "reply", NULL, desk_tell_password },
	{ NULL },
};

static const struct flow_step csv_steps[] = {
	DESK_STEPS(body_desk_table),
	{ "read table", NULL, desk_read_table },
	{ NULL },
};

static const struct flow_step lift_steps[] = {
	DESK_STEPS(body_desk_reason),
	{ "find user", NULL, desk_find },
	{ "judge act", NULL, desk_may_lift },
	/* PostgreSQL: T6 */
	{ "lift", NULL, desk_lift_user },
	/* auth, Redis */
	{ "settle", NULL, desk_settle },
	{ "reply", NULL, desk_tell_done },
	{ NULL },
};

static const struct flow_step password_steps[] = {
	DESK_STEPS(body_desk_user),
	{ "find user", NULL, desk_find },
	{ "judge act", NULL, desk_may_give },
	{ "make password", NULL, desk_make_password },
	/* PostgreSQL: T7 */
	{ "give password", NULL, desk_give_password },
	/* auth, Redis: codes die (O-09) */
	{ "settle", NULL, desk_settle },
	{ "reply", NULL, desk_tell_password },
	{ NULL },
};

static const struct flow_step close_steps[] = {
	DESK_STEPS(body_desk_reason),
	{ "find user", NULL, desk_find },
	{ "judge act", NULL, desk_may_close },
	{ "close", NULL, desk_close_user },
	{ "reply", NULL, desk_tell_done },
	{ NULL },
};

static const struct flow_step reopen_steps[] = {
	DESK_STEPS(body_desk_reason),
	{ "find user", NULL, desk_find },
	{ "judge act", NULL, desk_may_reopen },
	{ "reopen", NULL, desk_reopen_user },
	{ "reply", NULL, desk_tell_done },
	{ NULL },
};

static const struct flow_step remind_steps[] = {
	DESK_STEPS(body_desk_user),
	{ "find user", NULL, desk_find },
	{ "judge act", NULL, desk_may_remind },
	{ "remind", NULL, desk_remind_user },
	{ "reply", NULL, desk_tell_done },
	{ NULL },
};

static const struct flow_step revoke_steps[] = {
	DESK_STEPS(body_desk_certificate),
	{ "find user", NULL, desk_find },
	{ "judge reason", NULL, revocation_judge_why },
	{ "judge act", NULL, desk_may_revoke },
	{ "revoke", NULL, desk_revoke_certificate },
	{ "reply", NULL, desk_tell_done },
	{ NULL },
};

#define DESK(name, path, steps) API(name, "POST", "/api/v1/desk/" path, steps)

static const struct endpoint endpoints[] = {
	API("desk", "GET", "/api/v1/desk", figures_steps),
	DESK("desk-users", "users", page_steps),
	DESK("desk-user", "user", user_steps),
	DESK("desk-register", "register", register_steps),
	DESK("desk-csv", "csv", csv_steps),
	DESK("desk-lift", "user/lift", lift_steps),
	DESK("desk-password", "user/password", password_steps),
	DESK("desk-close", "user/close", close_steps),
	DESK("desk-reopen", "user/reopen", reopen_steps),
	DESK("desk-remind", "user/remind", remind_steps),
	DESK("desk-revoke", "user/revoke", revoke_steps),
};

const struct endpoint *
desk_api_find(const char *path)
{
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++)
		if (strcmp(endpoints[i].path, path) == 0)
			return &endpoints[i];
	return NULL;
}
