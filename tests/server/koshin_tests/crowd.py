"""crowd - many accounts at once, and a code for each of them.

The command line hashes a password for each account; here one hash is for all.
"""

import re

import maildir

from koshin_tests.burst import Burst, enrollment
from koshin_tests.clients import requests
from koshin_tests.patience import until
from koshin_tests.server import CONTRACT, PASSWORD, Account

AT_ONCE = 40  # step 1 of so many together
TRIES = 5
CODE_IS_OUT = b"\r\nKoshin-Status: code-sent"  # just now, or before a 503
FAILURES = 6  # policy.lock_failures


def crowd(server, many, role="general"):
    """`many` new accounts."""
    if not hasattr(server, "crowd_hash"):
        first = server.account()
        server.crowd_hash = first.row("password_hash")
    users = [f"{role[:3]}x{next(server.numbers):05}" for _ in range(many)]
    for user in users:
        server.rows(
            "SELECT koshin.add_account('test', %s, %s, %s, %s, %s, 'en',"
            " %s, false)",
            user, CONTRACT, role, user, f"{user}@example.jp",
            server.crowd_hash,
        )  # fmt: skip
    return [
        Account(server, user, PASSWORD, f"{user}@example.jp")
        for user in users
    ]


def codes(server, accounts, operation="simpleenroll"):
    """Step 1 for all of them: {user: the code that was mailed}."""
    since = maildir.mark(server.services.maildir)
    csr = requests.request()
    for i in range(0, len(accounts), AT_ONCE):
        _ask(server, accounts[i : i + AT_ONCE], csr, operation)
    return _collect(server, {a.email: a.user for a in accounts}, since)


def _ask(server, accounts, csr, operation):
    """Who is told to come later, because much runs here, comes later."""
    for _ in range(TRIES):
        replies = Burst(server).fire(
            [enrollment(a, a.password, csr, operation) for a in accounts]
        )
        assert all(
            r and (r.status == 503 or CODE_IS_OUT in r.head)
            for r in replies
        ), [r and r.head for r in replies]
        accounts = [
            a for a, r in zip(accounts, replies) if r.status == 503
        ]
        if not accounts:
            return
    raise AssertionError(f"{len(accounts)} got 503 {TRIES} times")


def _collect(server, users, since):
    found = {}

    def all_came():
        nonlocal since
        upto = maildir.mark(server.services.maildir)
        for mail in maildir.mails(
            server.services.maildir, subject="one-time code", after=since
        ):
            user = users.get(mail.get_all("Delivered-To")[0])
            if user is not None:
                found[user] = maildir.code_of(mail)
        since = upto
        return len(found) == len(users)

    until(all_came, lambda: f"{len(found)} of {len(users)}", step_s=0.1)
    return found


def wrong_codes(code, many):
    """So many different codes that are not this one."""
    assert re.fullmatch("[0-9]{6}", code)
    right = int(code)
    return [f"{(right + 1 + n) % 1000000:06}" for n in range(many)]


def wrong_passwords(many):
    return [f"Wrong-{n:04}" for n in range(many)]


def traces(server, account):
    """(locks in a row, locked mails, audit rows of the lock)."""
    return server.rows(
        """SELECT locks,
            (SELECT count(*) FROM koshin.mail m
             WHERE m.account = a.id AND m.kind = 'locked'),
            (SELECT count(*) FROM koshin.audit u
             WHERE u.account = a.id AND u.action = 'account.lock')
        FROM koshin.account a WHERE user_id = %s""",
        account.user,
    )[0]
