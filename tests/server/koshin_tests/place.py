"""place - where things are. `make` builds them; BUILD and MODE say where."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = os.environ.get("BUILD", "build")
MODE = os.environ.get("MODE", "release")
LONG = "KOSHIN_LONG" in os.environ  # many more rounds: make long-rounds
ALL_TOOLS = "KOSHIN_ALL_TOOLS" in os.environ  # make interop


def built(name):
    """Path of a program: "koshin", "tests/gate_server"."""
    path = ROOT / BUILD / MODE / name
    assert path.exists(), f"{path} is missing: make check-server"
    return path


def may_mount():
    """In a name space of its own, so that nothing of it stays."""
    return (
        subprocess.run(
            ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
            capture_output=True,
        )
    ).returncode == 0
