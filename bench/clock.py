"""clock - CPU time of a process, user and system together, in ms.

The kernel's own clock of it counts in nanoseconds and has every thread, also
those that have ended; what stands in /proc has not.
"""

import contextlib
import os
import time


def process_ms(pid):
    """The clock's number is what clock_getcpuclockid(3) makes of the pid."""
    return time.clock_gettime_ns(~pid << 3 | 2) / 1e6


def pool_ms(pid):
    """Of its threads that are nicer than itself: those of a pool
    (base/pool.c), which do not end before it."""
    own = os.getpriority(os.PRIO_PROCESS, pid)
    ms = 0
    for tid in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if os.getpriority(os.PRIO_PROCESS, int(tid)) > own:
                with open(f"/proc/{pid}/task/{tid}/schedstat") as file:
                    ms += int(file.read().split()[0]) / 1e6
    return ms
