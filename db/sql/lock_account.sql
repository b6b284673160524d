-- $1 account, $2 the lock's number, $3 its end, $4 it has none, $5 of how many
-- failures (0: nobody knows), $6 their last addresses ('': likewise).
SELECT koshin.lock_account($1, $2, to_timestamp($3), $4, nullif($5, 0), $6)
