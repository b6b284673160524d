"""redis_server - a Redis server on a Unix socket, with data that stays.

(Not "redis": that is the name of Python's Redis client.)
"""

import os
import shutil
import signal
import socket

import home
import process
from process import ServiceError

SETTINGS = """\
port 0
unixsocket {folder}/redis.sock
unixsocketperm 700
dir {folder}
daemonize no
maxmemory-policy noeviction
appendonly yes
appendfsync everysec
save ""
set-proc-title no
"""


class Redis:
    def __init__(self, base, log, tied=False):
        self.user = process.service_user("redis")
        self.folder = os.path.join(base, "redis")
        self.socket = os.path.join(self.folder, "redis.sock")
        self.config = os.path.join(self.folder, "redis.conf")
        self.log = log
        self._tied = tied

    def pid(self):
        return next(iter(self._find()), None)

    def start(self):
        if process.goes_on(self._find, self._ready, "Redis"):
            return
        program = shutil.which(
            "redis-server", path=process.ENVIRONMENT["PATH"]
        )
        if program is None:
            raise ServiceError("Redis is not installed: run `make deps`")
        home.room(self.folder, self.user)
        self._write_config()
        argv = [program, self.config]
        if self._tied:
            argv = process.tied(argv)
        process.launch(argv, self.user, self.log, self._ready, "Redis")

    def stop(self):
        process.end(self._find)

    def kill9(self):
        process.end(self._find, signal.SIGKILL)

    def forget(self):
        """Remove the data. Redis must not run."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _find(self):
        # With set-proc-title off the command line stays as we gave it.
        mark = b"redis-server\0" + os.fsencode(self.config) + b"\0"
        return process.find(self.user, lambda line: mark in line)

    def _ready(self):
        """While Redis reads its data it answers "-LOADING"."""
        try:
            with socket.socket(socket.AF_UNIX) as talk:
                talk.settimeout(5)
                talk.connect(self.socket)
                talk.sendall(b"PING\r\n")
                return talk.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def _write_config(self):
        """The folder belongs to the server's user, so the file is replaced
        and never written through a link that might lie there."""
        fresh = self.config + ".new"
        try:
            os.unlink(fresh)
        except FileNotFoundError:
            pass
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        file = os.open(fresh, flags, 0o600)
        with os.fdopen(file, "w", encoding="ascii") as out:
            out.write(SETTINGS.format(folder=self.folder))
            if os.geteuid() != self.user.pw_uid:
                os.fchown(file, self.user.pw_uid, self.user.pw_gid)
        os.replace(fresh, self.config)
