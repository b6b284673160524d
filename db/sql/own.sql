-- What stands about the one whose session it is.
SELECT o.name AS name,
    o.email AS email,
    o.locale AS locale,
    o.email_next AS email_next,
    koshin.epoch(o.email_at) AS email_at,
    o.email_code AS email_code,
    o.feed AS feed
FROM koshin.own_details() o
