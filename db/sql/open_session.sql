-- $1 digest of its token, $2 contract, $3 account, $4 hash that was proved,
-- $5 to $11 its limits, $12 seconds that it lives: whether it is open.
SELECT koshin.open_session($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
