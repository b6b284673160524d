"""folders - which folders of C there are: those that have a `deps` file."""

from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
# deploy/deps is the script that installs packages.
FOLDERS = sorted(p.parent.name for p in TOP.glob("*/deps")
                 if p.parent.name != "deploy")
