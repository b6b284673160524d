"""postgres - a PostgreSQL server on a Unix socket, with data that stays.

Its folder belongs to the user it runs as and holds the socket. Started by
anybody but root it is closed: who gets to the socket is that user, so nothing
is asked for. Where root starts it, Koshin's processes are users of their own
(users.py): the folder is open, and each of them is taken for its own role,
root for any that is named here.
"""

import contextlib
import glob
import hashlib
import os
import shutil
import signal

import home
import process
import users
from process import ServiceError

PORT = 5432  # names the socket file; no TCP port is opened
READY = "ready"  # in line 8 of postmaster.pid

# Of PostgreSQL's own, of Koshin's schema, and of the tests.
ROLES_OF_ROOT = ("postgres", "koshin_owner", "koshin_operator",
                 "koshin_member", "mori", "member_of_them", "nobody_much",
                 "scratch_stranger")  # fmt: skip

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
    "logging_collector": "off",
}


class Postgres:
    def __init__(self, base, log, tied=False):
        self.user = process.service_user("postgres")
        self.folder = os.path.join(base, "pg")
        self.data = os.path.join(self.folder, "data")
        self.log = log
        self._tied = tied
        # Stands in the title of every process of this server.
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()
        self.name = f"koshin-{digest[:16]}"

    def conninfo(self, user, dbname):
        words = {"host": self.folder, "user": user, "dbname": dbname}
        return " ".join(f"{key}={_quoted(val)}" for key, val in words.items())

    def pid(self):
        """The pid of the postmaster, or None."""
        return next(iter(self._postmaster()), None)

    def start(self):
        if process.goes_on(self._postmaster, self._ready, "PostgreSQL"):
            return
        programs = self._programs()
        home.room(self.folder, self.user, 0o711 if users.apart() else 0o700)
        if not os.path.isdir(self.data):
            self._create(programs)
        self._clear_crash()
        argv = [os.path.join(programs, "postgres"), "-D", self.data]
        settings = dict(
            SETTINGS,
            unix_socket_directories=self.folder,
            cluster_name=self.name,
            unix_socket_permissions="0777" if users.apart() else "0700",
            **self._admission(),
        )
        for key, value in settings.items():
            argv += ["-c", f"{key}={value}"]
        if self._tied:
            argv = process.tied(argv, signal.SIGINT)
        process.launch(argv, self.user, self.log, self._ready, "PostgreSQL")

    def stop(self):
        """Fast shutdown: clients are cut off, nothing committed is lost."""
        process.end(self._postmaster, signal.SIGINT)
        process.end(self._backends, signal.SIGQUIT)

    def kill9(self):
        """What a power cut leaves: no process, all files as they were."""
        process.end(self._postmaster, signal.SIGKILL)
        process.end(self._backends, signal.SIGKILL)

    def forget(self):
        """Remove the data. The server must not run."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _postmaster(self):
        mark = b"\0-D\0" + os.fsencode(self.data) + b"\0"
        return process.find(self.user, lambda line: mark in line)

    def _backends(self):
        mark = b"postgres: " + self.name.encode() + b": "
        return process.find(self.user, lambda line: line.startswith(mark))

    def _admission(self):
        """Who is which role: what is documented for a service that root
        starts (docs/operations.md)."""
        if not users.apart():
            return {}
        roles = [(f"{users.PREFIX}-{p}", f"koshin_{p}")
                 for p in users.PROCESSES if p != "keymaker"]  # fmt: skip
        roles += [("root", role) for _, role in list(roles)]
        roles.append((f"{users.PREFIX}-front", "koshin_member"))
        roles += [("root", role) for role in ROLES_OF_ROOT]
        idents = "".join(f"koshin {user} {role}\n" for user, role in roles)
        hba = "local all all peer map=koshin\n"
        return {
            "hba_file": self._file("pg_hba.conf", hba),
            "ident_file": self._file("pg_ident.conf", idents),
        }

    def _file(self, name, text):
        path = os.path.join(self.folder, name)
        home.replace(path, text, self.user)
        return path

    def _ready(self):
        try:
            with open(self._pid_file(), encoding="utf-8") as file:
                lines = file.read().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[7].strip() == READY

    def _pid_file(self):
        return os.path.join(self.data, "postmaster.pid")

    def _clear_crash(self):
        """Without a postmaster its backends end soon by themselves. Then
        the lock files protect nothing. They would stop us if their number
        is by now somebody else's, or that of a dead process nobody has
        waited for; and an old "ready" in them would deceive us."""
        process.end(self._backends, signal.SIGQUIT)
        socket_lock = os.path.join(self.folder, f".s.PGSQL.{PORT}.lock")
        for path in (self._pid_file(), socket_lock):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)

    def _create(self, programs):
        """Make the data folder under another name first: an interrupted
        initdb leaves nothing that looks like a database. The name is our
        own, in case the initdb of a killed start still works on another."""
        for old in glob.glob(self.data + ".new.*"):
            shutil.rmtree(old, ignore_errors=True)
        fresh = f"{self.data}.new.{os.getpid()}"
        argv = [os.path.join(programs, "initdb"), "-D", fresh]
        argv += ["--username=postgres", "--encoding=UTF8"]
        argv += ["--locale=C.UTF-8", "--auth-local=trust"]
        argv += ["--auth-host=reject"]
        process.run(argv, self.user, "initdb")
        os.rename(fresh, self.data)

    def _programs(self):
        """The folder with the programs of the data's version, or of the
        newest one that is installed."""
        try:
            with open(os.path.join(self.data, "PG_VERSION")) as file:
                wanted = file.read().strip()
        except FileNotFoundError:
            wanted = None
        found = _installed()
        if not found:
            raise ServiceError("PostgreSQL is not installed: run `make deps`")
        version = wanted or str(max(map(int, found)))
        if version not in found:
            raise ServiceError(
                f"the data in {self.data} was made by PostgreSQL {version}, "
                f"and only {' and '.join(found)} is installed here. Forget "
                f"the data (`make clean-run`), or install "
                f"postgresql-{version}"
            )
        return found[version]


def _installed():
    """{"15": the folder with its programs, ...}"""
    found = glob.glob("/usr/lib/postgresql/[0-9]*/bin/postgres")
    return {path.split("/")[-3]: os.path.dirname(path) for path in found}


def _quoted(value):
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
