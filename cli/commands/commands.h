/*
 * commands - every command, each defined in the file of its group.
 */
#ifndef CLI_COMMANDS_COMMANDS_H
#define CLI_COMMANDS_COMMANDS_H

#include "cli/command.h"

extern const struct command init_command, serve_command, check_config_command,
    version_command;
extern const struct command contract_add, contract_list, contract_show,
    contract_reset, contract_unblock, contract_close;
extern const struct command user_add, user_register, user_import, user_list,
    user_show, user_unlock, user_close, user_set_name, user_set_email,
    user_set_password, user_temporary_password;
extern const struct command cert_list, cert_show, cert_export, cert_revoke;
extern const struct command ca_show, ca_export;
extern const struct command profile_show;
extern const struct command mail_list, mail_show, mail_retry;
extern const struct command notice_run, notice_simulate;
extern const struct command audit_list, audit_verify;

#endif
