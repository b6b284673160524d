"""strongswan - `pki --estca` and `pki --est`, unmodified."""

import os
import subprocess

from cryptography import x509

from koshin_tests.clients import requests
from koshin_tests.patience import PATIENCE_S



class Pki:
    """One run of the command each; files go into `folder`. TLS 1.2 is what
    it speaks by itself."""

    def __init__(self, server, folder, tls=None, path=""):
        self.server = server
        self.folder = str(folder)
        self.url = server.url + path
        settings = os.path.join(self.folder, "strongswan.conf")
        with open(settings, "w") as file:
            file.write("pki {\n load_modular = no\n")
            if tls:
                file.write(f" tls {{ version_min = {tls}\n")
                file.write(f" version_max = {tls} }}\n")
            file.write("}\n")
        self.environment = {
            "PATH": "/usr/bin:/bin", "STRONGSWAN_CONF": settings
        }  # fmt: skip

    def run(self, *args):
        return subprocess.run(
            ["pki", *args], cwd=self.folder, env=self.environment,
            capture_output=True, timeout=PATIENCE_S,
        )  # fmt: skip

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def cacerts(self):
        """The certificates that `--estca` wrote."""
        done = self.run(
            "--estca", "--url", self.url, "--cacert", self.server.root,
            "--caout", "ca.pem", "--outform", "pem", "--force",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        return [
            x509.load_pem_x509_certificate(
                open(os.path.join(self.folder, name), "rb").read()
            )
            for name in sorted(os.listdir(self.folder))
            if name.startswith("ca") and name.endswith(".pem")
        ]

    def enroll(self, csr, userpass=None, identity=None):
        """The finished process; DER of the certificate is its output."""
        args = ["--in", self.file("request.der", csr)]
        if userpass:
            # What the manual says: not where everybody sees it.
            self.file("options", f'--userpass "{userpass}"\n'.encode())
            args += ["--options", os.path.join(self.folder, "options")]
        if identity:
            args += ["--cert", identity.certificate_file]
            args += ["--key", identity.key_file]
        return self.run(
            "--est", "--url", self.url, "--cacert", self.server.root,
            "--interval", "60", "--maxpolltime", "1", *args,
        )  # fmt: skip

    def two_steps(self, account, csr, identity=None):
        since = account.before_code()
        first = self.enroll(
            csr, f"{account.user}:{account.password}", identity
        )
        assert first.returncode != 0
        assert b"HTTP 401" in first.stderr, first.stderr.decode()
        secret = account.password + account.code(since)
        second = self.enroll(csr, f"{account.user}:{secret}", identity)
        assert second.returncode == 0, second.stderr.decode()
        return x509.load_der_x509_certificate(second.stdout)


def requested(pki, kind, dn):
    """(key, request), both made by strongSwan."""
    made = pki.run("--gen", "--type", kind)
    assert made.returncode == 0, made.stderr.decode()
    path = pki.file("key.der", made.stdout)
    csr = pki.run(
        "--req", "--in", path, "--type", kind, "--dn", dn, "--digest",
        "sha256",
    )  # fmt: skip
    assert csr.returncode == 0, csr.stderr.decode()
    key = requests.serialization.load_der_private_key(made.stdout, None)
    return key, csr.stdout
