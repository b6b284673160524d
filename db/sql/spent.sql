-- $1 account, $2 keyed digest of a code, $3 CSR digest. Which code it was that
-- a certificate of that CSR was reserved for, while the code lives: Redis may
-- have forgotten it before its certificate was handed out (I-6).
SELECT m.code_id AS code_id
FROM koshin.mail m
JOIN koshin.certificate c ON c.code_id = m.code_id
    AND c.account = m.account AND c.csr_digest = $3::bytea
    AND c.state <> 'abandoned'
WHERE m.account = $1::bigint AND m.code_digest = $2::bytea
    AND m.dies_at > now()
