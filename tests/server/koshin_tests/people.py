"""people - contracts with a master and users at the command line, and a look
at everything that is stored."""

import json

import psycopg2

from koshin_tests.command_line import (
    INITIAL, PASSWORD, add_contract, add_user, counter,
)

NEW = "Ks-4rTn!2b"
TABLES = ("contract", "account", "certificate", "revocation",
          "compromised_key", "mail", "audit")  # fmt: skip


def new_id(start="user"):
    return f"{start}{next(counter)}"


class As:
    """The command line with --as."""

    def __init__(self, desk, user, password=PASSWORD):
        self.desk = desk
        self.user = user
        self.password = password

    def __call__(self, *args, stdin="", **options):
        return self.desk(
            *args, "--as", self.user, "--as-password-file", "-",
            stdin=f"{self.password}\n{stdin}", **options,
        )  # fmt: skip

    def good(self, *args, **options):
        done = self(*args, **options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *args, **options):
        done = self(*args, **options)
        assert done.returncode == 1, done.stdout + done.stderr
        assert done.stdout == ""
        return done.stderr

    def json(self, *args):
        return json.loads(self.good(*args, "--json"))


class Firm:
    """A contract, its master, a general user and a device."""

    def __init__(self, desk, name="Taro"):
        self.desk = desk
        self.number = add_contract(desk)
        self.master_id = self._add("master", f"{name}-m")
        self.general_id = self._add("general", f"{name}-g")
        self.device_id = self._add("device", f"{name}-d")
        self.master = As(desk, self.master_id)
        self.general = As(desk, self.general_id)

    def _add(self, role, name):
        user = new_id(role[:4])
        done, _ = add_user(
            self.desk, self.number, role=role, name=name,
            email=f"{user}@example.jp", **{"user-id": user},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return user

    @property
    def user_ids(self):
        return self.master_id, self.general_id, self.device_id


def register(desk, number, user, initial=INITIAL, password=PASSWORD, **more):
    """The call by which a master begins."""
    email = f"{user}@example.jp"
    values = {
        "contract": number, "name": "Hanako", "email": email,
        "email-again": email, "locale": "en", **more,
    }  # fmt: skip
    return desk(
        "user", "register", user,
        *[f"--{key}={value}" for key, value in values.items()],
        "--old-password-file", "-", "--password-file", "-",
        stdin=f"{initial}\n{password}\n",
    )  # fmt: skip


def replace(desk, user, temporary, password=NEW):
    """The call by which a general user begins."""
    return desk(
        "user", "register", user,
        "--old-password-file", "-", "--password-file", "-",
        stdin=f"{temporary}\n{password}\n",
    )  # fmt: skip


def account(desk, user, *columns):
    (row,) = desk.sql(
        f"SELECT {', '.join(columns)} FROM koshin.account"
        " WHERE user_id = %s", user,
    )  # fmt: skip
    return row[0] if len(columns) == 1 else row


def mails(desk, user):
    """(kind, recipient) of each, in order."""
    return desk.sql(
        "SELECT m.kind, m.recipient FROM koshin.mail m JOIN koshin.account a"
        " ON a.id = m.account WHERE a.user_id = %s ORDER BY m.id", user,
    )  # fmt: skip


def audits(desk, thing):
    """(actor, action, role) of each, in order."""
    return desk.sql(
        "SELECT actor, action, role FROM koshin.audit WHERE object = %s"
        " ORDER BY id", thing,
    )  # fmt: skip


def everything(desk):
    """All rows of all tables."""
    with psycopg2.connect(
        desk.services.pg_conninfo("postgres", "koshin")
    ) as connection, connection.cursor() as at:
        rows = {}
        for table in TABLES:
            at.execute(f"SELECT t::text FROM koshin.{table} t ORDER BY 1")
            rows[table] = at.fetchall()
    connection.close()
    return rows


def issue(desk, user, serial, profile="person"):
    """A certificate that was issued, in the ledger; `serial`: 40 digits."""
    desk.sql(
        "INSERT INTO koshin.certificate (serial, account, profile, subject,"
        " key_digest, key_identity, csr_digest, tbs_digest, not_before,"
        " not_after, via, code_id) SELECT decode(%s, 'hex'), id, %s, 'CN=' || user_id,"
        " d, d, d, d, now(), now() + '300 d', 'code',"
        " substr(sha256(decode(%s, 'hex')), 1, 16)"
        " FROM koshin.account, sha256(decode(%s, 'hex')) d"
        " WHERE user_id = %s", serial, profile, serial, serial, user,
    )  # fmt: skip
    desk.sql(
        "UPDATE koshin.certificate SET state = 'issued', issued_at = now(),"
        " current = true, der = serial, fingerprint = sha256(serial)"
        " WHERE serial = decode(%s, 'hex')", serial,
    )  # fmt: skip
    return serial


def new_serial():
    return f"00ad{next(counter):036d}"


def reason_of(desk, serial):
    rows = desk.sql(
        "SELECT reason FROM koshin.revocation"
        " WHERE serial = decode(%s, 'hex')", serial,
    )  # fmt: skip
    return rows[0][0] if rows else None


def settle_limit(desk, key, value):
    """In a configuration of its own, beside that of the others."""
    text = open(desk.config, encoding="utf-8").read()
    assert "\npolicy:" not in text
    path = desk.folder / f"{key}.yaml"
    path.write_text(f"{text}\npolicy:\n  {key}: {value}\n",
                    encoding="utf-8")  # fmt: skip
    return {"KOSHIN_CONFIG": str(path)}
