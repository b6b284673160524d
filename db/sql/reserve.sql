-- $1 serial, $2 account, $3 its version, $4 serial replaced or NULL, $5 profile,
-- $6 subject, $7 key, $8 CSR, $9 TBS digest, $10 begins, $11 ends, $12 code id
-- or NULL.
SELECT koshin.reserve($1, $2, $3, $4, $5, $6, $7, $8, $9,
    to_timestamp($10), to_timestamp($11), $12)
