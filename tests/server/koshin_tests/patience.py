"""patience - waiting for what will happen, however busy the machine.

Nothing here says how quick something must be: what shall be quick, a test sees
by what the program decided and when, in its log, or by the time of a processor.
"""

import glob
import time

PATIENCE_S = 60


def until(holds, why=lambda: "", patience_s=PATIENCE_S, step_s=0.02):
    """What holds() returns, as soon as that is true."""
    give_up = time.monotonic() + patience_s
    while not (seen := holds()):
        assert time.monotonic() < give_up, why()
        time.sleep(step_s)
    return seen


def work_s(*pids):
    """Seconds of a processor that these have used so far."""
    used_ns = 0
    for pid in pids:
        for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
            with open(path) as file:
                used_ns += int(file.read().split()[0])
    return used_ns / 1e9
