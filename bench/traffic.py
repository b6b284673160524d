"""traffic - what a renewal, a handshake and an answer cost: all processes,
each beside the others, and divided by the least that this machine takes."""

import cpu
import floors
from rows import Row


class Case:
    """`title` and `floor` name it; `goal` is of front + issuer divided by
    the floor, or in ms where there is none."""

    def __init__(self, title, mode, groups, requests, floor, goal):
        self.title = title
        self.mode = mode
        self.groups = groups
        self.requests = requests
        self.floor = floor
        self.goal = goal

    def options(self, subject):
        return ("--requests", str(subject.many(self.requests)),
                "--connections", "8", "--groups", self.groups)  # fmt: skip

    def measure(self, subject):
        subject.mails_to("sink")
        seen, spent = subject.spent(
            lambda: subject.run(self.mode, *self.options(subject))
        )
        asked = seen["requests"] + 8  # and the warm-up
        each = cpu.each(spent, asked)
        yield from self._rows(subject, seen, each)
        if subject.other:
            yield from self._of_other(subject, each)

    def _of_other(self, subject, each):
        other = subject.other
        seen = other.run(self.mode, *self.options(subject))
        if seen is None:
            return
        yield Row(f"{self.title}, {other.name}", seen["per_second"], "/s",
                  note=f"p50 {seen['latency_ms']['p50']:.1f} ms, p99 "
                  f"{seen['latency_ms']['p99']:.1f} ms")  # fmt: skip
        if "server" in seen:
            took = seen["server"]["cpu_ms_per_request"]
            ours = each["front"] + each["issuer"]
            yield Row(f"{self.title}, front + issuer : {other.name}",
                      ours / took, "x", note=f"{took:.3f} ms of its "
                      "processes")  # fmt: skip
            if self.floor:
                name, least = self.floor(subject)
                yield Row(f"{self.title}, {other.name} : {name}",
                          took / least, "x",
                          note=f"the floor {least:.3f} ms")  # fmt: skip

    def _rows(self, subject, seen, each):
        ours = each["front"] + each["issuer"]
        latency = seen["latency_ms"]
        yield Row(
            f"{self.title}, all processes",
            cpu.total(each), "ms", ALL_MS.get(self.title),
            f"{cpu.told(each)}; {seen['per_second']:.0f}/s, p50 "
            f"{latency['p50']:.1f} ms, p99 {latency['p99']:.1f} ms",
            reach=self.title in ALL_MS, parts=each,
        )  # fmt: skip
        yield Row(f"{self.title}, front + issuer", ours, "ms",
                  self.goal if self.floor is None else None,
                  reach=self.floor is None)  # fmt: skip
        if self.floor:
            name, least = self.floor(subject)
            yield Row(f"{self.title}, front + issuer : {name}", ours / least,
                      "x", self.goal, f"the floor {least:.3f} ms",
                      reach=True)  # fmt: skip
        if self.mode.startswith("reenroll"):
            yield Row(f"{self.title}, auth's part", each["auth"], "ms", 0.005,
                      "no question passes through it")  # fmt: skip
        if self.title == KEPT:
            yield from _of_kept(subject, seen, each)


def _of_kept(subject, seen, each):
    spent, took = floors.commit(subject)
    yield Row(
        f"{KEPT}, PostgreSQL : one commit", cpu.postgres(each) / spent, "x",
        None, f"a commit is {spent:.3f} ms of CPU, {took:.1f} ms until it is "
        "on the disk",
    )  # fmt: skip
    yield Row(f"{KEPT}, p50 at 8 connections", seen["latency_ms"]["p50"],
              "ms", 8, reach=True)  # fmt: skip
    yield Row(f"{KEPT} at 8 connections", seen["per_second"], "/s", 1000,
              at_least=True, reach=True)  # fmt: skip


def _handshake(kind, name):
    def floor(subject):
        return name, floors.crypto(subject)["handshake_ms"][kind]

    return floor


def _sign_and_verify(subject):
    least = floors.crypto(subject)
    return "one sign + one verify", least["sign_ms"] + least["verify_ms"]


KEPT = "re-enroll kept"
WITH = "handshake with client certificate in memory"
BOTH = "X25519:P-256"

# ms of all processes.
ALL_MS = {KEPT: 1.3}

CASES = [
    Case("re-enroll new X25519", "reenroll-new", BOTH, 2000,
         _handshake("x25519_client", WITH), 1.9),
    Case("re-enroll new P-256", "reenroll-new", "P-256", 2000,
         _handshake("p256_client", WITH), 1.8),
    Case(KEPT, "reenroll-kept", BOTH, 4000, _sign_and_verify, 2.8),
    Case("cacerts new X25519", "cacerts-new", BOTH, 4000,
         _handshake("x25519", "handshake in memory"), 1.6),
    Case("cacerts kept", "cacerts-kept", BOTH, 40000, None, 0.025),
]  # fmt: skip


def at_32(subject):
    subject.mails_to("sink")
    requests = str(subject.many(6000))
    seen, _ = subject.spent(
        lambda: subject.run(
            "reenroll-kept", "--requests", requests, "--connections", "32"
        )
    )
    latency = seen["latency_ms"]
    return [
        Row(f"{KEPT} at 32 connections", seen["per_second"], "/s", 1200,
            f"p50 {latency['p50']:.1f} ms, p99 {latency['p99']:.1f} ms",
            at_least=True, reach=True)
    ]  # fmt: skip


MEASURES = [*(case.measure for case in CASES), at_32]
