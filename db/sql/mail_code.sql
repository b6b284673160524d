-- $1 account, $2 nonce, $3 made at, $4 dies at, $5 address of the client,
-- $6 the code's id, $7 its keyed digest.
SELECT koshin.mail_code($1, $2, to_timestamp($3), to_timestamp($4), $5, $6, $7)
