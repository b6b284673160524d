/*
 * ledger_sql - the statements of db/ledger.c.
 */
#ifndef DB_LEDGER_SQL_H
#define DB_LEDGER_SQL_H

#include "db/holder_columns.h"
#include "db/skew.h"

#define LEDGER_CLOSE_SQL "SELECT koshin.close_abandoned($1::bigint[])"

/*
 * $1 account, $2 CSR digest, $3 key digest, $4 code id or NULL, $5 presented
 * serial, $6 seconds for which a request by certificate is repeated. `known`
 * is enum ledger_known. The order is of weight: the same request as before
 * gets its certificate even when its code and key are "taken", by itself.
 */
/* clang-format off */
#define LEDGER_FACTS_SQL                                                \
	"SELECT " HOLDER_COLUMNS_ACCOUNT_SQL ", " \
	HOLDER_COLUMNS_CERTIFICATE_SQL("c") ", " \
	HOLDER_COLUMNS_CERTIFICATE_SQL("p") ", CASE" \
	" WHEN again.der IS NOT NULL THEN 1"                            \
	" WHEN EXISTS (SELECT FROM koshin.certificate s"                \
	"   WHERE s.code_id = $4::bytea AND s.state <> 'abandoned'"     \
	"   AND NOT (s.state = 'reserved' AND s.account = a.id"         \
	"     AND s.csr_digest = $2::bytea)) THEN 4"                    \
	" WHEN koshin.key_taken(a.id, $3::bytea) THEN 3"                \
	" WHEN EXISTS (SELECT FROM koshin.certificate s"                \
	"   WHERE s.account = a.id AND s.state = 'reserved'"            \
	"   AND s.lease_until > now()) THEN 2"                          \
	" ELSE 0 END, again.der, " SKEW_SQL                             \
	" FROM koshin.account a"                                        \
	" LEFT JOIN koshin.certificate c"                               \
	"   ON c.account = a.id AND c.current"                          \
	" LEFT JOIN koshin.certificate p ON p.serial = $5::bytea"       \
	" LEFT JOIN LATERAL (SELECT s.der FROM koshin.certificate s"    \
	"   WHERE s.account = a.id AND s.csr_digest = $2::bytea"        \
	"   AND s.state = 'issued' AND NOT EXISTS (SELECT"              \
	"     FROM koshin.revocation r WHERE r.serial = s.serial)"      \
	"   AND CASE WHEN $4::bytea IS NOT NULL"                        \
	"     THEN s.code_id = $4::bytea"                               \
	"     ELSE s.via = 'certificate' AND s.issued_at >"             \
	"       now() - make_interval(secs => $6::int) END"             \
	"   ORDER BY s.issued_at DESC LIMIT 1) again ON true"           \
	" WHERE a.id = $1::bigint"
/* clang-format on */

#define LEDGER_RESERVE_SQL                                                     \
	"SELECT koshin.reserve($1::bytea, $2::bigint, $3::bigint, $4::bytea,"  \
	" $5::text, $6::text, $7::bytea, $8::bytea, $9::bytea,"                \
	" to_timestamp($10::bigint), to_timestamp($11::bigint), $12::bytea)"

#define LEDGER_RECORD_SQL                                                      \
	"SELECT koshin.record($1::bytea, $2::bytea, $3::bytea, $4::boolean)"

#endif
