-- Each an array: $1 serials, $2 accounts, $3 their versions, $4 serials replaced
-- or NULL, $5 profiles, $6 subjects, $7 keys, $8 their identities, $9 CSRs,
-- $10 TBS digests, $11 begins, $12 ends, $13 code ids or NULL, $14 whether those
-- of $4 are revoked for it (R-CERT-12), $15 also if they are installed (R-CERT-6).
SELECT koshin.reserve($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
    $14, $15)
