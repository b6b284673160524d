"""subject - the Koshin that is measured, with services of its own.

    with Subject(build, folder) as subject:
        subject.run("cacerts-new", "--requests", "1000")

It knows people and devices, has an address limit that is out of the way, and
can be started afresh.
"""

import collections
import contextlib
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "deploy/local"))

import psycopg2  # noqa: E402

import maildir  # noqa: E402
import services  # noqa: E402
from instance import Instance  # noqa: E402

CONTRACT = "12345678"
DEVICES = 32
MAILS_S = 60


def _configure(settings):
    """A device may renew at once; everything comes from one address."""
    settings["profiles"] = [
        {"name": "person"},
        {
            "name": "device",
            "holder": "device",
            "renewal": "certificate",
            "common_name": "{user_id}",
            "renewal_window": "365d",
        },
    ]
    settings.setdefault("policy", {})["address_attempts"] = 1000000
    settings.setdefault("est", {})["per_address_max"] = 5000
    settings["est"]["handshakes_per_address"] = 1000000
    settings["est"]["renewals_per_certificate"] = 1000000
    settings["est"]["head_time"] = "60s"  # idle ones are held, not ended
    settings["ca"]["signatures_per_minute"] = 60000


def write_secret(path, text):
    with open(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w"
    ) as file:
        file.write(text)


class Subject:
    """Runs inside of `with`."""

    def __init__(self, build, folder):
        self.estbench = os.path.join(build, "estbench")
        self.folder = folder
        self.identities = os.path.join(folder, "identities")
        self.koshin = os.path.join(build, "koshin")
        self._users = 0
        self.password = None

    def __enter__(self):
        with contextlib.ExitStack() as end:
            self.services = end.enter_context(services.temporary())
            self.k = Instance(
                self.koshin, self.services,
                os.path.join(self.folder, "koshin"),
            )  # fmt: skip
            os.makedirs(self.identities)
            self.k.init(name="Koshin bench")
            self.k.configure(_configure)
            self.k.add_contract(CONTRACT)
            self.k.start()
            end.callback(self.k.stop)
            self._end = end.pop_all()
        return self

    def __exit__(self, *error):
        self._end.close()

    def start_afresh(self):
        self.k.stop()
        self.k.start()

    # ------------------------------------------------------------- processes

    def pids(self):
        """{"parent": pid, "front": pid, ...}"""
        return {"parent": self.k.process.pid, **self.k.pids()}

    def cpu(self):
        """CPU in ms by process so far; what threads that hash have spent,
        which are nicer than the others (base/pool.c), is "argon2"."""
        spent = collections.Counter()
        for name, pid in self.pids().items():
            own = os.getpriority(os.PRIO_PROCESS, pid)
            for tid in os.listdir(f"/proc/{pid}/task"):
                task = f"/proc/{pid}/task/{tid}"
                with open(f"{task}/stat") as file:
                    nice = int(file.read().rsplit(")", 1)[1].split()[16])
                with open(f"{task}/schedstat") as file:
                    ms = int(file.read().split()[0]) / 1e6
                spent["argon2" if nice > own else name] += ms
        return spent

    # ------------------------------------------------------------------ load

    def command(self, mode, *options, label="device", url=None, pids=None):
        made = [
            self.estbench, mode, "--url", url or self.k.url, "--cacert",
            self.k.root, "--json", *options,
        ]  # fmt: skip
        if label:
            made += ["--label", label]
        if mode.startswith("reenroll"):
            made += ["--identities", self.identities]
        running = self.pids()
        for pid in pids or [running[n] for n in ("front", "auth", "issuer")]:
            made += ["--pid", str(pid)]
        return made

    def run(self, mode, *options, **target):
        return self.end(self.begin(mode, *options, **target))

    def begin(self, mode, *options, **target):
        """Goes on until end(), which gives what it has seen."""
        return subprocess.Popen(
            self.command(mode, *options, **target),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def end(self, running):
        said, complaint = running.communicate(timeout=600)
        if running.returncode != 0:
            raise RuntimeError(f"{running.args}: {complaint}\n{said}")
        return json.loads(said)

    # ---------------------------------------------------------------- people

    def people(self, many):
        """New user IDs; all have self.password. The command line would hash
        one at a time."""
        first = f"first{self._users:04}"
        if self.password is None:
            self.password = self.k.add_user(
                first, CONTRACT, "first@example.jp"
            )
            self._first = first
        users = [f"crowd{self._users + i:05}" for i in range(many)]
        self._users += many
        connection = psycopg2.connect(
            self.services.pg_conninfo("postgres", "koshin")
        )
        with connection, connection.cursor() as at:
            at.execute(
                "SELECT count(koshin.add_account('bench', u, %s, 'general',"
                " u, u || '@example.jp', 'en', a.password_hash, false))"
                " FROM koshin.account a, unnest(%s) u WHERE a.user_id = %s",
                (CONTRACT, users, self._first),
            )
        connection.close()
        return users

    def codes(self, users):
        """{user ID: the code that was mailed}, when all are there."""
        missing, found, seen = set(users), {}, ""
        give_up = time.monotonic() + MAILS_S
        while missing:
            for mail in maildir.mails(self.services.maildir, after=seen):
                user = mail["Delivered-To"].partition("@")[0]
                if user in missing and _has_code(mail):
                    found[user] = maildir.code_of(mail)
                    missing.discard(user)
            if missing and time.monotonic() > give_up:
                raise RuntimeError(f"{len(missing)} codes were not mailed")
            time.sleep(0.5 if missing else 0)
        return found

    def enroll_devices(self):
        """Certificates that can be renewed, in self.identities."""
        for i in range(DEVICES):
            _enroll(self.k, self.services, self.identities, f"device{i:03}")


def _has_code(mail):
    try:
        return bool(maildir.code_of(mail))
    except ValueError:
        return False


def _curl(k, args, body):
    """Status and body of the answer."""
    done = subprocess.run(
        ["curl", "-sS", "--cacert", k.root, "-w", "\n%{http_code}",
         "-H", "Content-Type: application/pkcs10", "--data-binary", "@-",
         *args, f"{k.url}/.well-known/est/device/simpleenroll"],
        input=body, capture_output=True, timeout=30, check=True,
    ).stdout  # fmt: skip
    answer, _, status = done.rpartition(b"\n")
    return int(status), answer


def _enroll(k, s, folder, user):
    """user.pem and user.key in the folder, by the two steps."""
    password = k.add_user(
        user, CONTRACT, f"{user}@example.jp", role="device", locale="en"
    )
    key = os.path.join(folder, user + ".key")
    csr = subprocess.run(
        ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-subj", "/"],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    status, text = _curl(k, ["-u", f"{user}:{password}"], csr)
    if status != 401:
        raise RuntimeError(f"step 1 of {user}: {status} {text!r}")
    mail = maildir.wait_for_mail(
        s.maildir, to=f"{user}@example.jp", where=_has_code, timeout=MAILS_S
    )
    code = maildir.code_of(mail)
    status, answer = _curl(k, ["-u", f"{user}:{password}{code}"], csr)
    if status != 200:
        raise RuntimeError(f"step 2 of {user}: {status} {answer!r}")
    subprocess.run(
        "openssl base64 -d -A | openssl pkcs7 -inform DER -print_certs "
        f"-out {os.path.join(folder, user)}.pem",
        shell=True, input=answer.replace(b"\n", b""), check=True,
    )  # fmt: skip
