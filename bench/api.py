"""api - what the pages ask the doors for people: three kinds of answers, 200 a
second together, while others show passwords, each an Argon2id; a master's list
of 2,000 users, and one of them; and what a session takes in Redis.

The portal and the member area are open for as long as this lasts.
"""

import contextlib
import hashlib
import http.client
import json
import os
import ssl
import statistics
import subprocess
import time

from flood import Flood
from rows import Row
from subject import enroll, write_secret

import ports  # where subject.py has found it

# What is asked at once, and how often in a second: the page where the session
# is, own details, the first page of a master's list.
SESSION, OWN, LIST = 120, 60, 20
PER_SECOND = SESSION + OWN + LIST
PASSWORDS = 8  # a second beside it, of user IDs that nobody has
CONNECTIONS = 8  # of each kind
SECONDS = 8
ROUNDS = 3
ANSWER_MS = 20
USERS = 2000
TIMES = 40
LIST_MS = 50
SESSION_KIB = 1
PORTAL, MEMBER = "localhost", "member.localhost"
COOKIES = {PORTAL: "__Host-koshin-portal", MEMBER: "__Host-koshin-member"}


class Window(http.client.HTTPSConnection):
    """A browser's, at one of the two doors, over one connection."""

    def __init__(self, subject, host, port, certificate=None):
        self.tls = ssl.create_default_context(cafile=subject.k.root)
        if certificate:
            self.tls.load_cert_chain(*certificate)
        super().__init__("localhost", port, timeout=60)
        self.named, self.cookie = host, None
        self.certificate = certificate

    def connect(self):
        http.client.HTTPConnection.connect(self)
        self.sock = self.tls.wrap_socket(
            self.sock, server_hostname=self.named
        )

    def ask(self, path, body):
        """The answer; others than 200 are told."""
        try:
            answer, said = self._asked(path, body)
        except OSError:  # what was idle is closed
            self.close()
            answer, said = self._asked(path, body)
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {said!r}")
        for field in answer.headers.get_all("Set-Cookie") or ():
            self.cookie = field.partition("; ")[0].partition("=")[2]
        return json.loads(said)

    def _asked(self, path, body):
        self.request(
            "POST", f"/api/v1{path}", json.dumps(body),
            {"Host": f"{self.named}:{self.port}",
             "Content-Type": "application/json",
             "Sec-Fetch-Site": "same-origin", "Cookie": self.sent or "x=1"},
        )  # fmt: skip
        answer = self.getresponse()
        return answer, answer.read()

    @property
    def sent(self):
        return self.cookie and f"{COOKIES[self.named]}={self.cookie}"


@contextlib.contextmanager
def _opened(subject):
    """{host: port}"""
    at = {PORTAL: ports.free_port(), MEMBER: ports.free_port()}

    def change(settings):
        settings["portal"] = {"host": PORTAL, "port": at[PORTAL]}
        settings["member"] = {"host": MEMBER, "port": at[MEMBER]}

    def back(settings):
        del settings["portal"], settings["member"]

    subject.k.configure(change)
    subject.start_afresh()
    try:
        yield at
    finally:
        subject.k.configure(back)
        subject.start_afresh()


def measure(subject):
    subject.mails_to("catcher")
    with _opened(subject) as at:
        person = Window(subject, PORTAL, at[PORTAL])
        (user,) = subject.people(1)
        person.ask(
            "/issue/password", {"user": user, "password": subject.password}
        )
        master = _at_desk(subject, at[MEMBER])
        return [
            _answers(subject, person, master),
            *_desk(subject, master),
            _session(subject, person, master),
        ]


def _answers(subject, person, master):
    kinds = {
        "session": _kind(subject, "session", person, SESSION, "session"),
        "own details": _kind(subject, "own", master, OWN, "own"),
        "a page of the list": _kind(
            subject, "list", master, LIST, "desk/users", {"list": "all"}
        ),
    }  # fmt: skip
    seen = {name: [] for name in kinds}
    with Flood(subject, PASSWORDS, CONNECTIONS) as shown:
        for _ in range(ROUNDS):
            running = {n: subject.begin(*o, **w) for n, (o, w) in kinds.items()}
            for name, one in running.items():
                seen[name].append(subject.end(one)["latency_ms"])
    middle = {
        name: [statistics.median(one[p] for one in rounds)
               for p in ("p50", "p99")]
        for name, rounds in seen.items()
    }  # fmt: skip
    told = "; ".join(f"{name}: p50 {p50:.1f}, p99 {p99:.1f}"
                     for name, (p50, p99) in middle.items())  # fmt: skip
    return Row(f"API, p99 at {PER_SECOND} requests/s",
               max(p99 for _, p99 in middle.values()), "ms", ANSWER_MS,
               f"the slowest kind; {told}; the middle of {ROUNDS} rounds; "
               f"beside it {shown.told()}",
               reach=True)  # fmt: skip


def _kind(subject, name, window, rate, path, body=None):
    """(options, where) of estbench, as that window asks."""
    fields, posted = (
        os.path.join(subject.folder, f"{name}.{what}")
        for what in ("fields", "body")
    )
    lines = f"Cookie: {window.sent}\n"
    options = []
    if body is not None:
        lines += ("Content-Type: application/json\n"
                  "Sec-Fetch-Site: same-origin\n")  # fmt: skip
        write_secret(posted, json.dumps(body))
        options += ["--body-file", posted]
    write_secret(fields, lines)
    if window.certificate:
        options += ["--cert", window.certificate[0],
                    "--key", window.certificate[1]]  # fmt: skip
    options = [
        "get-kept", "--rate", str(rate), "--seconds", str(SECONDS),
        "--connections", str(CONNECTIONS), "--fields-file", fields, *options,
    ]  # fmt: skip
    url = f"https://{window.named}:{window.port}/api/v1/{path}"
    return options, {"label": None, "url": url}


def _at_desk(subject, port):
    """A master who has logged in, of a contract with many users."""
    password = enroll(subject.k, subject.services, subject.folder, "master001",
                      role="master", label="person")  # fmt: skip
    subject.people(USERS)
    subject.tidy()
    name = os.path.join(subject.folder, "master001")
    window = Window(subject, MEMBER, port, (name + ".pem", name + ".key"))
    window.ask("/login", {"user": "master001", "password": password})
    return window


def _desk(subject, master):
    page = master.ask("/desk/users", {"list": "all"})
    one = page["users"][-1]["user"]
    for title, goal, path, body in (
        (f"desk, a page of {USERS:,} users", LIST_MS, "/desk/users",
         {"list": "all"}),
        ("desk, one of them", None, "/desk/user", {"user": one}),
    ):  # fmt: skip
        took = sorted(_ms(master, path, body) for _ in range(TIMES))
        yield Row(title, statistics.median(took), "ms", goal,
                  f"the middle of {TIMES}, over an open connection; the "
                  f"quickest {took[0]:.1f}, the slowest {took[-1]:.1f}",
                  reach=goal is not None)  # fmt: skip


def _ms(window, path, body):
    began = time.perf_counter()
    window.ask(path, body)
    return (time.perf_counter() - began) * 1000


def _session(subject, *windows):
    """The bigger of the two, as Redis counts, with its name."""
    takes = []
    for window in windows:
        digest = hashlib.sha256(window.cookie.encode()).hexdigest()
        said = subprocess.run(
            subject.services.redis_cli(
                "MEMORY", "USAGE", f"koshin:session:{digest}"
            ),
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        takes.append(int(said.stdout) / 1024)
    portal, member = takes
    return Row("a session in Redis", max(takes), "KiB", SESSION_KIB,
               f"at the code {portal:.2f}, a master's {member:.2f}",
               reach=True)  # fmt: skip
