"""mails - what a mail costs that the courier sends: all processes but the mail
server's, which takes it and keeps nothing. Notices of expiry, a tenth of them
with a calendar; they are written before, and become due at once."""

import time

import cpu
from beside import Queue
from rows import Row

COUNT = 5000
GOAL_MS = 0.35
WITHIN_S = 300


def measure(subject):
    subject.mails_to("sink")
    count = subject.many(COUNT)
    with Queue(subject, count):
        took, spent = subject.spent(lambda: _send(subject))
    each = cpu.each(spent, count)
    return [
        Row("a mail, all processes", cpu.total(each), "ms", GOAL_MS,
            f"{cpu.told(each)}; {count / took:.0f}/s", reach=True, parts=each)
    ]  # fmt: skip


def _send(subject):
    """Seconds until all are sent."""
    began = time.monotonic()
    subject.hurry_mails()
    while subject.mails_waiting():
        if time.monotonic() - began > WITHIN_S:
            raise RuntimeError("the courier does not send its mails")
        time.sleep(0.2)
    return time.monotonic() - began
