/*
 * sql - the statements of db/sql/, built into the program. What fits on a line
 * stands where it is asked; what does not is a file there.
 */
#ifndef DB_SQL_H
#define DB_SQL_H

/* Begun by holder.sql, by audit_row.sql, by desk_row.sql, and by nothing. */
#define SQL_OF_HOLDER(X) X(by_user) X(by_certificate) X(facts) X(of_user)
#define SQL_OF_AUDIT_ROW(X) X(seal_end) X(seal_rows) X(seals_behind)
#define SQL_OF_DESK_ROW(X) X(desk_list) X(desk_user)
#define SQL_ALONE(X)                                                           \
	X(certificates)                                                        \
	X(costs)                                                               \
	X(crl_begin)                                                           \
	X(crl_entries)                                                         \
	X(crl_marks)                                                           \
	X(desk_certificates)                                                   \
	X(desk_figures)                                                        \
	X(desk_taken)                                                          \
	X(feed)                                                                \
	X(lock_account)                                                        \
	X(mail_code)                                                           \
	X(operator_audit)                                                      \
	X(operator_certificates)                                               \
	X(operator_contracts)                                                  \
	X(operator_figures)                                                    \
	X(operator_mails)                                                      \
	X(operator_proposals)                                                  \
	X(operator_users)                                                      \
	X(migrations)                                                          \
	X(open_session)                                                        \
	X(own)                                                                 \
	X(plan)                                                                \
	X(proof_of_account)                                                    \
	X(proof_of_contract)                                                   \
	X(remove_mails)                                                        \
	X(reserve)                                                             \
	X(settings)                                                            \
	X(code_failed)                                                         \
	X(settle)                                                              \
	X(spent)                                                               \
	X(take)                                                                \
	X(withhold)

#define SQL_TEXT(name) extern const char sql_##name[];
SQL_OF_HOLDER(SQL_TEXT)
SQL_OF_AUDIT_ROW(SQL_TEXT)
SQL_OF_DESK_ROW(SQL_TEXT)
SQL_ALONE(SQL_TEXT)

/* What is in a struct pg_statement of the same name. */
#define SQL(name) #name, sql_##name

#endif
