"""flood - what a flood of logins costs those who renew.

The flood's user IDs are unknown to the service: each login is an Argon2id all
the same (I-15). It comes from one address, as an attacker's would not; the
limit of that address is out of the way.

Calm and flood take turns, so that whatever else the machine does happens to
both. Flood and victims share the cores with the server here; an attacker
brings his own. Only a quiet machine tells the truth.
"""

import json
import os
import statistics
import subprocess
import time

from rows import Row
from subject import write_secret

PER_SECOND = 200
CONNECTIONS = 400
USERS = 2000
BEGUN_MS = 100  # of Argon2id: the flood has arrived
BEGINS_S = 60
ROUNDS = 4  # of calm and flood each
SECONDS = "8"

# Who is watched, both at once, at a pace that leaves the machine idle: mode of
# estbench, requests in a second, how many times the p99 without the flood.
WATCHED = [
    ("cacerts, new connection", "cacerts-new", "100", 1.5),
    ("re-enroll, new connection", "reenroll-new", "60", 2),
]


class Flood:
    """Runs inside of `with`."""

    def __init__(
        self, subject, per_second=PER_SECOND, connections=CONNECTIONS
    ):
        self.subject = subject
        self.pace = ["--rate", str(per_second),
                     "--connections", str(connections)]  # fmt: skip
        self.users = os.path.join(subject.folder, "unknown")
        lines = (f"flood{i:05}:Wrong-1234\n" for i in range(USERS))
        write_secret(self.users, "".join(lines))
        self.ended = {}
        self.seconds = 0

    def __enter__(self):
        self.process = subprocess.Popen(
            self.subject.command(
                "enroll", "--userpass-file", self.users, "--expect", "401",
                *self.pace, "--seconds", "600", "--csrs", str(USERS), "--warmup", "0",
            ),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self._wait()
        return self

    def _wait(self):
        """Its requests are made before the first is sent."""
        before = self.subject.cpu()["argon2"]
        give_up = time.monotonic() + BEGINS_S
        while self.subject.cpu()["argon2"] - before < BEGUN_MS:
            if time.monotonic() > give_up:
                raise RuntimeError("the flood has not begun")
            time.sleep(0.1)

    def __exit__(self, *error):
        self.process.terminate()
        text, _ = self.process.communicate()
        seen = json.loads(text)
        self.seconds += seen["elapsed_s"]
        for status, count in seen["by_status"].items():
            self.ended[status] = self.ended.get(status, 0) + count

    def told(self):
        """What became of the logins."""
        by = ", ".join(
            f"{count} x {status}"
            for status, count in sorted(self.ended.items())
        )
        many = sum(self.ended.values()) / self.seconds
        return f"{many:.0f} logins/s ended: {by}"


def _watch(subject):
    """p99 in ms by mode."""
    running = {
        mode: subject.begin(
            mode, "--rate", rate, "--seconds", SECONDS, "--connections", "8"
        )
        for _, mode, rate, _ in WATCHED
    }
    return {
        mode: subject.end(process)["latency_ms"]["p99"]
        for mode, process in running.items()
    }


def measure(subject):
    """Rows: how much worse p99 gets."""
    calm, under = [], []
    flood = Flood(subject)
    for _ in range(ROUNDS):
        calm.append(_watch(subject))
        with flood:
            under.append(_watch(subject))
    rows = []
    for title, mode, _, worse in WATCHED:
        without, within = (
            statistics.median(seen[mode] for seen in rounds)
            for rounds in (calm, under)
        )
        rows.append(
            Row(f"{title}: p99 in a flood of logins", within / without, "x",
                worse, f"{without:.1f} ms without, {within:.1f} ms in it, "
                f"the middle of {ROUNDS} rounds; {flood.told()}",
                reach=True)
        )  # fmt: skip
    return rows
