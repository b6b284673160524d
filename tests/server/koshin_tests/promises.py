#!/usr/bin/python3
"""audit - compares what the service promises with what it left behind.

    audit.py --database CONNINFO --ca FILE [--mail MAILDIR]
             [--delivered FOLDER] [--log FILE ...]

Ledger, revocations, outbox and audit rows; the mails that arrived; the
certificates that clients got (DER, one file each); the servers' logs. Prints
what is wrong, and at the end `N passed, N failed`. Status 0: nothing is.

Tests call wrongs(), after whatever they did to the service.
"""

import argparse
import collections
import glob
import hashlib
import json
import os
import re
import sys

import psycopg2
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

LEDGER = """SELECT c.*, r.reason AS revoked_for, a.user_id,
    c.lease_until < now() - interval '5 minutes' AS overdue
    FROM koshin.certificate c JOIN koshin.account a ON a.id = c.account
    LEFT JOIN koshin.revocation r USING (serial)"""


def sha256(data):
    return hashlib.sha256(data).digest()


def key_identity(key):
    """What a public key has in common with its twins: x, modulus, y."""
    if isinstance(key, rsa.RSAPublicKey):
        n = key.public_numbers().n
        return sha256(n.to_bytes(1 + n.bit_length() // 8, "big"))
    if isinstance(key, ed25519.Ed25519PublicKey):
        y = key.public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )
        return sha256(y[:-1] + bytes([y[-1] & 0x7F]))
    x = key.public_numbers().x
    return sha256(x.to_bytes((key.key_size + 7) // 8, "big"))


class Audit:
    def __init__(self, connection, ca, delivered=(), logs=(), maildir=None):
        """`delivered`: DER of certificates; `logs`: texts."""
        self.connection = connection
        self.ca = ca
        self.delivered = delivered
        self.logs = logs
        self.maildir = maildir
        self.rows = self._rows(LEDGER)
        self.by_serial = {row["serial"]: row for row in self.rows}

    def _rows(self, sql):
        with self.connection.cursor() as at:
            at.execute(sql)
            names = [column.name for column in at.description]
            return [
                dict(zip(names, (_plain(value) for value in row)))
                for row in at.fetchall()
            ]

    def checks(self):
        """(promise, function) for each; a function yields what is wrong."""
        for name in sorted(dir(self)):
            if re.match("I_[0-9]+", name):
                yield name, getattr(self, name)

    # ------------------------------------------------------------ promises

    def I_1_what_was_delivered_stands_in_the_ledger(self):
        for der in self.delivered:
            serial = serial_of(x509.load_der_x509_certificate(der))
            row = self.by_serial.get(serial)
            if row is None:
                yield f"{serial.hex()} is nowhere"
            elif row["state"] != "issued":
                yield f"{serial.hex()} is {row['state']}"
            elif row["der"] != der:
                yield f"{serial.hex()} has other bytes"

    def I_1_what_the_issuer_said_is_issued(self):
        for serial in self._logged("issued", "serial"):
            row = self.by_serial.get(bytes.fromhex(serial))
            if row is None or row["state"] != "issued":
                yield f"{serial} is {row and row['state']}"

    def I_1_what_a_front_answered_is_issued(self):
        for serial in self._logged("request", "serial"):
            row = self.by_serial.get(bytes.fromhex(serial))
            if row is None or row["state"] != "issued":
                yield f"{serial} is {row and row['state']}"

    def I_2_each_certificate_is_the_one_reserved(self):
        for row in self._issued():
            made = x509.load_der_x509_certificate(row["der"])
            spki = made.public_key().public_bytes(
                serialization.Encoding.DER,
                serialization.PublicFormat.SubjectPublicKeyInfo,
            )
            for what, is_so in {
                "serial": serial_of(made) == row["serial"],
                "fingerprint": sha256(row["der"]) == row["fingerprint"],
                "what is signed":
                    sha256(made.tbs_certificate_bytes) == row["tbs_digest"],
                "key": sha256(spki) == row["key_digest"],
                "key's identity":
                    key_identity(made.public_key()) == row["key_identity"],
                "signature": signed_by(self.ca, made),
            }.items():  # fmt: skip
                if not is_so:
                    yield f"{row['serial'].hex()}: its {what} is another"

    def I_4_what_was_abandoned_is_revoked(self):
        for row in self.rows:
            serial = row["serial"].hex()
            abandoned = row["state"] == "abandoned"
            if abandoned != (row["revoked_for"] == "abandoned"):
                yield (
                    f"{serial} is {row['state']}, and revoked for "
                    f"{row['revoked_for']}"
                )
            if row["state"] == "reserved" and row["overdue"]:
                yield f"{serial} is reserved and nobody closes it"

    def I_5_one_open_reservation_and_one_current_certificate(self):
        for what, is_it in (
            ("open", lambda row: row["state"] == "reserved"),
            ("current", lambda row: row["current"]),
        ):
            yield from twice(
                (row["user_id"] for row in self.rows if is_it(row)),
                f"has more than one that is {what}",
            )
        for row in self._issued():
            before = self.by_serial.get(row["replaces"])
            if before and before["user_id"] != row["user_id"]:
                yield f"{row['serial'].hex()} replaces somebody else's"

    def I_6_a_code_is_good_for_one_certificate(self):
        yield from twice(
            (row["code_id"].hex() for row in self._issued() if row["code_id"]),
            "is a code of more than one certificate",
        )

    def I_10_one_notice_for_each_certificate(self):
        mails = self._rows(
            "SELECT event_key, message_id, state FROM koshin.mail"
        )
        wanted = {"issued:" + row["serial"].hex() for row in self._issued()}
        found = {
            mail["event_key"] for mail in mails
            if mail["event_key"].startswith("issued:")
        }  # fmt: skip
        for event in wanted ^ found:
            yield f"{event}: a notice or its certificate is missing"
        yield from twice(
            (mail["message_id"] for mail in mails), "tells of two events"
        )
        if self.maildir is not None:
            yield from self._mails(mails)

    def _mails(self, mails):
        """Sent: it is in the Maildir. Twice is allowed, but not never."""
        there = set()
        for path in glob.glob(os.path.join(self.maildir, "new", "*")):
            with open(path, encoding="utf-8", errors="replace") as file:
                head = file.read().replace("\r", "").split("\n\n")[0]
            there |= set(re.findall(r"(?im)^message-id:\s*<([^@]+)", head))
        for mail in mails:
            if mail["state"] == "sent" and mail["message_id"] not in there:
                yield f"{mail['event_key']} was sent and never came"

    def I_11_no_nonce_stays_when_its_mail_is_done(self):
        for row in self._rows(
            "SELECT id FROM koshin.mail"
            " WHERE nonce IS NOT NULL AND state <> 'queued'"
        ):
            yield f"mail {row['id']}"

    def I_12_one_audit_row_for_each_change(self):
        wanted = collections.Counter()
        for row in self.rows:
            thing = "certificate:" + row["serial"].hex()
            if row["state"] == "issued":
                wanted["certificate.issue", thing] += 1
            if row["state"] == "abandoned":
                wanted["certificate.abandon", thing] += 1
        found = collections.Counter(
            (row["action"], row["object"])
            for row in self._rows(
                "SELECT action, object FROM koshin.audit WHERE action IN"
                " ('certificate.issue', 'certificate.abandon')"
            )
        )
        for action, thing in (wanted - found) + (found - wanted):
            yield f"{thing}: {action}"
        yield from self._locks()

    def _locks(self):
        for row in self._rows(
            """SELECT a.user_id, (SELECT count(*) FROM koshin.mail m
                WHERE m.account = a.id AND m.kind IN ('locked', 'blocked'))
                <> (SELECT count(*) FROM koshin.audit u
                WHERE u.account = a.id
                AND u.action IN ('account.lock', 'account.block')) AS wrong
            FROM koshin.account a"""
        ):
            if row["wrong"]:
                yield f"{row['user_id']}: locks told and locks noted differ"

    def I_12_one_log_line_for_each_request(self):
        for log in self.logs:
            ids = re.findall(r" request req=([0-9a-f]+)", log)
            yield from twice(ids, "is a request with two lines")

    # -------------------------------------------------------------- helpers

    def _issued(self):
        return [row for row in self.rows if row["state"] == "issued"]

    def _logged(self, event, field):
        for log in self.logs:
            yield from re.findall(rf" {event} .*?\b{field}=([0-9a-f]+)", log)


def _plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


def serial_of(certificate):
    return certificate.serial_number.to_bytes(20, "big")


def signed_by(ca, certificate):
    key, digest = ca.public_key(), certificate.signature_hash_algorithm
    how = (
        (ec.ECDSA(digest),)
        if isinstance(key, ec.EllipticCurvePublicKey)
        else (padding.PKCS1v15(), digest)
    )
    try:
        key.verify(
            certificate.signature, certificate.tbs_certificate_bytes, *how
        )
    except InvalidSignature:
        return False
    return True


def twice(things, why):
    for thing, count in collections.Counter(things).items():
        if count > 1:
            yield f"{thing} {why}"


def wrongs(server, delivered=(), instances=()):
    """For tests: all that is wrong with a running.Server and its twins."""
    with psycopg2.connect(
        server.services.pg_conninfo("postgres", "koshin")
    ) as connection:
        found = Audit(
            connection,
            load(os.path.join(server.folder, "ca", "issuing.pem")),
            delivered,
            [_whole_log(one) for one in (server, *instances)],
            server.services.maildir,
        )
        wrong = [
            f"{name}: {what}"
            for name, check in found.checks()
            for what in check()
        ]
    connection.close()
    return wrong + _broken_chain(server)


def _broken_chain(server):
    """I-12: what `koshin audit verify` finds. A row may wait for its seal,
    where the test has stopped who would give it one."""
    done = server.instance.run("audit", "verify", "--json", check=False)
    fault = json.loads(done.stdout)["fault"]
    return [] if fault in (None, "unsealed") else [done.stdout + done.stderr]


def _whole_log(server):
    with open(server.instance.log, errors="replace") as file:
        return file.read()


def load(path):
    with open(path, "rb") as file:
        return x509.load_pem_x509_certificate(file.read())


def main():
    parser = argparse.ArgumentParser(prog="audit", description=__doc__)
    parser.add_argument("--database", required=True, metavar="CONNINFO")
    parser.add_argument("--ca", required=True, metavar="FILE")
    parser.add_argument("--mail", metavar="MAILDIR")
    parser.add_argument("--delivered", metavar="FOLDER")
    parser.add_argument("--log", action="append", default=[], metavar="FILE")
    args = parser.parse_args()
    delivered, logs = [], []
    for path in sorted(glob.glob(os.path.join(args.delivered or "", "*.der"))):
        with open(path, "rb") as file:
            delivered.append(file.read())
    for path in args.log:
        with open(path, errors="replace") as file:
            logs.append(file.read())
    found = Audit(
        psycopg2.connect(args.database), load(args.ca), delivered, logs,
        args.mail,
    )  # fmt: skip
    passed = failed = 0
    for name, check in found.checks():
        wrong = list(check())
        for what in wrong:
            print(f"{name}: {what}")
        passed += not wrong
        failed += bool(wrong)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
