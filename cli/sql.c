#include "cli/sql.h"

#include "base/embed.h"

#define FILE_OF(name)                                                          \
	EMBED("cli_sql_" #name, EMBED_FILE("cli/sql/" #name ".sql"));

CLI_SQL_LISTINGS(FILE_OF)
CLI_SQL_WHOLE(FILE_OF)
