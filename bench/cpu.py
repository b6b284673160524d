"""cpu - what each process that a request needs has taken of the CPU.

    meter = Meter(subject.pids, services)
    watch = meter.begin()       waits until nothing is being done
    ...
    spent = watch.end()         when all that it led to is done, too:
                                {"front": ms, "pg issuer": ms, ...}

What they take while nobody asks (watch.idle, ms in a second) is not in it.

Koshin's processes have their names; PostgreSQL's have that of the role they
work for ("pg front", "pg issuer", ...), all others of its are "pg rest".
Who measures comes in as `postgres`: his are left out. Threads that hash
passwords are nicer than the others (base/pool.c): they are "argon2".
"""

import collections
import contextlib
import os
import re
import time

import clock

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
# So little in a second, and nothing is being done any more.
QUIET_MS = 12
QUIET_LOOKS = 3
QUIET_WITHIN_S = 300

# What is not PostgreSQL's or Redis', in the order in which it is told.
OWN = ("parent", "front", "auth", "issuer", "courier", "sealer")


class Meter:
    def __init__(self, pids, services):
        """`pids()`: {name: pid} of Koshin, as they are now."""
        self._pids = pids
        self._services = services

    def read(self):
        """{process: ms} so far."""
        spent = collections.Counter()
        for name, pid in self._pids().items():
            hashing = clock.pool_ms(pid)
            spent["argon2"] += hashing
            spent[name] += clock.process_ms(pid) - hashing
        redis = self._services.redis.pid()
        if redis:
            spent["redis"] += clock.process_ms(redis)
        self._add_postgres(spent)
        return spent

    def _add_postgres(self, spent):
        postmaster = self._services.pg.pid()
        # Backends that ended are in its sum of children; those of who
        # measures too: he keeps his connection.
        spent["pg rest"] += _ended_children_ms(postmaster)
        for pid in (postmaster, *_children(postmaster)):
            with contextlib.suppress(OSError):
                whose = _role(pid)
                if whose:
                    spent[whose] += clock.process_ms(pid)

    def begin(self):
        """A Watch, when all is quiet."""
        return Watch(self)

    def wait_until_quiet(self):
        """Mails are sent and rows are sealed: what is left to do behind a
        request belongs to its price. ms by process in the last seconds, and
        how many these were."""
        looks = [(time.monotonic(), self.read())]
        give_up = looks[0][0] + QUIET_WITHIN_S
        while len(looks) <= QUIET_LOOKS:
            if time.monotonic() > give_up:
                raise RuntimeError("the server works on and on")
            time.sleep(1)
            now = (time.monotonic(), self.read())
            if total(between(looks[-1][1], now[1])) >= QUIET_MS:
                looks = []
            looks.append(now)
        (since, first), (until, last) = looks[0], looks[-1]
        return between(first, last), until - since


class Watch:
    def __init__(self, meter):
        self._meter = meter
        spent, seconds = meter.wait_until_quiet()
        self.idle = each(spent, seconds)
        self._before, self._began = meter.read(), time.monotonic()

    def end(self):
        self._meter.wait_until_quiet()
        spent = between(self._before, self._meter.read())
        seconds = time.monotonic() - self._began
        return {
            name: max(0, ms - self.idle.get(name, 0) * seconds)
            for name, ms in spent.items()
        }


def between(before, after):
    return {name: after[name] - before.get(name, 0) for name in after}


def total(spent, *left_out):
    return sum(ms for name, ms in spent.items() if name not in left_out)


def each(spent, count):
    """Of one request."""
    return {name: ms / count for name, ms in spent.items()}


def postgres(spent):
    return sum(ms for name, ms in spent.items() if name.startswith("pg "))


def told(spent):
    """The processes that had a part in it, Koshin's first."""
    names = sorted(
        (name for name in spent if spent[name] >= 0.0005),
        key=lambda name: (name not in OWN, name),
    )
    return ", ".join(f"{name} {spent[name]:.3f}" for name in names)


def _children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return list(map(int, file.read().split()))


def _ended_children_ms(pid):
    with open(f"/proc/{pid}/stat") as file:
        words = file.read().rpartition(")")[2].split()
    return (int(words[13]) + int(words[14])) * TICK_MS


def _role(pid):
    """"pg front" and the like; None: it is who measures."""
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        title = file.read().decode(errors="replace")
    found = re.search(r": (\w+) \w+ \[local\]", title)
    if found is None:
        return "pg rest"
    role = found.group(1)
    if not role.startswith("koshin_"):
        return None
    return "pg " + role.removeprefix("koshin_")
