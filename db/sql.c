#include "db/sql.h"

#include "base/embed.h"

#define FILE_OF(name) EMBED_FILE("db/sql/" name ".sql")
#define OF_HOLDER(name) EMBED("sql_" name, FILE_OF("holder") FILE_OF(name))

OF_HOLDER("by_user");
OF_HOLDER("by_certificate");
OF_HOLDER("facts");
