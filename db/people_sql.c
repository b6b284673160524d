/*
 * A prepared statement is known by the name of its builder.
 */
#include "db/people_sql.h"

#include <assert.h>

/* Ends with NULL behind the last of `count`; NULL before it is SQL NULL. */
#define ASK(text, ...)                                                         \
	((struct people_sql_question){ .name = __func__,                       \
	    .sql = (text),                                                     \
	    .count = sizeof((const char *[]){ __VA_ARGS__ }) /                 \
		     sizeof(const char *),                                     \
	    .parameter = { __VA_ARGS__ } })

static const char *
truth(bool value)
{
	return value ? "true" : "false";
}

#define CHANGE(name, which_parameter)                                          \
	struct people_sql_question people_sql_##name(                          \
	    const char *remark, const char *which, const char *text)           \
	{                                                                      \
		return ASK("SELECT koshin." #name "($1, " which_parameter      \
			   ", $3)",                                            \
		    remark, which, text);                                      \
	}

CHANGE(lift_contract, "$2")
CHANGE(close_contract, "$2")
CHANGE(set_profiles, "$2")
CHANGE(lift_account, "$2")
CHANGE(suspend_account, "$2")
CHANGE(resume_account, "$2")
CHANGE(close_account, "$2")
CHANGE(reopen_account, "$2")
CHANGE(set_name, "$2")
CHANGE(set_email, "$2")
CHANGE(set_locale, "$2")
CHANGE(give_password, "$2")
CHANGE(withdraw_certificate, "decode($2, 'hex')")
CHANGE(revoke_own, "decode($2, 'hex')")

/* ------------------------------------------------------------- contracts */

struct people_sql_question
people_sql_add_contract(const char *remark, const char *number,
    const char *name, const char *initial_hash)
{
	return ASK("SELECT koshin.add_contract($1, $2, $3, $4)", remark, number,
	    name, initial_hash);
}

struct people_sql_question
people_sql_reset_contract(const char *remark, const char *number,
    const char *initial_hash, const char *why)
{
	return ASK("SELECT koshin.reset_contract($1, $2, $3, $4)", remark,
	    number, initial_hash, why);
}

struct people_sql_question
people_sql_revoke_contract(
    const char *remark, const char *number, const char *reason, const char *why)
{
	return ASK("SELECT koshin.revoke_contract($1, $2, $3, $4) > 0", remark,
	    number, reason, why);
}

/* ------------------------------------------------ mails, and what takes two */

struct people_sql_question
people_sql_retry_mail(const char *remark, const char *id)
{
	return ASK("SELECT koshin.retry_mail($1, $2::bigint)", remark, id);
}

struct people_sql_question
people_sql_retry_failed_mails(const char *remark)
{
	return ASK("SELECT koshin.retry_failed_mails($1) > 0", remark);
}

struct people_sql_question
people_sql_propose(const char *remark, const char *act, const char *what,
    const char *why, const char *reason)
{
	return ASK("SELECT koshin.propose($1, $2, $3, $4, $5) > 0", remark, act,
	    what, why, reason);
}

struct people_sql_question
people_sql_proposal_resets(const char *id)
{
	return ASK("SELECT koshin.proposal_resets($1::bigint)", id);
}

struct people_sql_question
people_sql_confirm(const char *remark, const char *id, const char *hash)
{
	return ASK(
	    "SELECT koshin.confirm($1, $2::bigint, $3) > 0", remark, id, hash);
}

struct people_sql_question
people_sql_decline(const char *remark, const char *id)
{
	return ASK("SELECT koshin.decline($1, $2::bigint)", remark, id);
}

/* -------------------------------------------------------------- sessions */

struct people_sql_question
people_sql_enter_session(const char *token, bool transaction_only)
{
	return ASK("SELECT koshin.enter_session($1, $2)", token,
	    truth(transaction_only));
}

/* -------------------------------------------------------- registrations */

struct people_sql_question
people_sql_add_account(const char *remark, const struct people_sql_holder *h,
    const char *hash, bool temporary)
{
	return ASK(
	    "SELECT koshin.add_account($1, $2, $3, $4, $5, $6, $7, $8, $9)",
	    remark, h->user_id, h->contract, h->role, h->name, h->email,
	    h->locale, hash, truth(temporary));
}

struct people_sql_question
people_sql_register_master(const struct people_sql_holder *h, const char *hash)
{
	return ASK("SELECT koshin.register_master($1, $2, $3, $4, $5)",
	    h->user_id, h->name, h->email, h->locale, hash);
}

struct people_sql_question
people_sql_register_member(const struct people_sql_holder *h, const char *hash)
{
	return ASK("SELECT koshin.register_member($1, $2, $3, $4, $5, $6)",
	    h->user_id, h->role, h->name, h->email, h->locale, hash);
}

struct people_sql_question
people_sql_replace_temporary(const char *hash)
{
	return ASK("SELECT koshin.replace_temporary_password($1)", hash);
}

/* -------------------------------------------------------------- changes */

struct people_sql_question
people_sql_set_password(
    const char *remark, const char *user_id, const char *hash, bool temporary)
{
	return ASK("SELECT koshin.set_password($1, $2, $3, $4)", remark,
	    user_id, hash, truth(temporary));
}

struct people_sql_question
people_sql_remind_account(const char *remark, const char *user_id)
{
	return ASK("SELECT koshin.remind_account($1, $2)", remark, user_id);
}

struct people_sql_question
people_sql_keep_email(const char *remark, const char *user_id)
{
	return ASK("SELECT koshin.keep_email($1, $2)", remark, user_id);
}

struct people_sql_question
people_sql_set_feed(const char *digest)
{
	return ASK("SELECT koshin.set_feed(decode($1, 'hex'))", digest);
}

struct people_sql_question
people_sql_change_password(const char *hash)
{
	return ASK("SELECT koshin.change_password($1)", hash);
}
