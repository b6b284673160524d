#include "portal/api.h"

#include "portal/body.h"
#include "portal/desk_api.h"
#include "portal/guard.h"
#include "portal/issuing.h"
#include "portal/keep.h"
#include "portal/login.h"
#include "portal/member.h"
#include "portal/operator_api.h"
#include "portal/own_api.h"
#include "portal/recheck.h"
#include "portal/registration.h"
#include "portal/reply.h"
#include "portal/server_key.h"
#include "portal/shown.h"
#include "portal/visit.h"

#include <string.h>

/* ------------------------------------------------------------- conditions */

static bool
changes(const struct flow *f)
{
	return !flow_is(f, "GET");
}

static bool
asks(const struct flow *f)
{
	return !changes(f);
}

static bool
request_good(const struct flow *f)
{
	return visit_of(f)->csr_problem == PROBLEM_NONE;
}

/* What is wrong with it, or with who has shown the code. */
static bool
refusal_kept(const struct flow *f)
{
	return !request_good(f) ||
	       visit_of(f)->decision.verdict != DECIDE_ALLOWED;
}

/* ----------------------------------------------------------------- tables */

static const struct flow_step session_steps[] = {
	{ "check host", NULL, guard_host },
	{ "check page", changes, guard_page },
	{ "find session", asks, visit_find_session },
	RECHECK_STEPS,
	{ "end session", changes, visit_end_session },
	{ "keep session", visit_changed, visit_keep_session },
	{ "reply", NULL, reply_session },
	{ NULL },
};

static const struct flow_step password_steps[] = {
	{ "check host", NULL, guard_host },
	{ "check page", NULL, guard_page },
	{ "read json", NULL, body_password },
	/* auth: R-AUTH-5, I-7, I-15, R-CERT-3, R-AUTH-1 */
	{ "check password", NULL, login_check_password },
	{ "check operator", login_is_operator, login_check_password },
	{ "keep session", NULL, visit_keep_session },
	{ "reply", NULL, reply_session },
	{ NULL },
};

static const struct flow_step code_steps[] = {
	{ "check host", NULL, guard_host },
	{ "check page", NULL, guard_page },
	{ "read json", NULL, body_nothing },
	{ "find session", NULL, visit_find_session },
	{ "need session", NULL, registration_need_user },
	{ "ask code", NULL, login_ask_code },
	{ "keep session", NULL, visit_keep_session },
	{ "reply", NULL, reply_session },
	{ NULL },
};

/*
 * First everything that can refuse; then the code is spent, and only for a
 * request that is good and a holder who is entitled; then the issuer.
 */
static const struct flow_step certificate_steps[] = {
	{ "check host", NULL, guard_host },
	{ "check page", NULL, guard_page },
	{ "read json", NULL, body_request },
	{ "find session", NULL, visit_find_session },
	{ "need session", NULL, visit_need_session },
	{ "read request", NULL, issuing_read_request },
	/* auth: a place is taken (I-7), by the voucher for the password */
	{ "check voucher", NULL, login_check_voucher },
	{ "prove possession", NULL, issuing_prove },
	/* PostgreSQL, S-08 */
	{ "check key", request_good, issuing_check_key },
	/* auth: I-6 */
	{ "check code", NULL, login_check_code },
	{ "tell refusal", refusal_kept, issuing_tell_refusal },
	/* durable, I-1 */
	{ "issue", NULL, issuing_ask_issuer },
	/* auth: R-LOCK-4 */
	{ "clear counters", NULL, login_clear_counters },
	{ "keep session", NULL, visit_keep_session },
	{ "reply", NULL, reply_session },
	{ NULL },
};

static enum flow_next
need_code(struct flow *f)
{
	return visit_need(f, 1U << SESSION_CODE);
}

static enum flow_next
need_issued(struct flow *f)
{
	return visit_need(f, 1U << SESSION_ISSUED);
}

/* For who makes none: before the code, so that a repeat finds it. */
static const struct flow_step key_steps[] = {
	{ "check host", NULL, guard_host },
	{ "check page", NULL, guard_page },
	{ "read json", NULL, body_nothing },
	{ "look for keymaker", NULL, server_key_offered },
	{ "find session", NULL, visit_find_session },
	{ "need session", NULL, need_code },
	/* auth */
	{ "check voucher", NULL, login_check_alone },
	/* keymaker */
	{ "make key", NULL, server_key_make },
	{ "keep session", visit_changed, visit_keep_session },
	{ "reply", NULL, reply_session },
	{ NULL },
};

/* R-CERT-8: the file again, without a new certificate. */
static const struct flow_step file_steps[] = {
	{ "check host", NULL, guard_host },
	{ "check page", NULL, guard_page },
	{ "read json", NULL, body_passphrase },
	{ "look for keymaker", NULL, server_key_offered },
	{ "find session", NULL, visit_find_session },
	RECHECK_STEPS,
	{ "need session", NULL, need_issued },
	{ "count", NULL, server_key_count },
	{ "keep session", NULL, visit_keep_session },
	/* keymaker */
	{ "make file", NULL, server_key_file },
	{ NULL },
};

static const struct flow_step contract_steps[] = {
	{ "check host", NULL, guard_host },
	{ "check page", NULL, guard_page },
	{ "read json", NULL, body_contract },
	/* auth: R-LOCK-7, as a password */
	{ "check password", NULL, registration_check_contract },
	{ "keep session", NULL, visit_keep_session },
	{ "reply", NULL, reply_session },
	{ NULL },
};

static const struct flow_step user_steps[] = {
	{ "check host", NULL, guard_host },
	{ "check page", NULL, guard_page },
	{ "read json", NULL, body_login },
	{ "check password", NULL, registration_check_user },
	{ "keep session", NULL, visit_keep_session },
	{ "reply", NULL, reply_session },
	{ NULL },
};

/* R-ACC-2: the master registers himself, once. */
static const struct flow_step master_steps[] = {
	{ "check host", NULL, guard_host },
	{ "check page", NULL, guard_page },
	{ "read json", NULL, body_master },
	{ "find session", NULL, visit_find_session },
	{ "need session", NULL, registration_need_contract },
	{ "judge fields", NULL, registration_judge_master },
	{ "check voucher", NULL, login_check_voucher },
	/* auth, PostgreSQL */
	{ "write", NULL, registration_write },
	{ "keep session", NULL, visit_keep_session },
	{ "reply", NULL, reply_session },
	{ NULL },
};

/* R-ACC-7: the temporary password goes first. */
static const struct flow_step new_password_steps[] = {
	{ "check host", NULL, guard_host },
	{ "check page", NULL, guard_page },
	{ "read json", NULL, body_new_password },
	{ "find session", NULL, visit_find_session },
	{ "need session", NULL, registration_need_password },
	{ "judge fields", NULL, registration_judge_password },
	{ "check voucher", NULL, login_check_voucher },
	{ "write", NULL, registration_write },
	{ "keep session", NULL, visit_keep_session },
	{ "reply", NULL, reply_session },
	{ NULL },
};

/* T3, without a session: the link says whose it is. */
static const struct flow_step keep_steps[] = {
	{ "check host", NULL, guard_host },
	{ "check page", NULL, guard_page },
	{ "read json", NULL, keep_read },
	/* PostgreSQL */
	{ "keep address", NULL, keep_address },
	{ "reply", NULL, keep_reply },
	{ NULL },
};

/* ------------------------------------------------------ tables of members */

static const struct flow_step member_session_steps[] = {
	{ "check host", NULL, guard_host },
	{ "check page", changes, guard_page },
	/* who leaves needs no certificate */
	{ "end session", changes, visit_end_session },
	{ "find session", asks, visit_find_session },
	/* PostgreSQL, R-WEB-7 */
	{ "find holder", asks, member_find_holder },
	{ "check session", asks, member_check_session },
	{ "check certificate", recheck_has_certificate, recheck_certificate },
	{ "keep session", visit_changed, visit_keep_session },
	{ "reply", NULL, reply_session },
	{ NULL },
};

static const struct flow_step enter_steps[] = {
	{ "check host", NULL, guard_host },
	{ "check page", NULL, guard_page },
	{ "read json", NULL, body_login },
	{ "find holder", NULL, member_find_holder },
	/* auth: R-WEB-4, R-AUTH-5, I-7, I-15 */
	{ "check password", NULL, member_enter },
	{ "keep session", NULL, visit_keep_session },
	{ "reply", NULL, reply_session },
	{ NULL },
};

/* No session, and nothing to log in with: the connection says it all. */
static const struct flow_step installed_steps[] = {
	{ "check host", NULL, guard_host },
	{ "check page", NULL, guard_sites },
	/* PostgreSQL */
	{ "find holder", NULL, shown_find },
	/* issuer: R-CERT-12 */
	{ "mark", shown_unmarked, shown_mark },
	{ "reply", NULL, shown_reply },
	{ NULL },
};

static const struct flow_step member_steps[] = {
	{ "check host", NULL, guard_host },
	MEMBER_STEPS,
	{ "keep session", visit_changed, visit_keep_session },
	{ "reply", NULL, reply_menu },
	{ NULL },
};

static const struct flow_step list_steps[] = {
	{ "check host", NULL, guard_host },
	MEMBER_STEPS,
	{ "list", NULL, member_list },
	{ "keep session", visit_changed, visit_keep_session },
	{ NULL },
};

static const struct flow_step renewal_end_steps[] = {
	{ "check host", NULL, guard_host },
	{ "check page", NULL, guard_page },
	MEMBER_STEPS,
	{ "end renewal", NULL, member_end_renewal },
	{ "keep session", NULL, visit_keep_session },
	{ "reply", NULL, reply_session },
	{ NULL },
};

static const struct flow_step renewal_code_steps[] = {
	{ "check host", NULL, guard_host },
	{ "check page", NULL, guard_page },
	{ "read json", NULL, body_nothing },
	MEMBER_STEPS,
	/* auth: R-CERT-3, R-AUTH-1, by what the password was proved with */
	{ "ask code", NULL, login_ask_code },
	{ "keep session", NULL, visit_keep_session },
	{ "reply", NULL, reply_session },
	{ NULL },
};

/* As certificate_steps, beside the certificate that is renewed (R-CERT-4). */
static const struct flow_step renewal_steps[] = {
	{ "check host", NULL, guard_host },
	{ "check page", NULL, guard_page },
	{ "read json", NULL, body_request },
	MEMBER_STEPS,
	{ "need code", NULL, visit_need_session },
	{ "read request", NULL, issuing_read_request },
	{ "check voucher", NULL, login_check_voucher },
	{ "prove possession", NULL, issuing_prove },
	{ "check key", request_good, issuing_check_key },
	{ "check code", NULL, login_check_code },
	{ "tell refusal", refusal_kept, issuing_tell_refusal },
	{ "issue", NULL, issuing_ask_issuer },
	{ "clear counters", NULL, login_clear_counters },
	{ "keep session", NULL, visit_keep_session },
	{ "reply", NULL, reply_session },
	{ NULL },
};

/* As key_steps and file_steps, for who renews. */
static const struct flow_step renewal_key_steps[] = {
	{ "check host", NULL, guard_host },
	{ "check page", NULL, guard_page },
	{ "read json", NULL, body_nothing },
	{ "look for keymaker", NULL, server_key_offered },
	MEMBER_STEPS,
	{ "need code", NULL, need_code },
	/* keymaker */
	{ "make key", NULL, server_key_make },
	{ "keep session", visit_changed, visit_keep_session },
	{ "reply", NULL, reply_session },
	{ NULL },
};

static const struct flow_step renewal_file_steps[] = {
	{ "check host", NULL, guard_host },
	{ "check page", NULL, guard_page },
	{ "read json", NULL, body_passphrase },
	{ "look for keymaker", NULL, server_key_offered },
	MEMBER_STEPS,
	{ "check certificate", recheck_has_certificate, recheck_certificate },
	{ "need certificate", NULL, need_issued },
	{ "count", NULL, server_key_count },
	{ "keep session", NULL, visit_keep_session },
	/* keymaker */
	{ "make file", NULL, server_key_file },
	{ NULL },
};

static const struct endpoint endpoints[] = {
	API("session", "GET, DELETE", "/api/v1/session", session_steps),
	API("password", "POST", "/api/v1/issue/password", password_steps),
	API("code", "POST", "/api/v1/issue/code", code_steps),
	API("certificate", "POST", "/api/v1/issue/certificate",
	    certificate_steps),
	API("key", "POST", "/api/v1/issue/key", key_steps),
	API("file", "POST", "/api/v1/issue/file", file_steps),
	API("register-contract", "POST", "/api/v1/register/contract",
	    contract_steps),
	API("register-master", "POST", "/api/v1/register/master", master_steps),
	API("register-user", "POST", "/api/v1/register/user", user_steps),
	API("register-password", "POST", "/api/v1/register/password",
	    new_password_steps),
	API("keep", "POST", "/api/v1/keep", keep_steps),
};
#define ENDPOINTS (sizeof(endpoints) / sizeof(endpoints[0]))

static const struct endpoint of_members[] = {
	API("session", "GET, DELETE", "/api/v1/session", member_session_steps),
	API("login", "POST", "/api/v1/login", enter_steps),
	API("member", "GET", "/api/v1/member", member_steps),
	API("certificates", "GET", "/api/v1/certificates", list_steps),
	API("installed", "GET", "/api/v1/installed", installed_steps),
	API("renewal", "DELETE", "/api/v1/renewal", renewal_end_steps),
	API("code", "POST", "/api/v1/renewal/code", renewal_code_steps),
	API("certificate", "POST", "/api/v1/renewal/certificate",
	    renewal_steps),
	API("key", "POST", "/api/v1/renewal/key", renewal_key_steps),
	API("file", "POST", "/api/v1/renewal/file", renewal_file_steps),
};
#define OF_MEMBERS (sizeof(of_members) / sizeof(of_members[0]))

/* In and out; the rest is portal/operator_api.c. */
static const struct endpoint of_operators[] = {
	API("session", "GET, DELETE", "/api/v1/session", member_session_steps),
	API("login", "POST", "/api/v1/login", enter_steps),
};
#define OF_OPERATORS (sizeof(of_operators) / sizeof(of_operators[0]))

static const struct endpoint *
find_among(const struct endpoint *all, size_t count, const char *path)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(all[i].path, path) == 0)
			return &all[i];
	return NULL;
}

const struct endpoint *
api_find(const char *path, const struct portal *portal)
{
	const struct endpoint *found;

	if (portal->operators) {
		found = find_among(of_operators, OF_OPERATORS, path);
		return found != NULL ? found : operator_api_find(path);
	}
	if (!portal->members)
		return find_among(endpoints, ENDPOINTS, path);
	found = find_among(of_members, OF_MEMBERS, path);
	if (found == NULL)
		found = own_api_find(path);
	return found != NULL ? found : desk_api_find(path);
}

bool
api_has(const struct endpoint *e)
{
	return e != NULL && e->leave == visit_leave;
}
