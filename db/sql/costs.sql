-- At which costs of Argon2id there are hashes (I-15), one row each: from one to
-- the next by the index account_cost, however many accounts there are.
WITH RECURSIVE cost (made_at) AS (
    (SELECT koshin.hash_cost(password_hash) FROM koshin.account
     ORDER BY koshin.hash_cost(password_hash) LIMIT 1)
    UNION ALL
    SELECT (SELECT koshin.hash_cost(a.password_hash) FROM koshin.account a
	WHERE koshin.hash_cost(a.password_hash) > c.made_at
	ORDER BY koshin.hash_cost(a.password_hash) LIMIT 1)
    FROM cost c WHERE c.made_at IS NOT NULL)
SELECT made_at FROM cost WHERE made_at IS NOT NULL LIMIT 100
