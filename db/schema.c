/*
 * Nothing is released yet, so that there is one migration, the whole schema,
 * and it may be rewritten: whoever has another text of it starts again with
 * an empty database. From the first package on it stays as it is, and a
 * change is a file with a number of its own, at the end of the list.
 */
#include "db/schema.h"

#include "base/embed.h"

/* In the order in which one needs what another makes. */
#define SCHEMA_0001(FILE)                                                      \
	FILE("roles")                                                          \
	FILE("types")                                                          \
	FILE("account")                                                        \
	FILE("certificate")                                                    \
	FILE("crl")                                                            \
	FILE("mail")                                                           \
	FILE("audit")                                                          \
	FILE("session")                                                        \
	FILE("functions_people")                                               \
	FILE("functions_auth")                                                 \
	FILE("functions_issuer")                                               \
	FILE("functions_crl")                                                  \
	FILE("functions_courier")                                              \
	FILE("functions_operator")                                             \
	FILE("functions_second")                                               \
	FILE("functions_member")                                               \
	FILE("functions_desk")                                                 \
	FILE("functions_operator_desk")                                        \
	FILE("functions_sealer")                                               \
	FILE("grants")

#define FILE_OF(name) EMBED_FILE("db/schema/" name ".sql")

EMBED("schema_0001", SCHEMA_0001(FILE_OF));
extern const char schema_0001[];

const struct schema_file schema_files[] = {
	{ "0001_schema", schema_0001 },
};
const size_t schema_count = sizeof schema_files / sizeof *schema_files;
