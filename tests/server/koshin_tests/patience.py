"""patience - waiting for what will happen, however busy the machine.

Nothing here says how quick something must be: what shall be quick, a test sees
by what the program decided and when, in its log, or by the time of a processor.
"""

import time

PATIENCE_S = 60


def until(holds, why=lambda: "", patience_s=PATIENCE_S, step_s=0.02):
    """What holds() returns, as soon as that is true."""
    give_up = time.monotonic() + patience_s
    while not (seen := holds()):
        assert time.monotonic() < give_up, why()
        time.sleep(step_s)
    return seen
