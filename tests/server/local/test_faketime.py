"""Programs with another clock begin whatever such programs left that were
killed: a pid comes again, and with it the name of what they kept in /dev/shm.
There each of the next pids finds the semaphore of a dead one, who holds it;
in namespaces of their own, where pids are known and nobody else is."""

import os
import subprocess
import sys

import faketime
import pytest
from koshin_tests.patience import PATIENCE_S
from koshin_tests.place import ROOT

LOCAL = ROOT / "deploy" / "local"
# Semaphores of glibc with the value 0: whoever waits there waits for ever.
WORLD = """
import os, subprocess, sys
sys.path.insert(0, sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "none", "/dev/shm"], check=True)
os.chmod("/dev/shm", 0o1777)
for pid in range(2, 200):
    for name in ("sem.faketime_sem", "faketime_shm"):
        with open(f"/dev/shm/{name}_{pid}", "wb") as file:
            file.write(bytes(32))
"""
BEGIN = """
import faketime
done = subprocess.run(["date", "+%s"], capture_output=True, text=True,
    timeout=10, env={**os.environ, **faketime.shifted("+1d")})
print(int(done.stdout) - int(__import__("time").time()))
"""


def in_a_world(script):
    return subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--mount-proc",
         sys.executable, "-c", WORLD + script, str(LOCAL)],
        capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip


@pytest.mark.only_if(os.geteuid() == 0)
def test_a_pid_that_comes_again_finds_nothing_in_its_way():
    done = in_a_world(BEGIN)
    assert done.returncode == 0, done.stderr
    assert abs(int(done.stdout) - 86400) < PATIENCE_S


def test_only_what_is_ours_and_nobodys_is_removed(tmp_path):
    gone = subprocess.Popen(["true"])
    gone.wait()
    for name in (
        f"sem.faketime_sem_{gone.pid}", f"faketime_shm_{gone.pid}",
        f"sem.faketime_sem_{os.getpid()}", f"sem.other_{gone.pid}",
        f"faketime_shm_{gone.pid}.txt",
    ):  # fmt: skip
        (tmp_path / name).touch()
    assert faketime.clear(tmp_path) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([
        f"sem.faketime_sem_{os.getpid()}", f"sem.other_{gone.pid}",
        f"faketime_shm_{gone.pid}.txt",
    ])  # fmt: skip


@pytest.mark.only_if(os.geteuid() == 0)
def test_what_others_left_is_told_and_stays(tmp_path):
    gone = subprocess.Popen(["true"])
    gone.wait()
    left = tmp_path / f"faketime_shm_{gone.pid}"
    left.touch()
    os.chown(left, 54321, -1)
    assert faketime.clear(tmp_path) == [str(left)]
    assert left.exists()
