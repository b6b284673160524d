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

/* ------------------------------------------------------------- contracts */

struct people_sql_question
people_sql_add_contract(const char *actor, const char *number, const char *name,
    const char *initial_hash)
{
	return ASK("SELECT koshin.add_contract($1, $2, $3, $4)", actor, number,
	    name, initial_hash);
}

struct people_sql_question
people_sql_reset_contract(const char *actor, const char *number,
    const char *initial_hash, const char *why)
{
	return ASK("SELECT koshin.reset_contract($1, $2, $3, $4)", actor,
	    number, initial_hash, why);
}

struct people_sql_question
people_sql_lift_contract(const char *actor, const char *number, const char *why)
{
	return ASK(
	    "SELECT koshin.lift_contract($1, $2, $3)", actor, number, why);
}

struct people_sql_question
people_sql_close_contract(
    const char *actor, const char *number, const char *why)
{
	return ASK(
	    "SELECT koshin.close_contract($1, $2, $3)", actor, number, why);
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
people_sql_add_account(const char *actor, const struct people_sql_holder *h,
    const char *hash, bool temporary)
{
	return ASK(
	    "SELECT koshin.add_account($1, $2, $3, $4, $5, $6, $7, $8, $9)",
	    actor, h->user_id, h->contract, h->role, h->name, h->email,
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
people_sql_lift_account(const char *actor, const char *user_id, const char *why)
{
	return ASK(
	    "SELECT koshin.lift_account($1, $2, $3)", actor, user_id, why);
}

struct people_sql_question
people_sql_suspend_account(
    const char *actor, const char *user_id, const char *why)
{
	return ASK(
	    "SELECT koshin.suspend_account($1, $2, $3)", actor, user_id, why);
}

struct people_sql_question
people_sql_resume_account(
    const char *actor, const char *user_id, const char *why)
{
	return ASK(
	    "SELECT koshin.resume_account($1, $2, $3)", actor, user_id, why);
}

struct people_sql_question
people_sql_close_account(
    const char *actor, const char *user_id, const char *why)
{
	return ASK(
	    "SELECT koshin.close_account($1, $2, $3)", actor, user_id, why);
}

struct people_sql_question
people_sql_set_name(const char *actor, const char *user_id, const char *name)
{
	return ASK("SELECT koshin.set_name($1, $2, $3)", actor, user_id, name);
}

struct people_sql_question
people_sql_set_email(const char *actor, const char *user_id, const char *email)
{
	return ASK(
	    "SELECT koshin.set_email($1, $2, $3)", actor, user_id, email);
}

struct people_sql_question
people_sql_set_password(
    const char *actor, const char *user_id, const char *hash, bool temporary)
{
	return ASK("SELECT koshin.set_password($1, $2, $3, $4)", actor, user_id,
	    hash, truth(temporary));
}

struct people_sql_question
people_sql_give_password(
    const char *actor, const char *user_id, const char *hash)
{
	return ASK(
	    "SELECT koshin.give_password($1, $2, $3)", actor, user_id, hash);
}

struct people_sql_question
people_sql_change_password(const char *hash)
{
	return ASK("SELECT koshin.change_password($1)", hash);
}

struct people_sql_question
people_sql_withdraw_certificate(
    const char *actor, const char *serial, const char *reason)
{
	return ASK(
	    "SELECT koshin.withdraw_certificate($1, decode($2, 'hex'), $3)",
	    actor, serial, reason);
}
