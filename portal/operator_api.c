#include "portal/operator_api.h"

#include "portal/body.h"
#include "portal/guard.h"
#include "portal/member.h"
#include "portal/operator.h"
#include "portal/operator_body.h"
#include "portal/own.h"
#include "portal/registration.h"
#include "portal/reply.h"

#include <string.h>

/* ----------------------------------------------------------------- tables */

/* Of an operator who has logged in here. */
#define OF_OPERATOR                                                            \
	{ "find session", NULL, visit_find_session },                          \
	    { "find holder", NULL, member_find_holder },                       \
	    { "check session", NULL, member_check_session },                   \
	    { "need session", NULL, operator_need_session },                   \
	{                                                                      \
		"keep session", visit_changed, visit_keep_session              \
	}
#define ASKS(read)                                                             \
	{ "check host", NULL, guard_host },                                    \
	    { "check page", NULL, guard_page }, { "read json", NULL, read },   \
	    OF_OPERATOR
/* A wrong password does nothing; what auth has proved is asked of the database
 * once more (R-OPS-3). */
#define DOES                                                                   \
	{ "prove", operator_wants_proof, operator_prove },                     \
	    { "find proposal", operator_confirms, operator_find_proposal },    \
	    { "make password", operator_makes_password,                        \
		    operator_make_password },                                  \
	    { "do", NULL, operator_do },                                       \
	    { "propose", operator_takes_two, operator_propose },               \
	    { "settle", operator_settles, operator_settle },                   \
	    { "reply", NULL, operator_tell_done },                             \
	{                                                                      \
		NULL                                                           \
	}

#define READING(name, reads, lists)                                            \
	static const struct flow_step name[] = { ASKS(reads),                  \
		{ "list", NULL, lists }, { NULL } }
#define ACTING(name, reads, judges)                                            \
	static const struct flow_step name[] = { ASKS(reads),                  \
		{ "judge act", NULL, judges }, DOES }

READING(contracts_steps, operator_body_contracts, operator_list_contracts);
READING(users_steps, operator_body_users, operator_list_users);
READING(certificates_steps, operator_body_user, operator_list_certificates);
READING(mails_steps, operator_body_mails, operator_list_mails);
READING(audit_steps, operator_body_audit, operator_search_audit);
READING(figures_steps, operator_body_figures, operator_count);
ACTING(user_act_steps, operator_body_act, operator_judge_user_act);
ACTING(contract_act_steps, operator_body_act, operator_judge_contract_act);
ACTING(revoke_steps, operator_body_certificate, operator_judge_certificate);
ACTING(mail_steps, operator_body_mail, operator_judge_mail);
ACTING(new_user_steps, operator_body_new_user, operator_judge_new_user);
ACTING(new_contract_steps, operator_body_new_contract,
    operator_judge_new_contract);
ACTING(decision_steps, operator_body_decision, operator_judge_decision);

static const struct flow_step proposals_steps[] = {
	{ "check host", NULL, guard_host },
	OF_OPERATOR,
	{ "list", NULL, operator_list_proposals },
	{ NULL },
};

/* R-WEB-8: his own, as in the member area. */
static const struct flow_step locale_steps[] = {
	ASKS(body_locale),
	{ "judge fields", NULL, registration_judge_locale },
	{ "write", NULL, own_write_locale },
	{ "keep session", NULL, visit_keep_session },
	{ "reply", NULL, reply_session },
	{ NULL },
};

#define DESK(name_, methods_, path_, steps_)                                   \
	{                                                                      \
		.name = name_, .methods = methods_,                            \
		.path = "/api/v1/operator/" path_,                             \
		.state_size = sizeof(struct operator_visit), .steps = steps_,  \
		.leave = visit_leave, .log = visit_log                         \
	}

static const struct endpoint endpoints[] = {
	DESK("operator-contracts", "POST", "contracts", contracts_steps),
	DESK("operator-users", "POST", "users", users_steps),
	DESK("operator-certificates", "POST", "certificates",
	    certificates_steps),
	DESK("operator-mails", "POST", "mails", mails_steps),
	DESK("operator-audit", "POST", "audit", audit_steps),
	DESK("operator-figures", "POST", "figures", figures_steps),
	DESK("operator-proposals", "GET", "proposals", proposals_steps),
	DESK("operator-user-act", "POST", "user/act", user_act_steps),
	DESK("operator-contract-act", "POST", "contract/act",
	    contract_act_steps),
	DESK("operator-revoke", "POST", "certificate/revoke", revoke_steps),
	DESK("operator-retry", "POST", "mail/retry", mail_steps),
	DESK("operator-add-user", "POST", "user/add", new_user_steps),
	DESK("operator-add-contract", "POST", "contract/add",
	    new_contract_steps),
	DESK("operator-locale", "POST", "locale", locale_steps),
	DESK("operator-decide", "POST", "proposal/decide", decision_steps),
};

const struct endpoint *
operator_api_find(const char *path)
{
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++)
		if (strcmp(endpoints[i].path, path) == 0)
			return &endpoints[i];
	return NULL;
}
