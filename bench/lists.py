"""lists - what the first page of each list of the command line takes beside a
big ledger: server time, as PostgreSQL tells it of each statement."""

import os
import re
import time

from filling import tables
from rows import Row

GOAL_MS = 50
PAGE = "1000"  # rows; a list that goes into no terminal has no end
TIMES = 3  # the best of them: the first may come from the disk
HOPELESS_MS = 500
TELL = "log_min_duration_statement"
TOLD = re.compile(rb"LOG:  duration: ([\d.]+) ms")


def calls(user, contract, crowded, long_ago):
    """Of each list the orders that it knows, for some user, a contract that
    has few users and one that has more, and a day long ago."""
    yield ["contract", "list"]
    yield ["user", "list"]
    for state in ("active", "locked", "blocked", "suspended", "closed"):
        yield ["user", "list", "--state", state]
    yield ["user", "list", "--contract", crowded]
    yield ["user", "list", "--contract", crowded, "--state", "blocked"]
    yield ["cert", "list"]
    for state in ("valid", "expired", "revoked", "reserved", "abandoned"):
        yield ["cert", "list", "--state", state]
    yield ["cert", "list", "--user", user]
    yield ["cert", "list", "--contract", contract]
    yield ["mail", "list"]
    yield ["mail", "list", "--failed"]
    for kind in ("issued", "locked", "code", "expired"):
        yield ["mail", "list", "--kind", kind]
    yield ["mail", "list", "--user", user]
    yield ["audit", "list"]
    yield ["audit", "list", "--user", user]
    yield ["audit", "list", "--contract", contract]
    for action in ("certificate.issue", "account.lock", "contract", "mail"):
        yield ["audit", "list", "--action", action]
    yield ["audit", "list", "--since", long_ago]
    yield ["audit", "list", "--until", long_ago]


def days_ago(days):
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() - days * 86400))


def of_filled():
    """The first pages of a ledger that fill.py filled."""
    contract = tables.contract(7)
    made = calls(tables.user_id(7), contract, contract, days_ago(300))
    return [[*call, "--limit", PAGE] for call in made]


def measure(subject):
    grown = subject.grown()
    grown.ask(f"ALTER ROLE koshin_operator SET {TELL} = 0")
    seen = {" ".join(call): _best_ms(grown, call) for call in of_filled()}
    grown.ask(f"ALTER ROLE koshin_operator RESET {TELL}")
    took = {call: ms for call, ms in seen.items() if ms is not None}
    slowest, *others = sorted(took, key=took.get, reverse=True)
    beside = ", ".join(f"{call} {took[call]:.1f}" for call in others[:4])
    return [
        Row(f"the slowest list's first page beside {subject.grown_to:,} ledger "
            "rows", took[slowest], "ms", GOAL_MS,
            f"{slowest}; then {beside}; {len(took)} lists", reach=True)
    ]  # fmt: skip


def _best_ms(subject, call):
    """Of a few times; None: an older build does not know that list."""
    took = []
    while len(took) < TIMES and (not took or took[-1] < HOPELESS_MS):
        took.append(_server_ms(subject, call))
        if took[-1] is None:
            return None
    return min(took)


def _server_ms(subject, call):
    log = os.path.join(subject.services.folder, "log", "postgres.log")
    before = os.path.getsize(log)
    if subject.k.run(*call, check=False).returncode != 0:
        return None
    with open(log, "rb") as file:
        file.seek(before)
        return sum(map(float, TOLD.findall(file.read())))
