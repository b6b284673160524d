/*
 * scripts - the Lua of db/scripts/, built into the program. Text with a NUL,
 * ready for struct redis_script.
 */
#ifndef DB_SCRIPTS_H
#define DB_SCRIPTS_H

extern const char scripts_probe[];
extern const char scripts_rights[];
extern const char scripts_address[];
extern const char scripts_address_back[];
extern const char scripts_session_get[];
extern const char scripts_session_put[];
extern const char scripts_session_drop[];
extern const char scripts_begin[];
extern const char scripts_settle[];
extern const char scripts_new_code[];
extern const char scripts_mailed[];
extern const char scripts_spend[];
extern const char scripts_succeed[];
extern const char scripts_lift[];
extern const char scripts_drop_code[];

#endif
