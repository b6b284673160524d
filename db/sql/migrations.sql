-- What migrate needs to begin (db/migrate.c): where it notes what was applied.
SET client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS koshin;
CREATE TABLE IF NOT EXISTS koshin.migration (
    version integer PRIMARY KEY,
    name text NOT NULL,
    digest text NOT NULL,	-- SHA-256 of its text, in hexadecimal
    applied_at timestamptz NOT NULL DEFAULT now()
)
