"""flood - what a flood of logins costs those who renew, and what one costs.

The flood's user IDs are unknown to the service: each login is an Argon2id all
the same (I-15). It comes from one address, as an attacker's would not; the
limit of that address is out of the way.
"""

import json
import os
import subprocess
import time

PER_SECOND = 200
CONNECTIONS = 400
BEGINS_S = 1.5
WORSE = 2  # times the p99 without the flood

# Who is watched: at a pace that leaves the machine idle.
WATCHED = [
    ("cacerts, new connection", "cacerts-new", "100"),
    ("re-enroll, new connection", "reenroll-new", "60"),
]
SECONDS = "8"

FIRST_STEPS = 200
ARGON2_MS = 12
BESIDE_MS = 1.0


class Flood:
    """Runs inside of `with`."""

    def __init__(self, bench, folder):
        self.bench = bench
        self.users = os.path.join(folder, "unknown")
        lines = (f"flood{i:05}:Wrong-1234\n" for i in range(5000))
        write_secret(self.users, "".join(lines))

    def __enter__(self):
        self.process = subprocess.Popen(
            self.bench.command(
                "enroll", "--userpass-file", self.users, "--expect", "401",
                "--rate", str(PER_SECOND), "--connections", str(CONNECTIONS),
                "--seconds", "600", "--csrs", "10000", "--warmup", "0",
            ),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        time.sleep(BEGINS_S)
        return self

    def __exit__(self, *error):
        self.process.terminate()
        text, _ = self.process.communicate()
        self.seen = json.loads(text)

    def told(self):
        """What became of the logins."""
        by = ", ".join(
            f"{count} x {status}"
            for status, count in sorted(self.seen["by_status"].items())
        )
        return f"{self.seen['per_second']:.0f} logins/s ended: {by}"


def watch(bench):
    """p99 in ms by mode."""
    return {
        mode: bench.run(
            mode, "--rate", rate, "--seconds", SECONDS, "--connections", "8"
        )["latency_ms"]["p99"]
        for _, mode, rate in WATCHED
    }


def write_secret(path, text):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(text)


def measure(bench, row, folder):
    """Rows: how much worse p99 gets."""
    before = watch(bench)
    flood = Flood(bench, folder)
    with flood:
        under = watch(bench)
    return [
        row(
            f"{title}: p99 in a flood of logins",
            under[mode] / before[mode], "x", WORSE,
            f"{before[mode]:.1f} ms without, {under[mode]:.1f} ms in it; "
            + flood.told(),
        )
        for title, mode, _ in WATCHED
    ]  # fmt: skip


# -------------------------------------------------------------- first step


def _cpu(pids):
    """CPU in ms of (all other threads, those that hash): they are nicer
    than the rest (base/pool.c)."""
    spent = [0, 0]
    for pid in pids:
        own = os.getpriority(os.PRIO_PROCESS, pid)
        for tid in os.listdir(f"/proc/{pid}/task"):
            task = f"/proc/{pid}/task/{tid}"
            with open(f"{task}/stat") as file:
                nice = int(file.read().rsplit(")", 1)[1].split()[16])
            with open(f"{task}/schedstat") as file:
                spent[nice > own] += int(file.read().split()[0]) / 1e6
    return spent


def first_steps(bench, row, folder, users, password):
    """Rows: right passwords, for each of which a code is mailed."""
    path = os.path.join(folder, "known")
    write_secret(path, "".join(f"{user}:{password}\n" for user in users))
    before = _cpu(bench.pids())
    bench.run(
        "enroll", "--userpass-file", path, "--expect", "401", "--requests",
        str(len(users)), "--connections", "8", "--warmup", "0", label=None,
    )  # fmt: skip
    beside, hashing = (
        (after - earlier) / len(users)
        for after, earlier in zip(_cpu(bench.pids()), before)
    )
    return [
        row("first step, its Argon2id", hashing, "ms", ARGON2_MS),
        row("first step, all but that", beside, "ms", BESIDE_MS,
            "front + issuer, the mail queued"),
    ]  # fmt: skip
