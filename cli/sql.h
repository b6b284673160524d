/*
 * sql - the statements of cli/sql/, built into the program. What fits on a
 * line stands where it is asked; what does not is a file there.
 */
#ifndef CLI_SQL_H
#define CLI_SQL_H

/* Where a listing reads from (cli/commands/listings.c). */
#define CLI_SQL_LISTINGS(X) X(contract) X(user) X(cert) X(crl) X(mail) X(audit)
#define CLI_SQL_WHOLE(X)                                                       \
	X(lookup_account)                                                      \
	X(lookup_certificate)                                                  \
	X(cert_der)                                                            \
	X(notice_plan)                                                         \
	X(notice_due)                                                          \
	X(audit_unsealed)                                                      \
	X(audit_gone)

#define CLI_SQL_TEXT(name) extern const char cli_sql_##name[];
CLI_SQL_LISTINGS(CLI_SQL_TEXT)
CLI_SQL_WHOLE(CLI_SQL_TEXT)

#endif
