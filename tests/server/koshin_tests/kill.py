"""killing - ends processes of a Koshin in the middle of their work, and the
clients who repeat their requests until they have their certificates."""

import collections
import os
import re
import signal
import subprocess
import tempfile
import threading
import time

import maildir

from koshin_tests.burst import Burst, enrollment
from koshin_tests.clients import requests
from koshin_tests.clients.raw import Connection, context
from koshin_tests.crowd import codes, crowd
from koshin_tests.patience import PATIENCE_S, line_of, until

ANSWERS_S = 5  # F-21: after this it works again, whoever was killed


# ------------------------------------------------------------------ clients


class Errand:
    """Somebody who wants one certificate, and does not give up."""

    def __init__(self, account, code, operation="simpleenroll"):
        self.account = account
        self.code = code
        self.operation = operation
        self.key = requests.new_key()
        self.csr = requests.request(self.key)
        self.got = []  # DER, one for each 200

    @property
    def request(self):
        secret = self.account.password + self.code
        return enrollment(self.account, secret, self.csr, self.operation)

    def take(self, reply):
        """Notes an answer; None is one that was lost."""
        if reply is None:
            return False
        assert reply.status in (200, 202, 503), (
            self.account.user, reply.head, reply.body,
        )  # fmt: skip
        if reply.status == 200:
            made = requests.certificate(reply.body)
            assert requests.public(made) == requests.public(self.key)
            self.got.append(
                made.public_bytes(requests.serialization.Encoding.DER)
            )
        return reply.status == 200

    def try_once(self, server, ctx=None):
        """True: here is the certificate."""
        try:
            with Connection(server, ctx=ctx or context(server)) as c:
                return self.take(c.ask(self.request))
        except (OSError, AssertionError) as lost:
            if isinstance(lost, AssertionError) and "closed" not in str(lost):
                raise
            return False

    def finish(self, server, ctx=None):
        until(
            lambda: self.try_once(server, ctx), lambda: self.account.user,
            step_s=0.05,
        )  # fmt: skip


def errands(server, many):
    """With their codes."""
    accounts = crowd(server, many)
    code_of = codes(server, accounts)
    return [Errand(a, code_of[a.user]) for a in accounts]


def finish_all(server, open_ones):
    """All of them get their certificates, and the same at each repeat."""
    ctx = context(server)
    for errand in open_ones:
        errand.finish(server, ctx)
        errand.finish(server, ctx)
        assert len(set(errand.got)) == 1, errand.account.user


def last_code(server, account, after):
    """Of the mails that have come; None if there is none."""
    mails = list(
        maildir.mails(
            server.services.maildir, to=account.email,
            subject="one-time code", after=after,
        )
    )  # fmt: skip
    return maildir.code_of(mails[-1]) if mails else None


# ---------------------------------------------------------------- processes


def short_lease(server, length="700 ms"):
    """So that nobody has to wait a minute for a reservation to be closed."""
    server.rows(
        "ALTER TABLE koshin.certificate ALTER COLUMN lease_until"
        f" SET DEFAULT now() + interval '{length}'"
    )


def ended(pid):
    """True: it is no more, or nobody has waited for it yet."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def wait_children(server):
    """Until the parent has all its processes again, but for a keymaker, which
    only some have; their pids."""

    def all_there():
        pids = {
            name: pid
            for name, pid in server.instance.pids().items()
            if not ended(pid)
        }
        wanted = {"front", "auth", "issuer", "courier", "sealer"}
        return pids if wanted <= set(pids) else None

    return until(all_there, server.instance.pids)


def wait_serves(server):
    """Until it answers."""

    def answers():
        try:
            Connection(server).close()
        except OSError:
            return False
        return True

    until(answers)


def kill_after(pid, delay_s):
    """SIGKILL, from a thread of its own; to be joined."""

    def kill():
        time.sleep(delay_s)
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


class Strace:
    """strace on a process that runs, all threads of it.

    with Strace(pid, "--inject=write:signal=SIGKILL:when=3"): ...
    """

    def __init__(self, pid, *options):
        self.out = tempfile.NamedTemporaryFile(prefix="strace-")
        self.process = subprocess.Popen(
            ["strace", "-f", "-p", str(pid), "-o", self.out.name, *options],
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        line = line_of(self.process.stderr, "strace")
        assert "attached" in line, line

    def __enter__(self):
        return self

    def __exit__(self, *error):
        """When what it watched was killed it may wait for that for ever."""
        self.process.terminate()
        try:
            self.process.wait(0.2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(PATIENCE_S)
        self.process.stderr.close()

    def calls(self):
        """{name: how often the thread made it that made it most}."""
        by_thread = collections.Counter(
            re.findall(r"(?m)^(\d+) +([a-z0-9_]+)\(", self.out.read().decode())
        )
        most = collections.Counter()
        for (_, name), count in by_thread.items():
            most[name] = max(most[name], count)
        return most


def moments(pid, action):
    """[(system call, how many times)] that `action` passes in a process: all
    the places where it may be killed in between."""
    strace = Strace(pid)
    with strace:
        action()
        time.sleep(0.1)
    return [
        (name, n)
        for name, count in sorted(strace.calls().items())
        for n in range(1, count + 1)
    ]


def fire_all(server, open_ones):
    """The requests of all of them at once; notes the answers."""
    replies = Burst(server).fire([errand.request for errand in open_ones])
    for errand, reply in zip(open_ones, replies):
        errand.take(reply)
