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
	return ASK("SELECT koshin.add_contract($1::text, $2::text, $3::text,"
		   " $4::text)",
	    actor, number, name, initial_hash);
}

struct people_sql_question
people_sql_reset_contract(const char *actor, const char *number,
    const char *initial_hash, const char *why)
{
	return ASK("SELECT koshin.reset_contract($1::text, $2::text, $3::text,"
		   " $4::text)",
	    actor, number, initial_hash, why);
}

struct people_sql_question
people_sql_lift_contract(const char *actor, const char *number, const char *why)
{
	return ASK("SELECT koshin.lift_contract($1::text, $2::text, $3::text)",
	    actor, number, why);
}

struct people_sql_question
people_sql_close_contract(
    const char *actor, const char *number, const char *why)
{
	return ASK("SELECT koshin.close_contract($1::text, $2::text, $3::text)",
	    actor, number, why);
}

/* -------------------------------------------------------------- sessions */

struct people_sql_question
people_sql_enter_session(const char *user_id, bool transaction_only)
{
	return ASK("SELECT koshin.enter_session($1::text, $2::boolean)",
	    user_id, truth(transaction_only));
}

/* -------------------------------------------------------- registrations */

struct people_sql_question
people_sql_add_account(const char *actor, const struct people_sql_holder *h,
    const char *hash, bool temporary)
{
	return ASK("SELECT koshin.add_account($1::text, $2::text, $3::text,"
		   " $4::text, $5::text, $6::text, $7::text, $8::text,"
		   " $9::boolean)",
	    actor, h->user_id, h->contract, h->role, h->name, h->email,
	    h->locale, hash, truth(temporary));
}

struct people_sql_question
people_sql_register_master(
    const struct people_sql_holder *h, const char *proved, const char *hash)
{
	return ASK("SELECT koshin.register_master($1::text, $2::text,"
		   " $3::text, $4::text, $5::text, $6::text, $7::text)",
	    h->contract, proved, h->user_id, h->name, h->email, h->locale,
	    hash);
}

struct people_sql_question
people_sql_register_member(const struct people_sql_holder *h, const char *hash)
{
	return ASK("SELECT koshin.register_member($1::text, $2::text,"
		   " $3::text, $4::text, $5::text, $6::text)",
	    h->user_id, h->role, h->name, h->email, h->locale, hash);
}

struct people_sql_question
people_sql_replace_temporary(
    const char *user_id, const char *proved, const char *hash)
{
	return ASK("SELECT koshin.replace_temporary_password($1::text,"
		   " $2::text, $3::text)",
	    user_id, proved, hash);
}

/* -------------------------------------------------------------- changes */

struct people_sql_question
people_sql_lift_account(const char *actor, const char *user_id, const char *why)
{
	return ASK("SELECT koshin.lift_account($1::text, $2::text, $3::text)",
	    actor, user_id, why);
}

struct people_sql_question
people_sql_close_account(
    const char *actor, const char *user_id, const char *why)
{
	return ASK("SELECT koshin.close_account($1::text, $2::text, $3::text)",
	    actor, user_id, why);
}

struct people_sql_question
people_sql_set_name(const char *actor, const char *user_id, const char *name)
{
	return ASK("SELECT koshin.set_name($1::text, $2::text, $3::text)",
	    actor, user_id, name);
}

struct people_sql_question
people_sql_set_email(const char *actor, const char *user_id, const char *email)
{
	return ASK("SELECT koshin.set_email($1::text, $2::text, $3::text)",
	    actor, user_id, email);
}

struct people_sql_question
people_sql_set_password(
    const char *actor, const char *user_id, const char *hash, bool temporary)
{
	return ASK("SELECT koshin.set_password($1::text, $2::text, $3::text,"
		   " $4::boolean)",
	    actor, user_id, hash, truth(temporary));
}

struct people_sql_question
people_sql_give_password(
    const char *actor, const char *user_id, const char *hash)
{
	return ASK("SELECT koshin.give_password($1::text, $2::text, $3::text)",
	    actor, user_id, hash);
}

struct people_sql_question
people_sql_change_password(
    const char *user_id, const char *proved, const char *hash)
{
	return ASK("SELECT koshin.change_password('', $1::text, $2::text,"
		   " $3::text)",
	    user_id, proved, hash);
}

struct people_sql_question
people_sql_withdraw_certificate(
    const char *actor, const char *serial, const char *reason)
{
	return ASK("SELECT koshin.withdraw_certificate($1::text,"
		   " decode($2::text, 'hex'), $3::text)",
	    actor, serial, reason);
}
