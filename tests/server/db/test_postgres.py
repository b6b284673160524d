"""db/ against a real PostgreSQL. The tests are programs, tests/db/*_test.c;
here each gets a database of its own, and every promise in it is a test by its
own name."""

import os
import re
import subprocess

import pytest
import services

from koshin_tests import database
from koshin_tests.place import ROOT, built

PROGRAMS = (
    "pg",
    "pg_fault",
    "pg_memory",
    "migrate",
    "migrations",
    "accounts",
    "accounts_change",
    "proofs",
    "people",
    "ledger",
    "ledger_batch",
    "skew",
    "outbox",
    "revocations",
)
PROMISE = re.compile(r"^static void\n(\w+)\(void \*\*state\)", re.MULTILINE)
LIMIT_S = 600  # of a program that hangs


def promises():
    for program in PROGRAMS:
        source = ROOT / "tests" / "db" / f"{program}_test.c"
        names = PROMISE.findall(source.read_text(encoding="utf-8"))
        assert names, source
        for name in names:
            yield pytest.param(program, name, id=f"{program}-{name}")


class Runs:
    """What each program said; it runs when it is first asked for."""

    def __init__(self, running):
        self.services = running
        paths = [built(f"tests/db/{name}_test") for name in PROGRAMS]
        self.paths = dict(zip(PROGRAMS, paths))
        self.said = {}

    def of(self, program):
        if program not in self.said:
            self.said[program] = self._run(program)
        return self.said[program]

    def _run(self, program):
        name = f"koshin_{program}"
        database.new_empty(self.services, name)
        conninfo = self.services.pg_conninfo("", name).replace("user=''", "")
        return subprocess.run(
            [self.paths[program]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_S,
            env={
                **os.environ,
                "CMOCKA_MESSAGE_OUTPUT": "TAP",
                "KOSHIN_TEST_DB": conninfo,
            },
        )


@pytest.fixture(scope="module")
def runs():
    with services.temporary() as running:
        yield Runs(running)


@pytest.mark.parametrize("program, promise", promises())
def test_db(runs, program, promise):
    done = runs.of(program)
    # A promise that is in no table of tests would pass by not running.
    assert re.search(
        rf"^ok \d+ - {promise}$", done.stdout, re.MULTILINE
    ), done.stdout


@pytest.mark.parametrize("program", PROGRAMS)
def test_program_ends_well(runs, program):
    """Nothing was left behind, which the sanitizer would report at the end."""
    done = runs.of(program)
    assert done.returncode == 0, done.stdout
