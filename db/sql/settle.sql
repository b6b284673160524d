-- Ids, ends, next times and answers of mails, an element of each for one mail.
SELECT koshin.settle_mails($1::bigint[], $2::text[], $3::timestamptz[],
    $4::text[])
