"""redis_server - a Redis server on a Unix socket, with data that stays.

Only its own user gets there and, where root starts it, two of Koshin's: auth,
which counts in it, and the front, which keeps the sessions of people.

(Not "redis": that is the name of Python's Redis client.)
"""

import hashlib
import os
import secrets
import shutil
import signal
import socket

import home
import process
import users
from process import ServiceError

SETTINGS = """\
port 0
unixsocket {folder}/redis.sock
unixsocketperm {perm}
dir {folder}
daemonize no
maxmemory-policy noeviction
appendonly yes
appendfsync everysec
save ""
set-proc-title no
aclfile {folder}/users.acl
"""

# Users are lost with that file; what is in the others is data.
USERS = "users.acl"
PASSWORD = "default.password"


class Redis:
    def __init__(self, base, log, tied=False):
        self.user = process.service_user("redis")
        self.folder = os.path.join(base, "redis")
        self.socket = os.path.join(self.folder, "redis.sock")
        self.config = os.path.join(self.folder, "redis.conf")
        self.log = log
        self._tied = tied

    @property
    def admin(self):
        """The file with the password of the user default, who may all."""
        return os.path.join(self.folder, PASSWORD)

    @property
    def password(self):
        with open(self.admin, encoding="ascii") as file:
            return file.read().strip()

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
        self._make_room()
        self._make_users()
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

    def lose(self):
        """Remove the data; its users stay. Redis must not run."""
        for name in os.listdir(self.folder):
            path = os.path.join(self.folder, name)
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif name.endswith((".rdb", ".aof")):
                os.unlink(path)

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
                talk.sendall(f"AUTH default {self.password}\r\n".encode())
                talk.sendall(b"PING\r\n")
                said = b""
                while said.count(b"\n") < 2 and (more := talk.recv(64)):
                    said += more
                return said == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False

    def _make_users(self):
        """Once: default, with a password that whoever has the folder knows."""
        acl = os.path.join(self.folder, USERS)
        if os.path.exists(acl):
            return
        password = secrets.token_hex(32)
        home.replace(self.admin, password + "\n")
        digest = hashlib.sha256(password.encode()).hexdigest()
        rule = f"user default on #{digest} ~* &* +@all\n"
        home.replace(acl, rule, self.user)

    def _write_config(self):
        perm = "770" if users.apart() else "700"
        text = SETTINGS.format(folder=self.folder, perm=perm)
        home.replace(self.config, text, self.user)

    def _make_room(self):
        """Where root starts it, the folder is open to the group of those who
        talk to Redis, and what is made in it is that group's: so is the
        socket."""
        if users.apart():
            home.room(self.folder, self.user, 0o2710, users.redis_gid())
        else:
            home.room(self.folder, self.user)
