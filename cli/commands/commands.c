#include "cli/commands/commands.h"

const struct command *const commands[] = { &init_command, &serve_command,
	&check_config_command, &version_command, &contract_add, &contract_list,
	&contract_show, &contract_reset, &contract_unblock, &contract_close,
	&user_add, &user_register, &user_import, &user_list, &user_show,
	&user_unlock, &user_close, &user_set_name, &user_set_email,
	&user_set_password, &user_temporary_password, &cert_list, &cert_show,
	&cert_export, &cert_revoke, &ca_show, &ca_export, &profile_show,
	&mail_list, &mail_show, &mail_retry, &notice_run, &notice_simulate,
	&audit_list, &audit_verify, NULL };
