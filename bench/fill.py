#!/usr/bin/python3
"""fill - a ledger as years of service leave it, of any size, in minutes.

    bench/fill.py --database "host=... dbname=koshin" --certificates 1000000

Five certificates for each account, one a year: the newest is current, some
were revoked, some were abandoned, few are reserved just now, a fiftieth of the
accounts has let its certificate expire. With each certificate goes its row of
the audit trail (without a seal: whoever fills has no key) and the mail that
told of it, which was sent. The rows come in the order of their times, as in
life; serials are spread as random ones are.

It is COPY, by a superuser: triggers and foreign keys are not asked, indexes
are built afterwards, all in one transaction. It fills a database once. What a
build's schema does not have (a column, a table) is left out; a column that it
must have and is unknown here is named.
"""

import argparse
import collections
import contextlib
import datetime
import hashlib
import itertools
import json
import operator
import os
import sys
import time

import psycopg2

YEARS = 5  # and as many certificates for each account
PEOPLE = 20  # of a contract
KEYS = 64  # in their DER; the columns have one for each
CHUNK = 2000  # rows that are made at a time
HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$"
    "c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b4dWRWJTmaaJObGhInHt0rCgHQ"
)
NULL = r"\N"


class FillError(Exception):
    """One sentence for the user."""


class Plan:
    """Which rows there are: everything follows from the number of a
    certificate, 0 for the oldest."""

    def __init__(self, certificates, first_account, now):
        self.certificates = certificates
        self.accounts = max(1, certificates // YEARS)
        self.first_account = first_account
        self.now = now
        self.begins = now - datetime.timedelta(days=365 * YEARS)
        self._step = (now - self.begins) / certificates

    def at(self, number):
        return self.begins + self._step * number

    def account(self, number):
        """Its place among ours. Who enrolled first is not who renews first
        the next year."""
        place, year = number % self.accounts, number // self.accounts
        return (place + year * 7919) % self.accounts

    def number_in(self, year, place):
        return year * self.accounts + (place - year * 7919) % self.accounts

    @staticmethod
    def serial(number):
        digest = hashlib.sha1(b"koshin bench %d" % number).digest()
        return bytes([digest[0] & 0x7F | 0x40]) + digest[1:]

    @staticmethod
    def _dice(number):
        return number * 2654435761 % 2**32 >> 8

    def state(self, number):
        if self._dice(number) % 101 == 0:
            return "abandoned"
        last = number + self.accounts >= self.certificates
        if last and self._dice(number) % 4999 == 1:
            return "reserved"
        return "issued"

    def before(self, number):
        """The one of the same account that it replaces, or None."""
        year, place = number // self.accounts, self.account(number)
        for earlier in range(year - 1, -1, -1):
            found = self.number_in(earlier, place)
            if self.state(found) == "issued":
                return found
        return None

    def current(self, number):
        if self.state(number) != "issued":
            return False
        year, place = number // self.accounts, self.account(number)
        for later in itertools.count(year + 1):
            found = self.number_in(later, place)
            if found >= self.certificates:
                return True
            if self.state(found) == "issued":
                return False

    def revoked(self, number):
        return self.state(number) == "issued" and self._dice(number) % 97 == 5

    def not_after(self, number):
        """A fiftieth lets the newest expire."""
        last = number + self.accounts >= self.certificates
        days = 30 if last and self.account(number) % 50 == 0 else 365
        return self.at(number) + datetime.timedelta(days=days)


# ------------------------------------------------------------------- values


def _hex(value):
    return NULL if value is None else "\\\\x" + value.hex()


def _when(at):
    return at.isoformat(" ")


def _utc_time(at):
    """As in a certificate."""
    text = at.isoformat()
    return f"{text[2:4]}{text[5:7]}{text[8:10]}{text[11:13]}" \
        f"{text[14:16]}{text[17:19]}Z".encode()  # fmt: skip


def _yes(value):
    return "t" if value else "f"


def _json(value):
    """JSON in COPY's text form."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("\\", "\\\\")


def user_id(place):
    return f"filled{place:09}"


class _Der:
    """Certificates as this CA makes them, but for the signature, which is
    none, and the few keys that they share: the fields that differ are put
    into one that was made whole."""

    def __init__(self):
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        at = datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)
        keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(KEYS)]
        self.points = [
            key.public_key().public_bytes(
                serialization.Encoding.X962,
                serialization.PublicFormat.UncompressedPoint,
            )
            for key in keys
        ]
        key = keys[0]
        name = x509.Name(
            [x509.NameAttribute(x509.NameOID.COMMON_NAME, user_id(0))]
        )
        issuer = x509.Name(
            [x509.NameAttribute(x509.NameOID.COMMON_NAME, "Koshin bench CA")]
        )
        serial = Plan.serial(0)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer)
            .serial_number(int.from_bytes(serial, "big"))
            .public_key(key.public_key())
            .not_valid_before(at)
            .not_valid_after(at + datetime.timedelta(days=1))
            .add_extension(
                x509.KeyUsage(True, *[False] * 8), critical=True
            )
            .add_extension(
                x509.ExtendedKeyUsage([x509.OID_CLIENT_AUTH]), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier(bytes(20), None, None), False
            )
            .add_extension(
                x509.SubjectKeyIdentifier(bytes(range(20))), False
            )
            .sign(key, hashes.SHA256())
            .public_bytes(serialization.Encoding.DER)
        )
        times = b"250101000000Z", b"250102000000Z"
        self._pieces = []
        for field in (serial, *times, user_id(0).encode(),
                      self.points[0]):  # fmt: skip
            before, _, made = made.partition(field)
            self._pieces.append(before)
        self._pieces.append(made)

    def make(self, serial, begins, ends, name, point):
        a, b, c, d, e, f = self._pieces
        return b"".join(
            (a, serial, b, _utc_time(begins), c, _utc_time(ends), d,
             name.encode(), e, point, f)
        )  # fmt: skip


# --------------------------------------------------------------------- rows
# For each table its columns and a generator of rows, as texts of COPY.


def _contracts(plan):
    for number in range(-(-plan.accounts // PEOPLE)):
        yield f"5{number:07}", f"Company {number}"


def _accounts(plan):
    for place in range(plan.accounts):
        name = user_id(place)
        closed = place % 200 == 3
        yield (
            str(plan.first_account + place), name, f"5{place // PEOPLE:07}",
            "master" if place % PEOPLE == 0
            else "device" if place % 3 == 0 else "general",
            "山田 花子", f"{name}@example.jp", "ja" if place % 4 else "en",
            HASH, "closed" if closed else "active",
            _when(plan.begins),
        )  # fmt: skip


def _certificates(plan):
    ders = _Der()
    tomorrow = _when(plan.now + datetime.timedelta(days=1))
    for number in range(plan.certificates):
        at, ends = plan.at(number), plan.not_after(number)
        serial, state = plan.serial(number), plan.state(number)
        place, before = plan.account(number), plan.before(number)
        when = _when(at)
        random = os.urandom(144)
        issued, by_code = state == "issued", before is None
        der = fingerprint = None
        if issued:
            der = ders.make(serial, at, ends, user_id(place),
                            ders.points[number % KEYS])  # fmt: skip
            fingerprint = hashlib.sha256(der).digest()
        yield (
            _hex(serial), str(plan.first_account + place),
            "device" if place % 3 == 0 else "person",
            f"CN={user_id(place)}",
            _hex(random[:32]), _hex(random[32:64]), _hex(random[64:96]),
            _hex(random[96:128]), when, _when(ends),
            _hex(None if by_code else plan.serial(before)),
            "code" if by_code else "certificate",
            _hex(random[128:] if by_code else None), state,
            _yes(plan.current(number)), when,
            tomorrow if state == "reserved" and number % 2 else when,
            when if issued else NULL,
            when if state == "abandoned" else NULL,
            _hex(fingerprint), _hex(der),
        )  # fmt: skip


def _revocations(plan):
    reasons = ("unspecified", "superseded", "affiliationChanged",
               "cessationOfOperation", "privilegeWithdrawn")  # fmt: skip
    for number in range(plan.certificates):
        abandoned = plan.state(number) == "abandoned"
        if abandoned or plan.revoked(number):
            yield (
                _hex(plan.serial(number)), _when(plan.at(number)),
                "abandoned" if abandoned else reasons[number % 5],
                "lease" if abandoned else "operator",
            )  # fmt: skip


def _audit(plan, first):
    for number in range(plan.certificates):
        state = plan.state(number)
        if state == "reserved":
            continue
        place, before = plan.account(number), plan.before(number)
        details = {}
        if state == "issued":
            details = {
                "profile": "device" if place % 3 == 0 else "person",
                "via": "code" if before is None else "certificate",
                "replaces": before and plan.serial(before).hex(),
                "fingerprint": "00" * 32,
            }
        yield (
            str(first + number), _when(plan.at(number)), "koshin_issuer",
            "certificate.issue" if details else "certificate.abandon",
            "certificate:" + plan.serial(number).hex(),
            str(plan.first_account + place), _json(details),
        )  # fmt: skip


def _mails(plan, first):
    numbers = itertools.count(first)
    for number in range(plan.certificates):
        if plan.state(number) != "issued":
            continue
        for kind in _kinds(plan, number):
            yield _mail(plan, number, kind, next(numbers))


def _kinds(plan, number):
    """Those of the coming weeks, too, which a courier would write at once."""
    yield "issued"
    if plan.current(number):
        left = plan.not_after(number) - plan.now
        for kind, days in ("expires_30", 33), ("expires_10", 13), ("expired", 1):
            if left < datetime.timedelta(days=days):
                yield kind


def _mail(plan, number, kind, key):
    serial, place = plan.serial(number).hex(), plan.account(number)
    name, when = user_id(place), _when(plan.at(number))
    event = f"{kind}:{serial}"
    return (
        str(key), event, kind, str(plan.first_account + place),
        f"{name}@example.jp", "ja" if place % 4 else "en",
        _json({"user_id": name, "name": "山田 花子", "serial": serial,
               "contract": f"5{place // PEOPLE:07}",
               "subject": f"CN={name}",
               "not_after": int(plan.not_after(number).timestamp())}),
        when, when, "1", "sent", "250 2.0.0 taken", when,
        hashlib.sha256(event.encode()).hexdigest()[:40],
    )  # fmt: skip


COLUMNS = {
    "contract": "number name",
    "account": "id user_id contract role name email locale password_hash"
    " state made_at",
    "certificate": "serial account profile subject key_digest key_identity"
    " csr_digest tbs_digest not_before not_after replaces via code_id state"
    " current reserved_at lease_until issued_at abandoned_at fingerprint der",
    "revocation": "serial revoked_at reason actor",
    "audit": "id at role action object account details",
    "mail": "id event_key kind account recipient locale parameters made_at"
    " due_at attempts state last_answer done_at message_id",
}


# --------------------------------------------------------------------- COPY


class _Stream:
    """What COPY reads: rows as text, made while it reads."""

    def __init__(self, rows, pick, say):
        self._rows, self._pick, self._say = iter(rows), pick, say
        self._rest = b""
        self.count = 0
        self._told = time.monotonic()

    def read(self, size):
        while len(self._rest) < size:
            chunk = list(itertools.islice(self._rows, CHUNK))
            if not chunk:
                break
            self.count += len(chunk)
            lines = ("\t".join(self._pick(row)) for row in chunk)
            self._rest += ("\n".join(lines) + "\n").encode()
            if time.monotonic() - self._told > 10:
                self._told = time.monotonic()
                self._say(f"{self.count:,} rows ...")
        part, self._rest = self._rest[:size], self._rest[size:]
        return part


class Filler:
    def __init__(self, connection, say=lambda line: None):
        self._at = connection.cursor()
        self._connection = connection
        self._say = say

    def fill(self, certificates):
        """{table: rows}. One transaction: all of it is there, or nothing."""
        connection = self._connection
        if connection.autocommit:
            connection.autocommit = False
            with contextlib.ExitStack() as end:
                end.callback(setattr, connection, "autocommit", True)
                filled = self._in_transaction(certificates)
        else:
            filled = self._in_transaction(certificates)
        return filled

    def _in_transaction(self, certificates):
        try:
            filled = self._fill(certificates)
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()
        return filled

    def _fill(self, certificates):
        self._settle()
        plan = Plan(
            certificates, self._next("account"),
            datetime.datetime.now(datetime.timezone.utc),
        )  # fmt: skip
        wanted = {
            "contract": _contracts(plan),
            "account": _accounts(plan),
            "certificate": _certificates(plan),
            "revocation": _revocations(plan),
            "mail": _mails(plan, self._next("mail")),
            "audit": _audit(plan, self._next("audit")),
        }
        filled = collections.Counter()
        indexes = [i for table in wanted for i in self._drop_indexes(table)]
        for table, rows in wanted.items():
            filled[table] = self._copy(table, COLUMNS[table].split(), rows)
        self._build(indexes)
        for table in ("account", "audit", "mail"):
            self._go_on(table)
        return filled

    def _settle(self):
        for setting, value in (
            ("session_replication_role", "replica"),
            ("synchronous_commit", "off"),
            ("maintenance_work_mem", "1GB"),
        ):
            self._ask(f"SET LOCAL {setting} = '{value}'")
        first = user_id(0)
        if self._ask(
            "SELECT id FROM koshin.account WHERE user_id = %s", first
        ):
            raise FillError(
                f"this database was filled before: it has an account {first}"
            )

    def _next(self, table):
        ((highest,),) = self._ask(
            f"SELECT coalesce(max(id), 0) FROM koshin.{table}"
        )
        return highest + 1

    def _copy(self, table, columns, rows):
        began = time.monotonic()
        there = self._columns(table)
        unknown = [c for c, needed in there.items()
                   if needed and c not in columns]  # fmt: skip
        if unknown:
            raise FillError(
                f"koshin.{table}.{unknown[0]} must have a value, and "
                "bench/fill.py knows none"
            )
        kept = [n for n, column in enumerate(columns) if column in there]
        stream = _Stream(
            rows, operator.itemgetter(*kept),
            lambda line: self._say(f"{table}: {line}"),
        )  # fmt: skip
        names = ", ".join(columns[n] for n in kept)
        self._at.copy_expert(
            f"COPY koshin.{table} ({names}) FROM STDIN", stream, 1 << 20
        )
        took = time.monotonic() - began
        self._say(f"{table}: {stream.count:,} rows in {took:.1f} s")
        return stream.count

    def _columns(self, table):
        """{column: whether it must be given}."""
        return dict(
            self._ask(
                "SELECT column_name, is_nullable = 'NO' AND column_default"
                " IS NULL AND is_identity = 'NO' AND is_generated = 'NEVER'"
                " FROM information_schema.columns"
                " WHERE table_schema = 'koshin' AND table_name = %s",
                table,
            )
        )

    def _drop_indexes(self, table):
        """Their definitions. Those of constraints stay."""
        found = self._ask(
            "SELECT i.indexrelid::regclass::text,"
            " pg_get_indexdef(i.indexrelid) FROM pg_index i"
            " WHERE i.indrelid = ('koshin.' || %s)::regclass AND NOT EXISTS"
            " (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
            table,
        )
        for name, _ in found:
            self._ask(f"DROP INDEX {name}")
        return found

    def _build(self, indexes):
        began = time.monotonic()
        for _, definition in indexes:
            self._ask(definition)
        took = time.monotonic() - began
        self._say(f"{len(indexes)} indexes in {took:.1f} s")

    def _go_on(self, table):
        """New rows come behind ours."""
        self._ask(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), greatest(1,"
            f" (SELECT max(id) FROM koshin.{table})))",
            "koshin." + table,
        )

    def _ask(self, statement, *values):
        self._at.execute(statement, values or None)
        return self._at.fetchall() if self._at.description else []


def sizes(connection):
    """[(table, rows by its figures, MB, MB of its indexes)], big ones first."""
    with connection.cursor() as at:
        at.execute(
            "SELECT relname, reltuples::bigint,"
            " (pg_table_size(oid) / 1048576.0)::float,"
            " (pg_indexes_size(oid) / 1048576.0)::float FROM pg_class"
            " WHERE relnamespace = 'koshin'::regnamespace AND relkind = 'r'"
            " AND reltuples > 0"
            " ORDER BY pg_total_relation_size(oid) DESC LIMIT 10"
        )
        return at.fetchall()


def told(table, rows, mb, indexes):
    return f"{table:12} {rows:12,} rows {mb:10.1f} MB and {indexes:8.1f} MB" \
        " of indexes"  # fmt: skip


def fill(connection, certificates, say=lambda line: None):
    """Fills and counts (ANALYZE). `connection` is a superuser's."""
    filled = Filler(connection, say).fill(certificates)
    before, connection.autocommit = connection.autocommit, True
    with connection.cursor() as at:
        began = time.monotonic()
        at.execute("VACUUM (ANALYZE)")
        say(f"VACUUM (ANALYZE) in {time.monotonic() - began:.1f} s")
    connection.autocommit = before
    return filled


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--database", required=True, metavar="CONNINFO")
    parser.add_argument("--certificates", type=int, default=1000000)
    args = parser.parse_args()
    if args.certificates < 1:
        parser.error("--certificates: at least 1")

    began = time.monotonic()

    def say(line):
        print(f"{time.monotonic() - began:7.1f} s  {line}", flush=True)

    try:
        connection = psycopg2.connect(args.database)
        fill(connection, args.certificates, say)
    except (FillError, psycopg2.Error) as wrong:
        sys.exit(f"fill: {str(wrong).strip()}")
    for size in sizes(connection):
        say(told(*size))
    connection.close()


if __name__ == "__main__":
    main()
