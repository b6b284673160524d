"""logins - what the two steps of an enrollment cost beside their Argon2id.

Step 1 is a right password, for which a code is mailed; step 2 is password and
code, for which a certificate is issued. Each has a connection of its own, as a
401 closes it (est-conformance 4.3): the TLS handshake is in both.
"""

import os

from rows import Row
from subject import write_secret

PEOPLE = 200
ARGON2_MS = 12
BESIDE_MS = 1.0  # of step 1, front + auth


def measure(subject, floor):
    least = floor.cpu_ms(subject)
    first, second = both_steps(subject, PEOPLE)
    return [
        Row("step 1 beside its Argon2id: front + auth",
            first["front"] + first["auth"], "ms", BESIDE_MS,
            f"the handshake alone {least:.3f} ms"),
        *_parts("step 1", first),
        Row("step 1: its Argon2id", first["argon2"], "ms", ARGON2_MS),
        *_parts("step 2", second),
    ]  # fmt: skip


def both_steps(subject, people):
    """What each costs, as CPU ms by process."""
    users = subject.people(people)
    secrets = [subject.password] * people
    first = _step(subject, users, secrets, "401")
    codes = subject.codes(users)
    secrets = [subject.password + codes[user] for user in users]
    return first, _step(subject, users, secrets, "200")


def _step(subject, users, secrets, expect):
    path = os.path.join(subject.folder, "people")
    write_secret(path, "".join(f"{u}:{s}\n" for u, s in zip(users, secrets)))
    before = subject.cpu()
    subject.run(
        "enroll", "--userpass-file", path, "--expect", expect, "--requests",
        str(len(users)), "--connections", "4", "--warmup", "0", "--new",
        label=None,
    )  # fmt: skip
    after = subject.cpu()
    return {name: (after[name] - before[name]) / len(users) for name in after}


def _parts(step, cost):
    return [
        Row(f"{step}: {name}", cost[name], "ms")
        for name in ("front", "auth", "issuer", "courier", "sealer")
        if (step, name) != ("step 1", "issuer")
    ]
