"""beside - what a renewal costs beside a long queue of mails, and beside a big
ledger: the same, if every question finds its rows by an index that is made
for it. Each is measured in turn with a Koshin that has neither.
"""

import cpu
import fill
import lists
from rows import Row

REQUESTS = 2000
ROUNDS = 2
QUEUES = (5000, 60000)
WORSE = 1.2  # times, at most


def _renewals(subject):
    """({process: ms}, p50 in ms) of one over a kept connection."""
    subject.mails_to("sink")
    requests = subject.many(REQUESTS)
    seen, spent = subject.spent(
        lambda: subject.run(
            "reenroll-kept", "--requests", str(requests), "--connections", "8"
        )
    )
    return cpu.each(spent, requests + 8), seen["latency_ms"]["p50"]


def queue(subject):
    """The mails wait for a relay that was away: some are looked at again
    tomorrow, and none of them is due just now."""
    seen = {count: [] for count in (0, *QUEUES)}
    for _ in range(ROUNDS):
        for count, renewals in seen.items():
            with Queue(subject, count):
                renewals.append(_renewals(subject))
    return [
        row
        for count in QUEUES
        for row in _ratios(
            f"{count:,} mails queued", "none", seen[count], seen[0]
        )
    ]


class Queue:
    """Mails that wait, inside of `with`."""

    def __init__(self, subject, count):
        self._subject = subject
        self._count = count

    def __enter__(self):
        self._subject.queue_mails(self._count, "1 day")

    def __exit__(self, *error):
        self._subject.forget_mails()


def ledger(subject):
    small = subject.ask("SELECT count(*) FROM koshin.certificate")[0][0]
    grown = subject.grown()
    seen = [[], []]
    for _ in range(ROUNDS):
        for which, renewals in zip((subject, grown), seen):
            renewals.append(_renewals(which))
    what = f"{subject.grown_to:,} ledger rows"
    return [*_ratios(what, f"{small:,}", seen[1], seen[0]),
            *_sizes(what, grown)]  # fmt: skip


def _sizes(what, grown):
    sizes = fill.sizes(grown.database)
    told = [f"{table} {mb + indexes:,.0f} (indexes {indexes:,.0f})"
            for table, _, mb, indexes in sizes]  # fmt: skip
    yield Row(f"{what}, on the disk", sum(s[2] + s[3] for s in sizes), "MB",
              note=", ".join(told[:5]))  # fmt: skip
    yield Row(f"{what}, time to fill them", grown.filled_s / 60, "min")


def _ratios(what, without, seen, seen_without):
    """CPU first; the clock, too, sees whoever waits."""
    (cost, p50), (least, p50_without) = map(_best, (seen, seen_without))
    title = f"re-enroll kept beside {what}"
    return [
        Row(f"{title} : {without}, all processes",
            cpu.total(cost) / cpu.total(least), "x", WORSE,
            f"{cpu.total(cost):.3f} and {cpu.total(least):.3f} ms; beside "
            f"it: {cpu.told(cost)}", reach=True, parts=cost),
        Row(f"{title} : {without}, p50", p50 / p50_without, "x", WORSE,
            f"{p50:.1f} and {p50_without:.1f} ms"),
    ]  # fmt: skip


def _best(seen):
    """Of a few rounds the one that was disturbed least."""
    return min(seen, key=lambda renewals: cpu.total(renewals[0]))


MEASURES = [queue, ledger, lists.measure]
