"""patience - waiting for what will happen, however busy the machine; and each
wait ends, and says what did not come.

Nothing here says how quick something must be: what shall be quick, a test sees
by what the program decided and when, in its log, or by the time of a processor.
"""

import io
import os
import select
import subprocess
import threading
import time

import clock

PATIENCE_S = 60


def until(holds, why=lambda: "", patience_s=PATIENCE_S, step_s=0.02):
    """What holds() returns, as soon as that is true."""
    give_up = time.monotonic() + patience_s
    while not (seen := holds()):
        assert time.monotonic() < give_up, why()
        time.sleep(step_s)
    return seen


def run(*argv, **options):
    """A program that ends by itself; `options` as for subprocess.run()."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run(argv, **{"timeout": PATIENCE_S, **pipes, **options})


def line_of(pipe, whose):
    """The next line that a program writes; nothing behind it is read."""
    line = b""
    while not line.endswith(b"\n"):
        heard, _, _ = select.select([pipe], [], [], PATIENCE_S)
        assert heard, f"{whose} is silent after {line!r}"
        byte = os.read(pipe.fileno(), 1)
        if not byte:
            break
        line += byte
    return line.decode() if isinstance(pipe, io.TextIOBase) else line


def join(*threads, patience_s=PATIENCE_S):
    for thread in threads:
        thread.join(patience_s)
        assert not thread.is_alive(), f"{thread.name} does not end"


def at_once(calls):
    """What each of them returns; all begin at the same moment."""
    start = threading.Barrier(len(calls), timeout=PATIENCE_S)
    came = {}

    def one(n, call):
        try:
            start.wait()
            came[n] = call()
        except BaseException as error:  # raised below
            came[n] = error

    threads = [
        threading.Thread(target=one, args=numbered, daemon=True)
        for numbered in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    join(*threads)
    for n in sorted(came):
        if isinstance(came[n], BaseException):
            raise came[n]
    return [came[n] for n in sorted(came)]


def work_s(*pids):
    """Seconds of a processor that these have used so far."""
    return sum(map(clock.process_ms, pids)) / 1000
