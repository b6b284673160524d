-- `c` a list of revoked certificates that was published.
FROM (SELECT x.* FROM koshin.crl x WHERE x.published_at IS NOT NULL) c
