"""running - a Koshin that runs for tests, and the people who use it."""

import contextlib
import copy
import itertools
import os
import shutil
import subprocess
import time

import maildir
import psycopg2
import users
import yaml
from instance import Instance

from koshin_tests.clients import requests
from koshin_tests.clients.curl import EstClient
from koshin_tests.clients.raw import Connection, basic, post
from koshin_tests.patience import PATIENCE_S, until

CONTRACT = "12345678"
PASSWORD = "Ume5-zakura"
SPACING_S = 1.1  # with code_spacing: 1s

ALWAYS = "365d"  # of a validity of 366d: the window is never closed

PROFILES = [
    {"name": "person"},
    {"name": "short", "validity": "20d", "renewal_window": "19d"},
    {"name": "bound", "binding_required": True},
    {"name": "device", "holder": "device", "renewal": "certificate",
     "common_name": "{user_id}", "renewal_window": ALWAYS},
    {"name": "late", "holder": "device", "renewal": "certificate",
     "common_name": "{user_id}"},
    {"name": "newkey", "holder": "device", "renewal": "certificate",
     "common_name": "{user_id}", "renewal_window": ALWAYS, "new_key": True},
]  # fmt: skip


def for_tests(settings):
    """All tests come from one address, and few want to wait for limits."""
    settings["profiles"] = PROFILES
    settings["tls"]["names"] = ["localhost"]
    settings["service"]["store_wait"] = "0s"
    settings.setdefault("est", {})["per_address_max"] = 1000
    settings["est"]["handshakes_per_address"] = 1000000
    settings["est"]["renewals_per_certificate"] = 1000000
    settings.setdefault("policy", {}).update(
        address_attempts=1000000, code_spacing="1s", code_resend_after="10s",
        code_per_hour=3600,
    )  # fmt: skip


class Account:
    """Somebody with a mailbox."""

    def __init__(self, server, user, password, email):
        self.server = server
        self.user = user
        self.password = password
        self.email = email
        self.locale = "en"
        self._code_again = 0

    def reads(self, locale):
        """Mails come in that language from now on, and pages."""
        self.server.rows(
            "UPDATE koshin.account SET locale = %s WHERE user_id = %s",
            locale, self.user,
        )  # fmt: skip
        self.locale = locale

    @property
    def maildir(self):
        return self.server.services.maildir

    def mark(self):
        return maildir.mark(self.maildir)

    def before_code(self):
        """The mark, once the account may have another code (R-AUTH-5)."""
        time.sleep(max(0, self._code_again - time.monotonic()))
        return self.mark()

    def mail(self, since, subject, timeout=PATIENCE_S):
        return maildir.wait_for_mail(
            self.maildir, timeout, to=self.email, subject=subject, after=since
        )

    def mails(self, since, subject):
        """Those that have come."""
        return list(
            maildir.mails(
                self.maildir, to=self.email, subject=subject, after=since
            )
        )

    def code(self, since):
        subject = {"en": "one-time code", "ja": "ワンタイムコード"}
        mail = self.mail(since, subject[self.locale])
        self._code_again = time.monotonic() + SPACING_S
        return maildir.code_of(mail)

    def row(self, column):
        return self.server.one(
            f"SELECT {column} FROM koshin.account WHERE user_id = %s",
            self.user,
        )


class Server:
    """A Koshin over `services`, in `folder`."""

    numbers = itertools.count(1)

    def __init__(self, koshin, services, folder, change=lambda settings: None):
        self.services = services
        self.folder = str(folder)
        if users.apart():
            os.makedirs(self.folder, mode=0o711, exist_ok=True)
            users.open_way(self.folder)
        self.instance = Instance(koshin, services, folder)
        self.instance.init()
        self.instance.configure(for_tests)
        self.instance.configure(change)
        self.instance.add_contract(CONTRACT)

    def start(self, **options):
        """Ready, and every thread has its connection to PostgreSQL: one that
        has none yet answers 503."""
        self.instance.start(**options)
        self.until(
            lambda: self.instance.log_text().count("front postgres-up")
            >= os.cpu_count() * (2 if "member" in self._settings else 1)
        )
        return self

    @property
    def url(self):
        return f"https://localhost:{self.port}"

    @property
    def port(self):
        return self.instance.port

    @property
    def portal_port(self):
        return self._settings["portal"]["port"]

    @property
    def member_port(self):
        return self._settings["member"]["port"]

    @property
    def operator_port(self):
        return self._settings["operator"]["port"]

    @property
    def _settings(self):
        with open(self.instance.config) as file:
            return yaml.safe_load(file)

    @property
    def head_file(self):
        """How far this instance has seen the audit trail sealed."""
        head = self._settings["audit"]["head"]
        return os.path.join(os.path.dirname(self.instance.config), head)

    @property
    def root(self):
        return self.instance.root

    def rows(self, sql, *values):
        """As the superuser."""
        with contextlib.closing(
            psycopg2.connect(
                self.services.pg_conninfo("postgres", "koshin")
            )
        ) as connection:
            connection.autocommit = True
            with connection.cursor() as at:
                at.execute(sql, values or None)
                return at.fetchall() if at.description else []

    def one(self, sql, *values):
        ((value,),) = self.rows(sql, *values)
        return value

    @contextlib.contextmanager
    def twin(self, change=lambda settings: None, **options):
        """Another instance of the same service, running: same CA, database
        and secrets, another port. `options` as for Instance.start."""
        other = copy.copy(self)
        other.instance = self.copied(change)
        other.start(**options)
        try:
            yield other
        finally:
            other.instance.stop()

    def copied(self, change):
        """An Instance of the same service that does not run, with a changed
        configuration."""
        path = os.path.join(self.folder, f"copy{next(self.numbers)}")
        other = Instance(
            self.instance.koshin, self.services, self.folder, log=path + ".log"
        )
        other.config = path + ".yaml"
        shutil.copy(self.instance.config, other.config)

        def move(settings):
            settings["listen"]["port"] = other.port
            settings["service"]["run"] = path
            settings["audit"]["head"] = f"{path}.state/audit.head"
            change(settings)

        other.configure(move)
        return other

    # ------------------------------------------------------------- people

    def account(self, role="general", password=PASSWORD, **options):
        """A new one."""
        user = f"{role[:3]}{os.getpid() % 100:02}{next(self.numbers):04}"
        email = f"{user}@example.jp"
        self.instance.add_user(
            user, CONTRACT, email, password, role=role, locale="en", **options
        )
        return Account(self, user, password, email)

    def identity(self, role="device", label="device", kind="p256"):
        """A new account with a certificate: (account, Identity)."""
        account = self.account(role)
        key = requests.new_key(kind)
        made = EstClient(self, label).enroll(account, key=key)
        return account, requests.Identity(self.folder, made, key)

    def step1(self, account, csr=None, operation="simpleenroll", **options):
        """The code from the mail; without curl, for tests that do it often."""
        since = account.before_code()
        answer = self.try_secret(
            account, account.password, csr, operation, **options
        )
        assert answer.status == 401, answer.text
        assert answer.text.startswith("One-time code mailed."), answer.text
        return account.code(since)

    def try_secret(self, account, secret, csr=None, operation="simpleenroll",
                   **options):
        """The answer to an enrollment with this user and secret."""
        user = account if isinstance(account, str) else account.user
        with Connection(self, **options) as c:
            return c.ask(
                post(operation, csr or requests.request(),
                     "Content-Type: application/pkcs10\r\n",
                     basic(user, secret))
            )  # fmt: skip

    def redis(self, *words):
        """What `redis-cli WORDS` prints."""
        return subprocess.run(
            self.services.redis_cli(*words),
            check=True, capture_output=True, text=True, timeout=PATIENCE_S,
        ).stdout.strip()  # fmt: skip

    def forgive(self):
        """All failures, locks and codes that Redis knows."""
        self.redis("FLUSHALL")

    def age_code(self, account, seconds=11):
        """Makes the code in Redis older: what that does to a clock."""
        key = f"koshin:{{{account.user}}}:code"
        born = int(self.redis("HGET", key, "born"))
        self.redis("HSET", key, "born", str(born - seconds * 1000))

    def until(self, holds):
        """Waits for something that follows an answer."""
        until(holds, self.instance.log_text)

    def until_200(self, account, secret, csr, **options):
        """The answer, once there is one for a client that tries again."""

        def tried():
            answer = self.try_secret(account, secret, csr, **options)
            assert answer.status in (200, 202, 429, 503), answer.text
            return answer if answer.status == 200 else None

        return until(tried)

    def certificates_of(self, account):
        """How many the ledger has that were issued."""
        return self.one(
            "SELECT count(*) FROM koshin.certificate c JOIN koshin.account a"
            " ON a.id = c.account WHERE a.user_id = %s"
            " AND c.state = 'issued'",
            account.user,
        )

    def age_certificate(self, certificate, days):
        """It was issued so many days earlier, as the ledger has it."""
        self.rows(
            "ALTER TABLE koshin.certificate DISABLE TRIGGER USER;"
            "UPDATE koshin.certificate SET"
            " not_before = not_before - %s * interval '1 day',"
            " not_after = not_after - %s * interval '1 day'"
            " WHERE serial = %s;"
            "ALTER TABLE koshin.certificate ENABLE TRIGGER USER",
            days, days, certificate.serial_number.to_bytes(20, "big"),
        )  # fmt: skip

    def revoke(self, certificate, reason="keyCompromise"):
        self.rows(
            "SELECT koshin.revoke_certificate('test', %s, %s)",
            certificate.serial_number.to_bytes(20, "big"), reason,
        )  # fmt: skip
