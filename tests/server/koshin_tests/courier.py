"""The courier alone (tests/lib/courier_main.c), started and watched."""

import hashlib
import hmac
import os
import re
import signal
import subprocess
import threading

from koshin_tests.patience import PATIENCE_S, line_of, until
from koshin_tests.place import ROOT, built

KEY = 7


def code_of_nonce(nonce, key=bytes([KEY]) * 32):
    """The code by the rule of policy/code.c, computed a second time."""
    label = b"koshin one-time code: value\0"
    digest = hmac.new(key, label + nonce + b"\0", hashlib.sha256).digest()
    for at in range(0, 32, 4):
        word = int.from_bytes(digest[at : at + 4], "big")
        if word < 4294000000:
            return f"{word % 1000000:06}"
    raise ValueError("another nonce, please")


class Courier:
    """A running courier; `log` is all it has said."""

    def __init__(self, services, db, wrap=(), **options):
        program = built("tests/courier_main")
        scheme = options.pop("scheme", "smtp")
        words = {
            "conninfo": services.pg_conninfo("koshin_courier", db.name),
            "relay": f"{scheme}://127.0.0.1:{services.smtp_port}",
            "key": KEY,
            **options,
        }
        self.process = subprocess.Popen(
            [*wrap, program] + [f"{k}={v}" for k, v in words.items()],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.ready = line_of(self.process.stdout, "the courier") == b"ready\n"

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(line.decode())

    @property
    def log(self):
        return "".join(self.lines)

    @property
    def pid(self):
        return self.process.pid

    def wait_log(self, text, times=1):
        until(
            lambda: self.log.count(text) >= times,
            lambda: f"no {text!r} in:\n{self.log}",
        )

    def longest_ms(self, event):
        """What the courier has measured, of all lines of an event."""
        return max(
            float(ms)
            for ms in re.findall(rf" {event} .*\bms=([0-9.]+)", self.log)
        )

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def kill9(self):
        self.process.kill()
        self.process.wait(PATIENCE_S)

    def stop(self, limit=PATIENCE_S):
        """Its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(limit)
        self._reader.join(limit)
        return status

    def cpu_s(self):
        with open(f"/proc/{self.pid}/stat") as file:
            words = file.read().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def status(self, key):
        """A number of /proc/PID/status: VmRSS, voluntary_ctxt_switches."""
        with open(f"/proc/{self.pid}/status") as file:
            for line in file:
                if line.startswith(key + ":"):
                    return int(line.split()[1])
        raise KeyError(key)

    def remembers(self, bytes_):
        """Whether its memory holds these bytes."""
        with open(f"/proc/{self.pid}/maps") as maps, open(
            f"/proc/{self.pid}/mem", "rb", 0
        ) as memory:
            for line in maps:
                if " rw" not in line or "[v" in line:
                    continue
                first, last = (
                    int(word, 16) for word in line.split()[0].split("-")
                )
                memory.seek(first)
                if bytes_ in memory.read(last - first):
                    return True
        return False

    def __enter__(self):
        assert self.ready, self.log
        return self

    def __exit__(self, *error):
        try:
            status = self.stop()
        except subprocess.TimeoutExpired:
            self.kill9()
            raise
        if error[0] is None:
            assert status in (0, -signal.SIGKILL), self.log
            assert "Sanitizer" not in self.log, self.log
