"""replicas - a Redis that others follow, and what may happen to it.

    with Replicas(folder) as redis: redis.socket is where Koshin looks.

The socket is a link that failover turns to the follower, as a proxy or a
sentinel would. A Redis follows over TCP only: the one that is followed listens
on loopback as well.

The ways to lose data have `prepare`, before what is to be lost, and `strike`.
"""

import os
import shutil
import signal
import subprocess

import process
from ports import free_port
from redis_server import Redis

from koshin_tests.patience import PATIENCE_S


class Replicas:
    """Its servers belong to the test."""

    def __init__(self, folder):
        self.folder = folder
        self.socket = os.path.join(folder, "redis.sock")
        self.servers = []
        self.master = self.new_server()
        self.promote(self.master)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for server in self.servers:
            server.kill9()
        shutil.rmtree(self.folder)

    def __call__(self, *words):
        return ask(self.master, *words)

    def new_server(self):
        home = os.path.join(self.folder, str(len(self.servers)))
        os.mkdir(home)
        os.chmod(home, 0o711)
        server = Redis(home, os.path.join(self.folder, "log"))
        server.start()
        # As Redis comes: Koshin is its user default here.
        ask(server, "ACL", "SETUSER", "default", "nopass")
        ask(server, "ACL", "SAVE")
        self.servers.append(server)
        return server

    def new_follower(self):
        """One that knows all there is."""
        server = self.new_server()
        follow(server, self.master)
        return server

    def promote(self, server):
        """Koshin finds this one from now on."""
        self.master = server
        fresh = self.socket + ".new"
        os.symlink(server.socket, fresh)
        os.replace(fresh, self.socket)


def follow(server, master):
    """From now on, and has all that the master has."""
    port = str(free_port())
    ask(master, "CONFIG", "SET", "bind", "127.0.0.1")
    ask(master, "CONFIG", "SET", "repl-diskless-sync-delay", "0")
    ask(master, "CONFIG", "SET", "port", port)
    ask(server, "REPLICAOF", "127.0.0.1", port)
    process.wait_until(
        lambda: "master_link_status:up" in ask(server, "INFO", "replication"),
        PATIENCE_S,
    )


def ask(server, *words):
    """What `redis-cli WORDS` prints."""
    return subprocess.run(
        ["redis-cli", "-s", server.socket, "--no-auth-warning",
         "--user", "default", "-a", server.password, *words],
        check=True, capture_output=True, text=True, timeout=PATIENCE_S,
    ).stdout.strip()  # fmt: skip


# ------------------------------------------------------------ ways to lose


class Flushed:
    """Somebody empties it."""

    def prepare(self, redis):
        pass

    def strike(self, redis):
        redis("FLUSHALL")


class RestartedEmpty:
    """It dies, and what it wrote is gone (F-28)."""

    def prepare(self, redis):
        pass

    def strike(self, redis):
        redis.master.kill9()
        redis.master.lose()
        redis.master.start()


class FailedOver:
    """It dies, and its follower had stopped to follow (F-30)."""

    def prepare(self, redis):
        self.follower = redis.new_follower()
        process.send([self.follower.pid()], signal.SIGSTOP)
        # Or the kernel keeps for it what it does not read.
        redis("CLIENT", "KILL", "TYPE", "replica")

    def strike(self, redis):
        redis.master.kill9()
        process.send([self.follower.pid()], signal.SIGCONT)
        ask(self.follower, "REPLICAOF", "NO", "ONE")
        redis.promote(self.follower)


WAYS = {
    "flushed": Flushed(),
    "restarted empty": RestartedEmpty(),
    "failed over": FailedOver(),
}
