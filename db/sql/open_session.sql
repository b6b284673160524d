-- $1 digest of its token, $2 contract, $3 account, $4 hash that was proved,
-- $5 to $8 its limits, $9 seconds that it lives: whether it is open.
SELECT koshin.open_session($1, $2, $3, $4, $5, $6, $7, email_wait => $8,
    lives => $9)
