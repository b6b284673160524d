"""memory - what each process has for itself (USS), with its share of what is
shared (PSS), and what an idle connection adds.

USS is what a further process costs; of it "files" are unchanged pages of
programs and libraries that nobody else has mapped just now: a second courier
on the machine, and libcurl's are shared. RSS counts libraries once for each
process and is here for those who look into ps.
"""

import re
import time

import logins
from rows import Row

PROCESS_KIB = 1536
IDLE = 1000
IDLE_KIB = 16
CLOSED = 5000
LEFT = 0.1  # of what they took, at most
GIVEN_BACK_S = 10
REQUESTS = 1000


def _look(subject):
    """{process: (uss, pss, rss, files)} in KiB."""
    return {
        name: _of_process(pid) for name, pid in sorted(subject.pids().items())
    }


def _of_process(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        found = dict(re.findall(r"^(\w+): +(\d+) kB", file.read(), re.M))
    files = int(found["Private_Clean"])
    uss = files + int(found["Private_Dirty"])
    return uss, int(found["Pss"]), int(found["Rss"]), files


def _rows(when, seen):
    rows = [
        Row(f"{name} {when}, USS", uss, "KiB", PROCESS_KIB,
            f"files {files}, PSS {pss}, RSS {rss}")
        for name, (uss, pss, rss, files) in seen.items()
    ]  # fmt: skip
    total = [sum(sizes) for sizes in zip(*seen.values())]
    rows.append(
        Row(f"all processes {when}, PSS", total[1], "KiB", None,
            f"USS {total[0]}, RSS {total[2]}")
    )  # fmt: skip
    return rows


def at_start(subject):
    subject.start_afresh()
    return _rows("at start", _look(subject))


def after_work(subject):
    """Each process has had its part."""
    subject.mails_to("catcher")
    subject.start_afresh()
    subject.run("reenroll-new", "--requests", "700", "--connections", "8")
    logins.both_steps(subject, (REQUESTS - 700) // 2)
    return _rows(f"after {REQUESTS} requests", _look(subject))


def idle(subject):
    """Of a process that has seen no other connections: what closed ones gave
    back would be taken again, and cost nothing."""
    subject.start_afresh()
    seen = subject.run(
        "idle", "--connections", str(IDLE), "--warmup", "1", "--seconds", "3",
        pids=[subject.pids()["front"]],
    )["server"]  # fmt: skip
    return [
        Row("idle TLS connection, USS",
            seen["uss_growth_kib_per_connection"], "KiB", IDLE_KIB,
            f"{IDLE} connections after a fresh start", reach=True)
    ]  # fmt: skip


def closed(subject):
    """What many connections took, and what of it is still there when they
    are closed."""
    subject.start_afresh()
    front = subject.pids()["front"]
    before, *_ = _of_process(front)
    seen = subject.run(
        "idle", "--connections", str(CLOSED), "--warmup", "1", "--seconds",
        "3", pids=[front],
    )["server"]  # fmt: skip
    took = seen["held"]["uss_kib"] - before
    time.sleep(GIVEN_BACK_S)
    after, *_ = _of_process(front)
    left = after - before
    return [
        Row(f"{CLOSED} idle TLS connections, USS", took / CLOSED, "KiB",
            IDLE_KIB, f"each; {took / 1024:.1f} MiB in all"),
        Row(f"left of {CLOSED} connections when they are closed, USS",
            left / took, "x", LEFT,
            f"{left / 1024:.1f} MiB of {took / 1024:.1f}, {GIVEN_BACK_S} s "
            "later", reach=True),
    ]  # fmt: skip


MEASURES = [at_start, idle, closed, after_work]
