"""subject - the Koshin that is measured, with services of its own.

    with Subject(build, folder) as subject:
        subject.run("cacerts-new", "--requests", "1000")

It knows people and devices, has an address limit that is out of the way, and
can be started afresh. Mails go to the catcher of the tests, where codes are
read from them, or into a sink that takes next to nothing.
"""

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "deploy/local"))

import psycopg2  # noqa: E402

import cpu  # noqa: E402
import fill  # noqa: E402
import maildir  # noqa: E402
import services  # noqa: E402
import sink  # noqa: E402

CONTRACT = "12345678"
DEVICES = 32
MAILS_S = 60
# So many certificates are there before anybody is asked: a fifth as many
# accounts, so that PostgreSQL plans as it does in production.
FIRST_CERTIFICATES = 10000
LEAST = 40  # of anything that is measured
MANY = 100000  # certificates: who waits for them is told how far it is


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
    settings.setdefault("est", {})["per_address_max"] = 6000
    settings["est"]["handshakes_per_address"] = 1000000
    settings["est"]["renewals_per_certificate"] = 1000000
    settings["est"]["head_time"] = "300s"  # idle ones are held, not ended
    settings["ca"]["signatures_per_minute"] = 60000


def _keep_mails(settings):
    """To remove what a filled ledger has of them is not what is measured."""
    settings["mail"]["keep"] = "0d"


def write_secret(path, text):
    with open(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w"
    ) as file:
        file.write(text)


class Subject:
    """Runs inside of `with`. `build` may be an older one; who asks it, and
    counts, is of this checkout (`tools`)."""

    def __init__(self, build, folder, tools=None, grown_to=1000000,
                 certificates=FIRST_CERTIFICATES):  # fmt: skip
        self.build = build
        self.tools = tools or build
        self.grown_to = grown_to
        self.other = None  # other.Other, asked the same in turn
        self.scale = 1.0
        self._grown = None
        self.estbench = os.path.join(self.tools, "estbench")
        self.folder = folder
        self.identities = os.path.join(folder, "identities")
        self.koshin = os.path.join(build, "koshin")
        self._users = 0
        self.password = None
        self._first_certificates = certificates

    def __enter__(self):
        with contextlib.ExitStack() as end:
            self.services = end.enter_context(services.temporary())
            self.sink = end.enter_context(sink.open_sink())
            os.makedirs(self.identities)
            self.k = _instance_of(self.build)(
                self.koshin, self.services,
                os.path.join(self.folder, "koshin"),
            )  # fmt: skip
            self.k.init(name="Koshin bench")
            with open(self.k.config) as file:
                if " keep: " in file.read():  # a build that removes mails
                    self.k.configure(_keep_mails)
            self.k.configure(_configure)
            self.k.add_contract(CONTRACT)
            # The one connection of who measures: cpu.Meter leaves it out.
            self.database = psycopg2.connect(
                self.services.pg_conninfo("postgres", "koshin")
            )
            self.database.autocommit = True
            self._set(autovacuum="off")
            end.callback(self.database.close)
            self.k.start()
            end.callback(self.k.stop)
            self._mails = "catcher"
            self._fill(self._first_certificates)
            self.meter = cpu.Meter(self.pids, self.services)
            self._end = end.pop_all()
        return self

    def __exit__(self, *error):
        self._end.close()

    def start_afresh(self):
        self.k.stop()
        self.k.start()

    def mails_to(self, where):
        """"catcher" or "sink"; starts it afresh if that is another."""
        if where == self._mails:
            return
        port = self.services.smtp_port
        relay = f"smtp://127.0.0.1:{port}" if where == "catcher" else self.sink

        def change(settings):
            settings["mail"]["relay"] = relay

        self.k.configure(change)
        self._mails = where
        self.start_afresh()

    def _set(self, **settings):
        """Of PostgreSQL; None: as it was."""
        for name, value in settings.items():
            done = f"SET {name} = '{value}'" if value else f"RESET {name}"
            self.ask(f"ALTER SYSTEM {done}")
        self.ask("SELECT pg_reload_conf()")

    def _fill(self, certificates):
        """No page is written whole into the log meanwhile: serials are
        random, and each falls onto another page of its index."""
        began = time.monotonic()
        self._set(full_page_writes="off", max_wal_size="8GB")
        fill.fill(
            self.database, certificates,
            self._say if certificates > MANY else _silent,
        )  # fmt: skip
        self._set(full_page_writes=None, max_wal_size=None)
        self.ask("CHECKPOINT")
        self.filled_s = time.monotonic() - began

    def _say(self, line):
        print(f"bench: fill: {line}", flush=True)

    def grown(self):
        """The same build with a big ledger, which stays for as long."""
        if self._grown is None:
            self._grown = False  # until it is there
            grown = Subject(
                self.build, self.folder + "-grown", self.tools,
                certificates=self.grown_to,
            )  # fmt: skip
            self._end.enter_context(grown)
            grown.scale = self.scale
            grown.enroll_devices()
            self._grown = grown
        if not self._grown:
            raise RuntimeError("there is no big ledger")
        return self._grown

    def ask(self, statement, *values):
        """Rows of a statement, as PostgreSQL's superuser."""
        with self.database.cursor() as at:
            at.execute(statement, values or None)
            return at.fetchall() if at.description else []

    # ------------------------------------------------------------- processes

    def pids(self):
        """{"parent": pid, "front": pid, ...}"""
        return {"parent": self.k.process.pid, **self.k.pids()}

    def cpu(self):
        """CPU in ms by process so far (cpu.py)."""
        return self.meter.read()

    def spent(self, work):
        """(what work() gave, {process: ms} that it took in all)."""
        self.tidy()
        watch = self.meter.begin()
        seen = work()
        return seen, watch.end()

    def tidy(self):
        """What autovacuum would do at a time of its own choice."""
        self.ask("VACUUM (ANALYZE)")

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
        for pid in pids or [running["front"]]:
            made += ["--pid", str(pid)]
        return made

    def many(self, count):
        """So many, or fewer where only a glance is wanted (--scale)."""
        return max(LEAST, int(count * self.scale))

    def run(self, mode, *options, **target):
        return self.end(self.begin(mode, *options, **target))

    def begin(self, mode, *options, **target):
        """Goes on until end(), which gives what it has seen."""
        return subprocess.Popen(
            self.command(mode, *options, **target),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def end(self, running):
        try:
            said, complaint = running.communicate(timeout=600)
        except subprocess.TimeoutExpired:
            running.kill()
            raise
        if running.returncode != 0:
            mode = " ".join(running.args[1:2])
            raise RuntimeError(
                f"estbench {mode}: {complaint.strip()}\n{running.args}\n{said}"
            )
        return json.loads(said)

    # ----------------------------------------------------------------- mails

    def queue_mails(self, count, wait):
        """Notices that are due in `wait`, an interval."""
        self.ask(
            "INSERT INTO koshin.mail (event_key, kind, account, recipient,"
            " locale, parameters, priority, message_id, due_at)"
            " SELECT 'bench:' || n, CASE WHEN n %% 10 = 0 THEN 'expires_30'"
            " ELSE 'expires_10' END, a.id, a.email, a.locale,"
            " jsonb_build_object('user_id', a.user_id, 'name', a.name,"
            " 'contract', a.contract, 'serial', md5(n::text), 'subject',"
            " 'CN=x', 'profile', 'person', 'not_after', 1900000000), 7,"
            " 'bench' || n, now() + %s::interval"
            " FROM generate_series(1, %s) n JOIN (SELECT *,"
            " row_number() OVER (ORDER BY id DESC) place FROM"
            " koshin.account ORDER BY id DESC LIMIT 2000) a"
            " ON a.place = 1 + n %% 2000",
            wait, count,
        )  # fmt: skip

    def hurry_mails(self):
        """They are due now."""
        self.ask(
            "UPDATE koshin.mail SET due_at = now()"
            " WHERE event_key LIKE 'bench:%%' AND state = 'queued'"
        )
        self.ask("NOTIFY koshin_mail")

    def mails_waiting(self):
        return self.ask(
            "SELECT count(*) FROM koshin.mail WHERE state = 'queued'"
        )[0][0]

    def forget_mails(self):
        self.ask("DELETE FROM koshin.mail WHERE event_key LIKE 'bench:%%'")

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
        self.ask(
            "SELECT count(koshin.add_account('bench', u, %s, 'general',"
            " u, u || '@example.jp', 'en', a.password_hash, false))"
            " FROM koshin.account a, unnest(%s) u WHERE a.user_id = %s",
            CONTRACT, users, self._first,
        )  # fmt: skip
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

    def enroll_devices(self, many=DEVICES):
        """Certificates that can be renewed, in self.identities."""
        for i in range(many):
            enroll(self.k, self.services, self.identities, f"device{i:03}")


def _instance_of(build):
    """Its class Instance, of the checkout that it was built from: how
    `koshin init` is called changes."""
    top = os.path.dirname(os.path.dirname(os.path.realpath(build)))
    path = os.path.join(top, "deploy/local/instance.py")
    if not os.path.exists(path):
        path = os.path.join(os.path.dirname(HERE), "deploy/local/instance.py")
    spec = importlib.util.spec_from_file_location("instance_of_build", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Instance


def _silent(_line):
    pass


def _has_code(mail):
    try:
        return bool(maildir.code_of(mail))
    except ValueError:
        return False


def _asked(k, args, body, label):
    """Status and body of the answer. A server that is too busy just now, or
    beside whom others are, is asked again, as it says."""
    give_up = time.monotonic() + MAILS_S
    while True:
        status, answer = _curl(k, args, body, label)
        if status != 503 or time.monotonic() > give_up:
            return status, answer
        time.sleep(1)


def _curl(k, args, body, label):
    done = subprocess.run(
        ["curl", "-sS", "--cacert", k.root, "-w", "\n%{http_code}",
         "-H", "Content-Type: application/pkcs10", "--data-binary", "@-",
         *args, f"{k.url}/.well-known/est/{label}/simpleenroll"],
        input=body, capture_output=True, timeout=30, check=True,
    ).stdout  # fmt: skip
    answer, _, status = done.rpartition(b"\n")
    return int(status), answer


def enroll(k, s, folder, user, role="device", label="device"):
    """user.pem and user.key in the folder, by the two steps; the password."""
    password = k.add_user(
        user, CONTRACT, f"{user}@example.jp", role=role, locale="en"
    )
    key = os.path.join(folder, user + ".key")
    csr = subprocess.run(
        ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-subj", "/"],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    status, text = _asked(k, ["-u", f"{user}:{password}"], csr, label)
    if status != 401:
        raise RuntimeError(f"step 1 of {user}: {status} {text!r}")
    mail = maildir.wait_for_mail(
        s.maildir, to=f"{user}@example.jp", where=_has_code, timeout=MAILS_S
    )
    code = maildir.code_of(mail)
    status, answer = _asked(
        k, ["-u", f"{user}:{password}{code}"], csr, label
    )
    if status != 200:
        raise RuntimeError(f"step 2 of {user}: {status} {answer!r}")
    subprocess.run(
        "openssl base64 -d -A | openssl pkcs7 -inform DER -print_certs "
        f"-out {os.path.join(folder, user)}.pem",
        shell=True, input=answer.replace(b"\n", b""), check=True,
    )  # fmt: skip
    return password
