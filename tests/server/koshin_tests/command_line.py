"""command_line - `koshin` as an operator uses it, with services of its own."""

import itertools
import json
import os
import re
import subprocess

import psycopg2

from koshin_tests.patience import PATIENCE_S
from koshin_tests.place import ROOT

PASSWORD = "Tr-7kLm#9x"
INITIAL = "Tr-7kLm#"


class Desk:
    """`koshin` with its own services and configuration."""

    def __init__(self, program, services, folder):
        self.program = str(program)
        self.services = services
        self.folder = folder
        self.config = str(folder / "koshin.yaml")

    def __call__(self, *args, stdin="", env=None, **options):
        return subprocess.run(
            [self.program, *args],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            env={**os.environ, "KOSHIN_CONFIG": self.config, **(env or {})},
            **options,
        )

    def good(self, *args, **options):
        done = self(*args, **options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *args, code=1, **options):
        """What it says when it does not do it."""
        done = self(*args, **options)
        assert done.returncode == code, done.stdout + done.stderr
        assert done.stdout == ""
        return done.stderr

    def json(self, *args):
        return json.loads(self.good(*args, "--json"))

    def sql(self, text, *values):
        connection = psycopg2.connect(
            self.services.pg_conninfo("postgres", "koshin")
        )
        connection.autocommit = True
        with connection.cursor() as at:
            at.execute(text, values)
            rows = at.fetchall() if at.description else None
        connection.close()
        return rows

    def create_database(self):
        connection = psycopg2.connect(
            self.services.pg_conninfo("postgres", "postgres")
        )
        connection.autocommit = True
        connection.cursor().execute("CREATE DATABASE koshin")
        connection.close()

    def init(self, *args, folder=None, env=None):
        if "--database" not in args:
            owner = self.services.pg_conninfo("postgres", "koshin")
            args += ("--database", owner)
        return self(
            "init",
            "--folder", str(folder or self.folder),
            "--redis", self.services.redis_socket,
            "--redis-admin", self.services.redis.admin,
            "--mail-relay", f"smtp://127.0.0.1:{self.services.smtp_port}",
            "--templates", str(ROOT / "mailer" / "templates"),
            "--server-name", "localhost",
            "--name", "Example Bank",
            "--set", "service.contact=03-0000-0000",
            "--set", "service.url=https://portal.example.jp/",
            *args,
            env=env,
        )  # fmt: skip

    def commands(self):
        """The names of all commands."""
        return re.findall(
            r"^  ([a-z-]+(?: [a-z-]+)?)  +\S", self.good("--help"), re.M
        )


counter = itertools.count(10000000)


def add_contract(desk):
    number = str(next(counter))
    desk.good("contract", "add", number, "--password-file", "-",
              "--name", "Customer", stdin=INITIAL + "\n")  # fmt: skip
    return number


def add_user(desk, contract, /, **changes):
    """The call that adds a user, and its ID."""
    values = {
        "user-id": f"user{next(counter)}",
        "contract": contract,
        "role": "general",
        "name": "Taro",
        "email": "taro@example.jp",
        **changes,
    }
    args = [f"--{key}={value}" for key, value in values.items()]
    done = desk(
        "user", "add", *args, "--password-file", "-", stdin=PASSWORD + "\n"
    )
    return done, values["user-id"]
