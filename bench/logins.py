"""logins - what the two steps of an enrollment cost beside their Argon2id.

Step 1 is a right password, for which a code is mailed; step 2 is password and
code, for which a certificate is issued: to a key on P-256, and to one of
RSA-2048, the default of the pages. Each has a connection of its own, for between
the two somebody reads a mail: the TLS handshake is in both.
"""

import os

import cpu
from rows import Row
from subject import write_secret

PEOPLE = 200
RSA_PEOPLE = 60  # their keys are made before, and take a client long
ARGON2_MS = 12


def measure(subject):
    subject.mails_to("catcher")
    first, second = both_steps(subject, subject.many(PEOPLE))
    _, second_rsa = both_steps(subject, subject.many(RSA_PEOPLE), "rsa")
    return [
        _beside("step 1", first, 1.5),
        Row("step 1, front + auth beside its Argon2id",
            first["front"] + first["auth"], "ms", 1.0, reach=True),
        _beside("step 2, P-256", second, None),
        _beside("enrollment (step 2), RSA-2048", second_rsa, 1.6),
        Row("step 1: its Argon2id", first["argon2"], "ms", ARGON2_MS),
    ]  # fmt: skip


def _beside(step, each, goal):
    return Row(
        f"{step}, all processes beside its Argon2id",
        cpu.total(each, "argon2"), "ms", goal, cpu.told(each),
        reach=goal is not None, parts=each,
    )  # fmt: skip


def both_steps(subject, people, key="ec"):
    """What each costs, as CPU ms by process."""
    users = subject.people(people)
    secrets = [subject.password] * people
    first = step(subject, users, secrets, "401", "ec")
    codes = subject.codes(users)
    secrets = [subject.password + codes[user] for user in users]
    return first, step(subject, users, secrets, "200", key)


def step(subject, users, secrets, expect, key="ec"):
    path = os.path.join(subject.folder, "people")
    write_secret(path, "".join(f"{u}:{s}\n" for u, s in zip(users, secrets)))
    _, spent = subject.spent(
        lambda: subject.run(
            "enroll", "--userpass-file", path, "--expect", expect,
            "--requests", str(len(users)), "--connections", "4",
            "--warmup", "0", "--new", "--key-type", key, label=None,
        )  # fmt: skip
    )
    return cpu.each(spent, len(users))
