"""instance - one Koshin in a folder of its own, beside private services.

    with services.temporary() as s:
        k = Instance("build/release/koshin", s, folder, port)
        k.init()
        k.add_contract("12345678")
        k.add_user("sample001", contract="12345678", ...)
        k.start()
        ...
        k.stop()

`make run`, `make demo`, the server tests and `make bench` all start Koshin
through this one class.
"""

import itertools
import os
import re
import secrets
import shutil
import signal
import subprocess
import time

import psycopg2
import yaml
from ports import free_port

import process
import users

STEP_S = 0.02
# Of a machine that does much else beside.
START_S = 90
STOP_S = 90
DATABASE = "koshin"
# A browser finds these, and *.IT, by itself.
MEMBER_HOST = "member.localhost"
OPERATOR_HOST = "operator.localhost"
MEMBER_SECTION = re.compile("^member:", re.M)  # of koshin.yaml
# What init() has given; a URL of somebody's choice is left alone.
OUR_URL = re.compile(
    r'(?m)^(  url: )"https://(?:portal\.example\.jp|localhost:[0-9]+)/"$'
)


class InstanceError(Exception):
    """One sentence for the user."""


def good_password():
    """Random, and of all four classes (R-ACC-4), ten characters."""
    return f"Kq{secrets.token_hex(3)}-7"


def good_initial():
    """The same for a contract, of eight."""
    return f"Kq{secrets.token_hex(2)}-7"


class Instance:
    def __init__(
        self, koshin, services, folder, port=0, log=None, portal_port=None,
        member_port=None,
    ):  # fmt: skip
        """`log`: where the server's log goes; None keeps it in the folder.
        `portal_port`, `member_port`: where the door for people opens, and the
        member area; None: nowhere."""
        self.koshin = os.path.abspath(koshin)
        self.services = services
        self.folder = os.path.realpath(folder)
        self.port = port or free_port()
        self.portal_port = portal_port
        self.member_port = member_port
        self.config = os.path.join(self.folder, "koshin.yaml")
        self.log = log or os.path.join(self.folder, "koshin.log")
        self.process = None

    # ---------------------------------------------------------------- set-up

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    @property
    def portal_url(self):
        """By the name that the portal answers to, where it is open."""
        if self.portal_port is None:
            return "https://portal.example.jp/"
        return f"https://localhost:{self.portal_port}/"

    @property
    def member_url(self):
        """Where those are let in who have a certificate; None: nowhere. Data of
        before the member area has none."""
        with open(self.config, encoding="utf-8") as file:
            if not MEMBER_SECTION.search(file.read()):
                return None
        return f"https://{MEMBER_HOST}:{self.member_port}/"

    @property
    def root(self):
        """PEM of the root that clients trust."""
        return os.path.join(self.folder, "ca", "root.pem")

    @property
    def root_key(self):
        """That of the root, as `koshin init` leaves it."""
        return os.path.join(self.folder + "-root", "root.key")

    @property
    def _relay(self):
        return f"smtp://{self.services.smtp_host}:{self.services.smtp_port}"

    @property
    def initialised(self):
        return os.path.exists(self.config)

    def init(self, *options, name="Koshin"):
        """Database, CA, secrets and koshin.yaml; once."""
        self._create_database()
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        options = (*self._users(), *self._portal(), *options)
        self.run(
            "init",
            "--name", name,
            "--folder", self.folder,
            "--database", self.services.pg_conninfo("postgres", DATABASE),
            "--redis", self.services.redis_socket,
            "--redis-admin", self.services.redis.admin,
            "--mail-relay", self._relay,
            "--mail-from", "koshin@example.jp",
            "--set", "mail.starttls=false",
            "--set", "service.contact=03-0000-0000",
            "--set", f"service.url={self.portal_url}",
            "--templates", self._templates(),
            "--set", "service.sandbox=best-effort",
            "--set", f"service.run={os.path.join(self.folder, 'run')}",
            "--listen", f"localhost:{self.port}",
            "--server-name", "localhost",
            "--server-name", "127.0.0.1",
            "--server-name", MEMBER_HOST,
            "--server-name", f"*.{MEMBER_HOST}",
            "--server-name", OPERATOR_HOST,
            "--server-name", f"*.{OPERATOR_HOST}",
            *options,
        )  # fmt: skip

    def _users(self):
        """Where root starts it, its processes are users of their own, if
        these can get here: not to a checkout below /root."""
        if not users.apart():
            return ()
        os.chmod(self.folder, 0o711)
        if not users.enter(self.folder):
            return ()
        return "--set", f"service.users={users.PREFIX}"

    def _portal(self):
        if self.portal_port is None:
            return ()
        options = (
            "--set", "portal.host=localhost",
            "--set", f"portal.port={self.portal_port}",
        )  # fmt: skip
        if self.member_port is None:
            return options
        return (
            *options,
            "--set", f"member.host={MEMBER_HOST}",
            "--set", f"member.port={self.member_port}",
        )  # fmt: skip

    def _templates(self):
        """Those of the checkout; a copy, where it is closed to the users."""
        templates = os.path.join(_source(), "mailer", "templates")
        if users.apart() and not users.enter(templates):
            own = os.path.join(self.folder, "templates")
            shutil.copytree(templates, own, dirs_exist_ok=True)
            return own
        return templates

    def _create_database(self):
        """CREATE DATABASE knows no IF NOT EXISTS."""
        connection = psycopg2.connect(
            self.services.pg_conninfo("postgres", "postgres")
        )
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)
            )
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {DATABASE}")
        connection.close()

    def configure(self, change):
        """`change(settings)` alters the configuration as a dictionary."""
        with open(self.config) as file:
            settings = yaml.safe_load(file)
        change(settings)
        with open(self.config, "w") as file:
            yaml.safe_dump(settings, file, sort_keys=False, allow_unicode=True)

    def follow(self):
        """Into koshin.yaml, which stays as it is otherwise: the ports of this
        start, and the one that the mail catcher could get. Before init(),
        which makes what the portal needs."""
        with open(self.config, encoding="utf-8") as file:
            text = file.read()
        text = _with(text, "listen", "port", str(self.port))
        text = _with(text, "mail", "relay", f'"{self._relay}"')
        if self.portal_port is not None:
            text = _with_portal(text)
            text = _with(text, "portal", "port", str(self.portal_port))
            text = OUR_URL.sub(rf'\1"{self.portal_url}"', text)
        # The certificate of before the member area has no name of it.
        if MEMBER_SECTION.search(text):
            text = _with(text, "member", "port", str(self.member_port))
        with open(self.config + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(self.config + ".new", self.config)

    # ---------------------------------------------------------- command line

    def run(self, *args, stdin="", check=True):
        """Runs `koshin ARGS`; the finished process, with text in stdout."""
        command = [self.koshin, *args]
        if args and args[0] != "init":
            command += ["--config", self.config]
        done = subprocess.run(
            command, input=stdin, capture_output=True, text=True, timeout=60
        )
        if check and done.returncode != 0:
            name = itertools.takewhile(lambda a: a[:1] != "-", args)
            why = done.stderr.strip().removeprefix("koshin: ")
            raise InstanceError(f"koshin {' '.join(name)}: {why}")
        return done

    def add_contract(self, number, initial=None):
        """`initial`: its password; None: one that nobody knows."""
        how = ("--password-file", "-") if initial else ("--generate-password",)
        self.run("contract", "add", number, *how, stdin=(initial or "") + "\n")

    def add_user(self, user_id, contract, email, password=None, **options):
        """Returns the password. Options as on the command line, with _ ."""
        password = password or good_password()
        args = ["--contract", contract, "--email", email]
        options.setdefault("role", "general")
        options.setdefault("name", user_id)
        for name, value in options.items():
            args.append("--" + name.replace("_", "-"))
            if value is not True:
                args.append(str(value))
        self.run(
            "user", "add", "--user-id", user_id, *args,
            "--password-file", "-",
            stdin=password + "\n",
        )  # fmt: skip
        return password

    # ------------------------------------------------------------------ life

    def start(self, wait=True, environment=None, prefix=()):
        """`prefix`: a command to run it under, such as faketime."""
        with open(self.log, "ab") as log:
            self._log_from = log.tell()
            self.process = subprocess.Popen(
                [*prefix, self.koshin, "serve", "--config", self.config],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **(environment or {})},
            )
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        give_up = time.monotonic() + START_S
        while " ready" not in self.log_text():
            if self.process.poll() is not None:
                raise InstanceError(
                    f"koshin serve ended with {self.process.returncode}:\n"
                    + self.log_text()
                )
            if time.monotonic() > give_up:
                raise InstanceError(
                    f"koshin serve is not ready after {START_S} s:\n"
                    + self.log_text()
                )
            time.sleep(STEP_S)

    def log_text(self):
        """What this start has logged."""
        with open(self.log, "rb") as file:
            file.seek(self._log_from)
            return file.read().decode(errors="replace")

    def pids(self):
        """{"front": pid, "issuer": pid, ...} as they are now."""
        found = {}
        task = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        with open(task) as file:
            for pid in map(int, file.read().split()):
                try:
                    with open(f"/proc/{pid}/comm") as comm:
                        name = comm.read().strip()
                except (FileNotFoundError, ProcessLookupError):
                    continue  # it has ended since
                found[name.removeprefix("koshin-")] = pid
        return found

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def stop(self):
        """SIGTERM; the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise InstanceError("koshin serve does not stop") from None
        self.process = None
        self._look_for_sanitizers()
        return status

    def _look_for_sanitizers(self):
        """What a sanitizer build had to say is an error."""
        said = self.log_text() if os.path.isfile(self.log) else ""
        if "Sanitizer" in said or "runtime error:" in said:
            raise InstanceError(f"a sanitizer reported:\n{said}")

    def end_orphans(self):
        """Kill what runs with our configuration and is not ours: its starter
        was killed."""
        mark = b"\0serve\0--config\0" + os.fsencode(self.config) + b"\0"
        process.end(
            lambda: process.find(process.myself(), lambda line: mark in line),
            signal.SIGKILL,
        )

    def kill9(self):
        """All its processes at once: they die with their parent."""
        self.process.kill()
        self.process.wait()
        self.process = None


def _with(text, section, key, value):
    """`text` of a koshin.yaml with another value for the key."""
    changed, count = re.subn(
        rf"(?m)(^{section}:\n(?:[ #].*\n|\n)*?  {key}: ).*$",
        lambda found: found.group(1) + value,
        text,
        count=1,
    )
    if count == 0:
        raise InstanceError(f"koshin.yaml has no {section}.{key}")
    return changed


def _with_portal(text):
    """`text` of a koshin.yaml of before there was a portal, with one."""
    if re.search("(?m)^portal:", text) is None:
        text = text.rstrip("\n") + "\n\nportal:\n  host: localhost\n  port: 0\n"
    if re.search("(?m)^  front_user:", text) is None:
        text = re.sub(
            "(?m)^redis:\n",
            "redis:\n  front_user: koshin_front\n"
            "  front_password: secrets/redis-front.password\n",
            text,
        )
    return text


def _source():
    """The top of the checkout that this file is in."""
    here = os.path.realpath(__file__)
    return os.path.dirname(os.path.dirname(os.path.dirname(here)))
