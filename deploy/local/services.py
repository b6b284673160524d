"""services - what Koshin needs around it, private to one folder: PostgreSQL
and Redis on Unix sockets, and a mail server on loopback that keeps all mail.

    with services.temporary() as s:         tests: a folder that goes away
        psycopg2.connect(s.pg_conninfo("postgres", "postgres"))

    s = services.Services("var", tied=True) make run: data that stays
    s.start()                               repeatable; mends what crashed
    s.stop()
    s.forget()                              stop, and remove the data

The servers outlive the program that started them, unless they are `tied`.
start() finds those that run and starts the others, so it also carries on after
a crash of any of them.
Errors are ServiceError, with a sentence for the user. Start and stop of one
folder wait for each other.
"""

import argparse
import contextlib
import fcntl
import json
import os
import shutil
import sys
import tempfile

import home
import redis
import users
from postgres import Postgres
from process import ServiceError
from redis_server import Redis
from smtp_server import ADDRESS, SmtpServer


class Services:
    def __init__(
        self, folder, smtp_port=0, say=lambda line: None, tied=False
    ):
        """`smtp_port` 0 is any free one, kept from start to start. `say`
        hears what a user should know, a line at a time. `tied`: the servers
        end when the thread that started them dies, however it dies."""
        self.folder = os.path.realpath(folder)
        self.smtp_host = ADDRESS
        self._say = say
        self._tied = tied
        self._log = os.path.join(self.folder, "log")
        self.smtp = SmtpServer(
            self.folder, smtp_port, os.path.join(self._log, "smtp.log"), tied
        )
        self._settle(home.current(self.folder) or self.folder)

    def _settle(self, base):
        self.pg = Postgres(
            base, os.path.join(self._log, "postgres.log"), self._tied
        )
        self.redis = Redis(
            base, os.path.join(self._log, "redis.log"), self._tied
        )

    # ------------------------------------------------------------ all of them

    def start(self):
        os.makedirs(self._log, exist_ok=True)
        with self._alone():
            owners = [self.pg.user, self.redis.user]
            users.make()
            self._settle(home.settle(self.folder, owners, self._say))
            self.pg.start()
            self.redis.start()
            self.smtp.start()
        return self

    def stop(self):
        if not os.path.isdir(self.folder):
            return
        with self._alone():
            for server in (self.smtp, self.redis, self.pg):
                server.stop()

    def forget(self):
        """Stop, and remove what the servers wrote, mails included."""
        if not os.path.isdir(self.folder):
            return
        self.stop()
        with self._alone():
            for server in (self.smtp, self.redis, self.pg):
                server.forget()
            home.forget(self.folder)
            shutil.rmtree(self._log, ignore_errors=True)
        os.unlink(self._lock_file())

    def __enter__(self):
        return self.start()

    def __exit__(self, *error):
        self.stop()

    def pids(self):
        """The pid of each server by its name; None: it does not run."""
        return {
            "postgres": self.pg.pid(),
            "redis": self.redis.pid(),
            "smtp": self.smtp.pid(),
        }

    def status(self):
        return {
            "folder": self.folder,
            "pids": self.pids(),
            "pg_host": self.pg.folder,
            "redis_socket": self.redis_socket,
            "redis_admin": self.redis.admin,
            "smtp_host": self.smtp_host,
            "smtp_port": self.smtp_port,
            "maildir": self.maildir,
            "logs": self._log,
        }

    # ------------------------------------------------------------- PostgreSQL

    def pg_conninfo(self, user, dbname):
        """A libpq connection string. The superuser is `postgres`."""
        return self.pg.conninfo(user, dbname)

    def start_postgres(self):
        self.pg.start()

    def stop_postgres(self):
        self.pg.stop()

    def kill9_postgres(self):
        """What a power cut does to it: all its processes at once."""
        self.pg.kill9()

    # ------------------------------------------------------------------ Redis

    @property
    def redis_socket(self):
        return self.redis.socket

    def redis_client(self):
        """Of Python, as the user default."""
        return redis.Redis(
            unix_socket_path=self.redis_socket, password=self.redis.password
        )

    def redis_cli(self, *words):
        """The command that says WORDS to it, as the user default."""
        return ["redis-cli", "-s", self.redis_socket, "--no-auth-warning",
                "-a", self.redis.password, *words]  # fmt: skip

    def start_redis(self):
        self.redis.start()

    def stop_redis(self):
        self.redis.stop()

    def restart_redis(self, flush=False):
        """`flush`: it comes back with nothing, as after a loss."""
        self.redis.stop()
        if flush:
            self.redis.lose()
        self.redis.start()

    # ------------------------------------------------------------------- mail

    @property
    def smtp_port(self):
        return self.smtp.port

    @property
    def maildir(self):
        return self.smtp.maildir

    @property
    def smtp_certificate(self):
        """What a client must trust once smtp_script() asked for TLS."""
        return self.smtp.certificate

    def smtp_script(self, **behaviour):
        """See smtp_catcher.py: tls, require_tls, user, password, faults."""
        self.smtp.script(**behaviour)

    def start_smtp(self):
        self.smtp.start()

    def stop_smtp(self):
        self.smtp.stop()

    # ---------------------------------------------------------------- private

    def _lock_file(self):
        return os.path.join(self.folder, "services.lock")

    @contextlib.contextmanager
    def _alone(self):
        with open(self._lock_file(), "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


@contextlib.contextmanager
def temporary(**options):
    """Services in a new folder that is gone afterwards."""
    folder = tempfile.mkdtemp(prefix="koshin-test-", dir="/tmp")
    # The servers' users pass through to the folders of theirs.
    os.chmod(folder, 0o711)
    services = Services(folder, **options)
    try:
        yield services.start()
    finally:
        services.forget()
        shutil.rmtree(folder)


# ------------------------------------------------------------ command line


def _table(status):
    """One line per server, for people."""
    where = {
        "postgres": f"psql -h {status['pg_host']} -U postgres",
        "redis": f"redis-cli -s {status['redis_socket']}, "
        f"password in {status['redis_admin']}",
        "smtp": f"{status['smtp_host']}:{status['smtp_port']}, "
        f"mails in {status['maildir']}/new",
    }
    for name, pid in status["pids"].items():
        state = f"pid {pid}" if pid else "stopped"
        yield f"{name:9} {state:12} {where[name] if pid else ''}".rstrip()


def main():
    parser = argparse.ArgumentParser(
        prog="services",
        description="Koshin's private PostgreSQL, Redis and mail catcher.",
        epilog="`status` exits with 3 unless all run.",
    )
    parser.add_argument("do", choices=["start", "stop", "status", "forget"])
    parser.add_argument("folder", help="where they keep their state")
    parser.add_argument("--smtp-port", type=int, default=0, metavar="N")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if not 0 <= args.smtp_port <= 65535:
        parser.error("--smtp-port: 0 to 65535")

    def say(line):
        print(line, file=sys.stderr)

    try:
        services = Services(args.folder, args.smtp_port, say)
        if args.do != "status":
            getattr(services, args.do)()
        status = services.status()
    except (ServiceError, OSError) as wrong:
        sys.exit(f"services: {wrong}")
    if args.json:
        print(json.dumps(status, indent=2))
    elif args.do in ("start", "status"):
        print("\n".join(_table(status)))
    if args.do == "status" and None in status["pids"].values():
        sys.exit(3)
