#include "db/scripts.h"

#include "base/embed.h"

#define FILE_OF(name) EMBED_FILE("db/scripts/" name ".lua")
#define ALONE(name) EMBED("scripts_" name, FILE_OF(name))
#define OF_ACCOUNT(name)                                                       \
	EMBED("scripts_" name, FILE_OF("account") FILE_OF(name))

ALONE("probe");
ALONE("rights");
ALONE("address");
ALONE("address_back");
ALONE("session_get");
ALONE("session_put");
ALONE("session_drop");
OF_ACCOUNT("begin");
OF_ACCOUNT("settle");
OF_ACCOUNT("new_code");
OF_ACCOUNT("mailed");
OF_ACCOUNT("spend");
OF_ACCOUNT("succeed");
OF_ACCOUNT("lift");
OF_ACCOUNT("drop_code");
