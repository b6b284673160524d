"""portal - the door for people, as a browser speaks to it. Each answer of the
API is held against portal/openapi.yaml (koshin_tests.description)."""

import base64
import http.client
import json
import ssl

import ports

from koshin_tests import description
from koshin_tests.clients import requests
from koshin_tests.patience import until

TIMEOUT_S = 30
COOKIE = "__Host-koshin-portal"
MEMBER_COOKIE = "__Host-koshin-member"
OURS = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}


MEMBER = "member.localhost"


def opened(settings):
    """For Server(change=...): with the portal, on a port of its own."""
    settings["portal"] = {"host": "localhost", "port": ports.free_port()}


def opened_to_members(settings):
    """The same, and with the member area."""
    opened(settings)
    settings["member"] = {"host": MEMBER, "port": ports.free_port()}


# ------------------------------------------------------------------- browser


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers  # an http.client.HTTPMessage
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """Of a problem."""
        return self.json["code"]


class Line(http.client.HTTPSConnection):
    """To loopback, whatever name it is made under."""

    def __init__(self, port, name, tls):
        super().__init__("localhost", port, timeout=TIMEOUT_S, context=tls)
        self.name = name
        self.tls = tls

    def connect(self):
        http.client.HTTPConnection.connect(self)
        self.sock = self.tls.wrap_socket(self.sock, server_hostname=self.name)


class Browser:
    """One window: it keeps its cookie, and opens a connection a request.

    As a person does, it asks again where it is told that the service is not
    available at the moment: PostgreSQL and Redis have a second at most, which
    is short on a busy machine. A test of outages is not `patient`.
    """

    area = description.PORTAL
    cookie_name = COOKIE
    patient = True
    again = False  # it was asked, the last time

    def __init__(self, server, port=None, host="localhost", name="localhost"):
        """`host` is what it asks for, `name` what TLS is made under."""
        self.port = port or server.portal_port
        self.host = host
        self.name = name
        self.cookie = None
        self.tls = ssl.create_default_context(cafile=server.root)

    def ask(self, method, path, body=None, headers=()):
        """A field whose value is None is not sent."""
        line = Line(self.port, self.name, self.tls)
        sent = {"Host": f"{self.host}:{self.port}", **dict(headers)}
        if self.cookie is not None:
            sent.setdefault(
                "Cookie", f"other=1; {self.cookie_name}={self.cookie}"
            )
        line.request(
            method, path, body, {k: v for k, v in sent.items() if v is not None}
        )
        got = line.getresponse()
        answer = Answer(got.status, got.headers, got.read())
        line.close()
        self._take_cookie(answer)
        self._see(method, path, answer)
        return answer

    def _see(self, method, path, answer):
        if path.startswith(f"{description.API}/") and self.area is not None:
            kind = answer.headers["Content-Type"]
            description.see(
                self.area, method, path, answer.status, kind, answer.body
            )

    def _take_cookie(self, answer):
        for field in answer.headers.get_all("Set-Cookie") or ():
            pair, *rules = field.split("; ")
            assert {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"} <= set(
                rules
            )
            name, _, value = pair.partition("=")
            assert name == self.cookie_name
            self.cookie = value or None

    def get(self, path, **headers):
        return self.ask("GET", path, headers=_fields(headers))

    # ---------------------------------------------------------------- API

    def api(self, method, path, body=None, **headers):
        """As our own page asks; `body` is an object, or bytes."""
        path = f"{description.API}{path}"
        fields = {} if method == "GET" else OURS
        if isinstance(body, dict):
            body = json.dumps(body).encode()
        fields = {"Accept-Language": "en", **fields, **_fields(headers)}

        def asked():
            answer = self.ask(method, path, body, fields)
            assert answer.headers["Cache-Control"] == "no-store"
            if self.patient and answer.status == 503:
                self.again = True
                return None
            return answer

        self.again = False
        return until(asked, lambda: f"{path} stays 503", step_s=0.5)

    def session(self):
        answer = self.api("GET", "/session")
        assert answer.status == 200
        return answer.json

    def cancel(self):
        return self.api("DELETE", "/session")

    def show_password(self, account, password=None, **more):
        user = account if isinstance(account, str) else account.user
        secret = password or account.password
        return self.api(
            "POST", "/issue/password",
            {"user": user, "password": secret, **more},
        )  # fmt: skip

    def show_contract(self, number, initial):
        return self.api(
            "POST", "/register/contract",
            {"contract": number, "password": initial},
        )  # fmt: skip

    def show_temporary(self, account, password=None):
        user = account if isinstance(account, str) else account.user
        secret = password or account.password
        return self.api(
            "POST", "/register/user", {"user": user, "password": secret}
        )

    def choose(self, password, again=None):
        """A new one in the place of a temporary one."""
        return self.api(
            "POST", "/register/password",
            {"password": password, "password_again": again or password},
        )  # fmt: skip

    def register(self, **fields):
        """The master of the contract that was shown."""
        return self.api("POST", "/register/master", fields)

    def log_in(self, account, **more):
        """The code from the mail."""
        since = account.before_code()
        answer = self.show_password(account, **more)
        assert answer.status == 200, answer.body
        assert answer.json["code"]["sent"] or self.again
        return account.code(since)

    def show_code(self, code, csr):
        return self.api(
            "POST", "/issue/certificate", {"code": code, "csr": csr}
        )

    # Of a browser that may make no key.

    way = "issue"

    def make_key(self):
        return self.api("POST", f"/{self.way}/key", {})

    def show_code_alone(self, code, **more):
        return self.api(
            "POST", "/issue/certificate",
            {"code": code, "server_key": True, **more},
        )  # fmt: skip

    def fetch_file(self, passphrase, form="new"):
        return self.api(
            "POST", f"/{self.way}/file",
            {"passphrase": passphrase, "form": form},
        )  # fmt: skip


class Member(Browser):
    """One at the member area, with a certificate (requests.Identity), or
    none."""

    area = description.MEMBERS
    cookie_name = MEMBER_COOKIE
    way = "renewal"

    def __init__(self, server, identity=None, host=MEMBER, name=None):
        super().__init__(server, server.member_port, host, name or host)
        if identity is not None:
            self.tls.load_cert_chain(
                identity.certificate_file, identity.key_file
            )

    def enter(self, account, password=None):
        user = account if isinstance(account, str) else account.user
        secret = password or account.password
        return self.api("POST", "/login", {"user": user, "password": secret})

    def entered(self, account):
        """What the menu is made of."""
        answer = self.enter(account)
        assert answer.status == 200, answer.body
        return answer.json

    def member(self):
        answer = self.api("GET", "/member")
        assert answer.status == 200, answer.body
        return answer.json

    def certificates(self):
        answer = self.api("GET", "/certificates")
        assert answer.status == 200, answer.body
        return answer.json["certificates"]

    def own(self):
        answer = self.api("GET", "/own")
        assert answer.status == 200, answer.body
        return answer.json

    def change_password(self, old, new, again=None):
        return self.api(
            "POST", "/own/password",
            {"old_password": old, "password": new,
             "password_again": new if again is None else again},
        )  # fmt: skip

    def revoke(self, serial, why="superseded", password=None, account=None):
        return self.api(
            "POST", "/own/revoke",
            {"serial": serial, "why": why,
             "password": password or account.password},
        )  # fmt: skip

    def ask_renewal_code(self, account):
        """The code from the mail."""
        since = account.before_code()
        answer = self.api("POST", "/renewal/code", {})
        assert answer.status == 200, answer.body
        assert answer.json["code"]["sent"] or self.again
        return account.code(since)

    def renew(self, code, csr):
        return self.api(
            "POST", "/renewal/certificate", {"code": code, "csr": csr}
        )

    def renew_alone(self, code):
        return self.api(
            "POST", "/renewal/certificate", {"code": code, "server_key": True}
        )


def _fields(headers):
    """if_none_match -> If-None-Match"""
    return {k.replace("_", "-").title(): v for k, v in headers.items()}


def request(key=None, kind="rsa2048"):
    """base64 of a certification request, as a page makes it."""
    return as_text(requests.request(key or requests.new_key(kind)))


def as_text(made):
    return base64.b64encode(made).decode()


def der(text):
    return base64.b64decode(text, validate=True)
