#include "db/sql.h"

#include "base/embed.h"

#define FILE_OF(name) EMBED_FILE("db/sql/" name ".sql")
#define OF_HOLDER(name) EMBED("sql_" #name, FILE_OF("holder") FILE_OF(#name));
#define OF_AUDIT_ROW(name)                                                     \
	EMBED("sql_" #name, FILE_OF("audit_row") FILE_OF(#name));
#define OF_DESK_ROW(name)                                                      \
	EMBED("sql_" #name, FILE_OF("desk_row") FILE_OF(#name));
#define ALONE(name) EMBED("sql_" #name, FILE_OF(#name));

SQL_OF_HOLDER(OF_HOLDER)
SQL_OF_AUDIT_ROW(OF_AUDIT_ROW)
SQL_OF_DESK_ROW(OF_DESK_ROW)
SQL_ALONE(ALONE)
