-- $1 serial, $2 account, $3 its version, $4 serial replaced or NULL, $5 profile,
-- $6 subject, $7 key, $8 its identity, $9 CSR, $10 TBS digest, $11 begins,
-- $12 ends, $13 code id or NULL.
SELECT koshin.reserve($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
    to_timestamp($11), to_timestamp($12), $13)
