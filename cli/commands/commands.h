/*
 * commands - what acts for the rows of the table in commands.c, each in the
 * file of its group, and how the options of some go together.
 */
#ifndef CLI_COMMANDS_COMMANDS_H
#define CLI_COMMANDS_COMMANDS_H

#include "cli/session.h"
#include "pki/ca.h"

command_act_fn init, serve, check_config, version;
command_act_fn contract_add, contract_reset, contract_unblock,
    contract_set_profiles, contract_close;
command_act_fn user_add, user_register, user_import, user_unlock, user_suspend,
    user_resume, user_close, user_reopen, user_remind, user_set_name,
    user_set_email, user_set_password, user_temporary_password;
command_act_fn cert_show, cert_export, cert_revoke;
command_act_fn ca_show, ca_export;
command_act_fn crl_publish;
command_act_fn profile_show, simulate;
command_act_fn mail_show, mail_retry;
command_act_fn notice_run, notice_simulate;
command_act_fn audit_verify;

/* The CA of the configuration, without its key; by ca_free(). NULL: why has
 * been said. */
struct ca *commands_ca(const struct session *);

extern const struct listing contract_listing, user_listing, cert_listing,
    crl_listing, mail_listing, audit_listing;

command_fits_fn user_add_fits, user_register_fits, user_import_fits,
    mail_list_fits, mail_retry_fits;
command_words_fn mail_list_kinds;

#endif
