"""canary - looks for secrets where none may be, in all forms they could have
there."""

import base64
import os
import re

from koshin_tests.clients import requests
from koshin_tests.clients.curl import EstClient


def base64_forms(secret):
    """What stays the same of it in base64, wherever it begins: the first and
    the last characters depend on the neighbours."""
    for before in range(3):
        text = base64.b64encode(b"\0" * before + secret)
        first = (before * 8 + 5) // 6
        last = (before + len(secret)) * 8 // 6
        yield text[first:last]


def forms(secret):
    """Name and pattern of each."""
    raw = re.escape(secret)
    if secret.isdigit():  # not in the middle of some digest
        raw = rb"(?<![0-9A-Za-z])" + raw + rb"(?![0-9A-Za-z])"
    yield "as it is", raw
    for text in base64_forms(secret):
        yield "in base64", re.escape(text)
        safe = text.replace(b"+", b"-").replace(b"/", b"_")
        yield "in base64 for URLs", re.escape(safe)
    yield "in hexadecimal", rb"(?i)" + secret.hex().encode()
    yield "backwards", re.escape(secret[::-1])


class Secrets:
    def __init__(self):
        self._patterns = []

    def add(self, name, text):
        for form, pattern in forms(text.encode()):
            if form == "backwards" and text.isdigit():
                continue  # any number is some number backwards
            self._patterns.append((f"{name} {form}", re.compile(pattern)))

    def add_code(self, name, account, code):
        """As it is mailed, and as it goes over the wire."""
        self.add(f"the {name}", code)
        self.add(f"password and {name}", account.password + code)
        self.add(f"credentials and {name}",
                 f"{account.user}:{account.password}{code}")  # fmt: skip

    def found_in(self, data):
        """The names of those that are in these bytes."""
        return [name for name, p in self._patterns if p.search(data)]


def enroll(server, password, wrong_password):
    """With a wrong password and a wrong code on the way: who it was, the
    client, and the secrets of it."""
    account = server.account(password=password)
    client = EstClient(server, "short")
    csr = requests.request()

    def refused(secret):
        answer = client.post("simpleenroll", csr, account.user, secret)
        assert answer.status == 401

    refused(wrong_password)
    code = client.step1(account, csr)
    wrong = f"{(int(code) + 1) % 1000000:06}"
    refused(password + wrong)
    client.step2(account, csr, code)
    secrets = Secrets()
    secrets.add("the password", password)
    secrets.add("the wrong password", wrong_password)
    secrets.add_code("code", account, code)
    secrets.add_code("wrong code", account, wrong)
    return account, client, secrets


def files(*folders, without=()):
    """(path, bytes) of all files below; a server may remove some."""
    for folder in folders:
        for place, _, names in os.walk(folder):
            if any(place.startswith(other) for other in without):
                continue
            for name in names:
                path = os.path.join(place, name)
                if os.path.isfile(path):
                    try:
                        with open(path, "rb") as file:
                            yield path, file.read()
                    except FileNotFoundError:
                        pass
