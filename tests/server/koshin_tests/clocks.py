"""clocks - programs that believe in another time than we do."""

import pathlib


def shifted(by):
    """The environment for it: `+31m`, `-6d`. The monotonic clock is fine."""
    found = list(pathlib.Path("/usr/lib").rglob("libfaketime.so.1"))
    assert found, "libfaketime is missing: deploy/deps installs it"
    return {
        "FAKETIME": by,
        "LD_PRELOAD": str(found[0]),
        "DONT_FAKE_MONOTONIC": "1",
    }
