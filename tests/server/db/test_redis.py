"""db/redis.c and db/attempts.c against real Redis servers. The tests are the
programs tests/db/*_test.c, each of which starts servers of its own and breaks
them; here every promise in them is a test by its own name."""

import os
import re
import subprocess

import pytest

from koshin_tests.place import ROOT, built

PROGRAMS = (
    "redis",
    "redis_fault",
    "redis_memory",
    "attempts",
    "place",
    "lock",
    "code",
    "race",
)
PROMISE = re.compile(r"^static void\n(\w+)\(void \*\*state\)", re.MULTILINE)
LIMIT_S = 600  # of a program that hangs


def promises():
    for program in PROGRAMS:
        source = ROOT / "tests" / "db" / f"{program}_test.c"
        names = PROMISE.findall(source.read_text(encoding="utf-8"))
        assert names, source
        for name in names:
            yield pytest.param(program, name, id=name)


@pytest.mark.parametrize("program, promise", promises())
def test_redis(program, promise):
    done = subprocess.run(
        [built(f"tests/db/{program}_test"), promise],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
        env={**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP"},
    )
    assert done.returncode == 0, done.stdout
    # A promise that is in no table of tests would pass by not running.
    passed = re.findall(r"^ok \d+ - (\w+)", done.stdout, re.MULTILINE)
    assert passed == [promise], done.stdout
