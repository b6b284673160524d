"""clocks - programs that believe in another time than we do."""

import faketime


def shifted(by):
    """The environment for it: `+31m`, `-6d`. The monotonic clock is fine."""
    return {**faketime.shifted(by), "DONT_FAKE_MONOTONIC": "1"}
