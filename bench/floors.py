"""floors - the least that parts of a request can cost on this machine, now.

A handshake of the same kind in memory, the server's side alone; a signature
and a check of one, on P-256 (estbench floor); a commit of one row by
PostgreSQL, on the disk. Koshin's figure is divided by them, so that it can be
compared with that of another day, machine or server.
"""

import json
import subprocess
import time

import clock

TIMES = "500"
COMMITS = 300


def crypto(subject):
    """{"handshake_ms": {kind: ms}, "sign_ms": ms, "verify_ms": ms}."""
    said = subprocess.run(
        [subject.estbench, "floor", "--json", "--requests", TIMES],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return json.loads(said)


def commit(subject):
    """CPU ms of the backend, and ms until it is on the disk: one row of
    1 KB, a serial as its key."""
    at = subject.database.cursor()
    at.execute(
        "CREATE TABLE IF NOT EXISTS public.floor"
        " (serial bytea PRIMARY KEY, der bytea)"
    )
    at.execute(
        "PREPARE floor AS INSERT INTO public.floor VALUES"
        " (sha256(convert_to($1::text, 'UTF8')), decode(repeat('ab', 1000),"
        " 'hex'))"
    )
    at.execute("SELECT pg_backend_pid()")
    ((pid,),) = at.fetchall()
    before, began = clock.process_ms(pid), time.monotonic()
    for number in range(COMMITS):
        at.execute(f"EXECUTE floor ('{number}')")
    took = (time.monotonic() - began) * 1000 / COMMITS
    spent = (clock.process_ms(pid) - before) / COMMITS
    at.execute("DEALLOCATE floor")
    at.execute("DROP TABLE public.floor")
    return spent, took
