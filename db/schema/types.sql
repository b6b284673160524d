-- What one value may be, whichever column it stands in. A check of a table is
-- read anew by each statement that writes to it, also by one that changes
-- another column; that of a type is read once in a connection, and asked where
-- a value comes in. What is between columns stands at their table.

-- They are nobody's but the owner's to make things of.
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;

CREATE DOMAIN koshin.serial AS bytea CHECK (octet_length(VALUE) = 20);
CREATE DOMAIN koshin.digest AS bytea CHECK (octet_length(VALUE) = 32);
CREATE DOMAIN koshin.code_id AS bytea CHECK (octet_length(VALUE) = 16);
CREATE DOMAIN koshin.der AS bytea
    CHECK (octet_length(VALUE) BETWEEN 1 AND 4096);
CREATE DOMAIN koshin.profile AS text CHECK (octet_length(VALUE) <= 64);
CREATE DOMAIN koshin.subject AS text CHECK (octet_length(VALUE) <= 1023);

-- How a certificate was asked for, and how far it has come. A replacement is by
-- code, in the place of one that is revoked with its issue (R-CERT-12).
CREATE DOMAIN koshin.via AS text
    CHECK (VALUE IN ('code', 'certificate', 'replacement'));
CREATE DOMAIN koshin.certificate_state AS text
    CHECK (VALUE IN ('reserved', 'issued', 'abandoned'));

-- A line end in here would be a command to a mail server.
CREATE DOMAIN koshin.mail_address AS text COLLATE "C"	-- R-ACC-6
    CHECK (VALUE ~ '^[!-~]+@[!-~]+$' AND octet_length(VALUE) <= 63);
CREATE DOMAIN koshin.locale AS text CHECK (VALUE ~ '^[a-zA-Z-]{2,7}$');
CREATE DOMAIN koshin.mail_kind AS text COLLATE "C"
    CHECK (VALUE ~ '^[a-z_0-9]{1,31}$');
CREATE DOMAIN koshin.mail_state AS text
    CHECK (VALUE IN ('queued', 'sent', 'failed', 'expired'));
CREATE DOMAIN koshin.mail_priority AS smallint CHECK (VALUE BETWEEN 0 AND 9);
CREATE DOMAIN koshin.mail_parameters AS jsonb
    CHECK (jsonb_typeof(VALUE) = 'object');
