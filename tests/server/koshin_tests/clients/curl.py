"""curl - enrollment in two steps, as the manual tells people to do it."""

import base64
import subprocess

from koshin_tests.clients import requests
from koshin_tests.clients.raw import PREFIX
from koshin_tests.wire import Reply
from koshin_tests.patience import PATIENCE_S, until

TLS = {
    None: (),
    "1.2": ("--tlsv1.2", "--tls-max", "1.2"),
    "1.3": ("--tlsv1.3",),
}


class EstClient:
    """curl against one server. `label` is the profile in the path."""

    def __init__(self, server, label=None, tls=None, identity=None,
                 options=()):
        self.server = server
        self.label = label
        self.options = [*TLS[tls], *options]
        if identity:
            self.options += ["--cert", identity.certificate_file,
                             "--key", identity.key_file]

    def url(self, operation):
        label = f"/{self.label}" if self.label else ""
        return f"{self.server.url}{PREFIX}{label}/{operation}"

    def run(self, operation, *options, body=b""):
        """(exit status, output, what it complained of)."""
        done = subprocess.run(
            ["curl", "-sS", "-i", "--cacert", self.server.root,
             *self.options, *options, self.url(operation)],
            input=body, capture_output=True, timeout=PATIENCE_S,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr.decode()

    def ask(self, operation, *options, body=b""):
        status, out, error = self.run(operation, *options, body=body)
        assert status == 0, error
        head, _, rest = out.partition(b"\r\n\r\n")
        if head.startswith(b"HTTP/1.1 100"):
            head, _, rest = rest.partition(b"\r\n\r\n")
        return Reply(head, rest)

    def post(self, operation, csr, user=None, secret=None, options=()):
        who = ["-u", f"{user}:{secret}"] if user is not None else []
        return self.ask(
            operation, *who, *options,
            "-H", "Content-Type: application/pkcs10",
            "--data-binary", "@-",
            body=base64.encodebytes(csr),
        )  # fmt: skip

    def step1(self, account, csr, operation="simpleenroll"):
        """The code from the mail."""
        since = account.before_code()
        answer = self.post(operation, csr, account.user, account.password)
        assert answer.status == 401, answer.text
        assert answer.text.startswith("One-time code mailed."), answer.text
        return account.code(since)

    def step2(self, account, csr, code, operation="simpleenroll"):
        answer = self.post(
            operation, csr, account.user, account.password + code
        )
        assert answer.status == 200, answer.text
        return requests.certificate(answer.body)

    def enroll(self, account, csr=None, key=None, operation="simpleenroll"):
        """Both steps. `account` is an Account of a server (see server.py). Who
        hears of a busy machine that it is not available sends the same again,
        and has what it would have had (I-6)."""
        csr = csr or requests.request(key)
        code = self.step1(account, csr, operation)
        answer = until(lambda: self.unless_busy(
            operation, csr, account.user, account.password + code
        ))  # fmt: skip
        assert answer.status == 200, answer.text
        return requests.certificate(answer.body)

    def unless_busy(self, *request):
        """The answer; None where it is 503."""
        answer = self.post(*request)
        return answer if answer.status != 503 else None

    def renew(self, csr):
        """By the certificate alone (R-CERT-10)."""
        answer = self.post("simplereenroll", csr)
        assert answer.status == 200, answer.text
        return requests.certificate(answer.body)
