-- $1 user IDs with commas between: those that stand in the contract.
SELECT a.user_id AS user_id
FROM koshin.account a
WHERE a.user_id = ANY (string_to_array($1, ','))
AND a.contract = (SELECT koshin.session_contract())
ORDER BY a.user_id
