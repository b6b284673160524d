"""tables - the rows of each table, in the order of their times, as in life.

A table is its columns and a generator of rows, which are texts of COPY. What
the schema says of a table is to be said here, too.
"""

import datetime
import hashlib
import itertools
import json
import os

from filling.der import Der
from filling.history import PEOPLE

HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$"
    "c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b4dWRWJTmaaJObGhInHt0rCgHQ"
)
NULL = r"\N"
JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
REASONS = ("unspecified", "superseded", "affiliationChanged",
           "cessationOfOperation", "privilegeWithdrawn")  # fmt: skip

COLUMNS = {
    "contract": "number name",
    "account": "id user_id contract role name email locale password_hash"
    " state made_at",
    "certificate": "serial account profile subject key_digest key_identity"
    " csr_digest tbs_digest not_before not_after replaces via code_id state"
    " current reserved_at lease_until issued_at abandoned_at fingerprint der",
    "revocation": "serial revoked_at reason actor not_after",
    "mail": "id event_key kind account recipient locale parameters made_at"
    " due_at attempts state last_answer done_at message_id",
    "audit": "id at role action object account details",
}


def tables(history, first):
    """(table, columns, rows), in the order of what leads where. `first`: for
    each table with ids the first that is free."""
    made = {
        "contract": _contracts(history),
        "account": _accounts(history, first["account"]),
        "certificate": _certificates(history, first["account"]),
        "revocation": _revocations(history),
        "mail": _mails(history, first["account"], first["mail"]),
        "audit": _audit(history, first["account"], first["audit"]),
    }
    for table, rows in made.items():
        yield table, COLUMNS[table].split(), rows


# ------------------------------------------------------------------- values


def _hex(value):
    return NULL if value is None else "\\\\x" + value.hex()


def _when(at):
    return at.isoformat(" ")


def _yes(value):
    return "t" if value else "f"


def _json(value):
    """JSON in COPY's text form."""
    return JSON.encode(value).replace("\\", "\\\\")


def user_id(place):
    return f"filled{place:09}"


def contract(place):
    """Its number, of the account in this place."""
    return f"5{place // PEOPLE:07}"


def _locale(place):
    return "ja" if place % 4 else "en"


def _profile(place):
    return "device" if place % 3 == 0 else "person"


# --------------------------------------------------------------------- rows


def _contracts(history):
    for number in range(history.contracts):
        yield contract(number * PEOPLE), f"Company {number}"


def _accounts(history, first):
    for place in range(history.accounts):
        name = user_id(place)
        yield (
            str(first + place), name, contract(place),
            "master" if place % PEOPLE == 0
            else "device" if place % 3 == 0 else "general",
            "山田 花子", f"{name}@example.jp", _locale(place), HASH,
            "closed" if place % 200 == 3 else "active",
            _when(history.begins),
        )  # fmt: skip


def _certificates(history, first):
    der_of = Der(history.serial(0), user_id(0))
    tomorrow = _when(history.now + datetime.timedelta(days=1))
    for number in range(history.certificates):
        at, ends = history.at(number), history.not_after(number)
        serial, state = history.serial(number), history.state(number)
        place, before = history.account(number), history.before(number)
        when = _when(at)
        random = os.urandom(144)
        issued, by_code = state == "issued", before is None
        der = fingerprint = None
        if issued:
            der = der_of.make(serial, at, ends, user_id(place), number)
            fingerprint = hashlib.sha256(der).digest()
        yield (
            _hex(serial), str(first + place), _profile(place),
            f"CN={user_id(place)}",
            _hex(random[:32]), _hex(random[32:64]), _hex(random[64:96]),
            _hex(random[96:128]), when, _when(ends),
            _hex(None if by_code else history.serial(before)),
            "code" if by_code else "certificate",
            _hex(random[128:] if by_code else None), state,
            _yes(history.current(number)), when,
            tomorrow if state == "reserved" and number % 2 else when,
            when if issued else NULL,
            when if state == "abandoned" else NULL,
            _hex(fingerprint), _hex(der),
        )  # fmt: skip


def _revocations(history):
    for number in range(history.certificates):
        abandoned = history.state(number) == "abandoned"
        if abandoned or history.revoked(number):
            yield (
                _hex(history.serial(number)), _when(history.at(number)),
                "abandoned" if abandoned else REASONS[number % 5],
                "lease" if abandoned else "operator",
                _when(history.not_after(number)),
            )  # fmt: skip


def _mails(history, first, first_mail):
    """Those that told of a certificate; they were sent."""
    keys = itertools.count(first_mail)
    for number in range(history.certificates):
        for kind in history.notices(number):
            yield _mail(history, number, kind, next(keys), first)


def _mail(history, number, kind, key, first):
    serial = history.serial(number).hex()
    place, when = history.account(number), _when(history.at(number))
    name, event = user_id(place), f"{kind}:{serial}"
    return (
        str(key), event, kind, str(first + place),
        f"{name}@example.jp", _locale(place),
        _json({"user_id": name, "name": "山田 花子", "serial": serial,
               "contract": contract(place), "subject": f"CN={name}",
               "not_after": int(history.not_after(number).timestamp())}),
        when, when, "1", "sent", "250 2.0.0 taken", when,
        hashlib.sha256(event.encode()).hexdigest()[:40],
    )  # fmt: skip


def _audit(history, first, first_row):
    """Without seals: whoever fills has no key."""
    for number in range(history.certificates):
        state = history.state(number)
        if state == "reserved":
            continue
        place, before = history.account(number), history.before(number)
        details = {}
        if state == "issued":
            details = {
                "profile": _profile(place),
                "via": "code" if before is None else "certificate",
                "replaces": before and history.serial(before).hex(),
                "fingerprint": "00" * 32,
            }
        yield (
            str(first_row + number), _when(history.at(number)),
            "koshin_issuer",
            "certificate.issue" if details else "certificate.abandon",
            "certificate:" + history.serial(number).hex(),
            str(first + place), _json(details),
        )  # fmt: skip
