"""crl - the list of revoked certificates that a server publishes, and what
independent readers make of it."""

import os
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from koshin_tests.patience import PATIENCE_S, until

NAME = "issuing.crl"
URL = f"http://pki.example.jp/{NAME}"


def publishing(settings):
    settings["crl"] = {"folder": "crl"}
    settings["ca"]["crl_url"] = URL


def path_of(server):
    return os.path.join(
        os.path.dirname(server.instance.config), "crl", NAME
    )


def read(server):
    """None: there is none yet."""
    try:
        with open(path_of(server), "rb") as file:
            return x509.load_der_x509_crl(file.read())
    except FileNotFoundError:
        return None


def number_of(crl):
    return crl.extensions.get_extension_for_class(
        x509.CRLNumber
    ).value.crl_number


def wait_newer(server, than=0):
    """The first list with a higher number."""

    def newer():
        crl = read(server)  # false where it is empty
        return crl is not None and number_of(crl) > than and [crl]

    return until(newer, server.instance.log_text)[0]


def wait_listed(server, serial):
    """The entry of that number, and the list that has it."""

    def listed():
        crl = read(server)
        entry = crl and crl.get_revoked_certificate_by_serial_number(serial)
        return (entry, crl) if entry else None

    return until(listed, server.instance.log_text)


class Readers:
    """Programs that judge a certificate with the chain and that list, each in
    its own way: True is good, False revoked; anything else raises."""

    def __init__(self, server, folder):
        self.folder = str(folder)
        self.ca = os.path.join(os.path.dirname(server.root), "issuing.pem")
        self.root = server.root
        self.crl = self._file("crl.pem", read(server).public_bytes(
            Encoding.PEM))  # fmt: skip
        self._make_nss()

    def _file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    @staticmethod
    def _run(*argv):
        return subprocess.run(
            argv, capture_output=True, text=True, timeout=PATIENCE_S
        )

    @staticmethod
    def _judged(done, said):
        text = done.stdout + done.stderr
        if done.returncode == 0 and said not in text:
            return True
        assert said in text, text
        return False

    def openssl(self, certificate):
        """The root is taken as it is: it publishes no list here."""
        leaf = self._file("leaf.pem", certificate.public_bytes(Encoding.PEM))
        return self._judged(
            self._run(
                "openssl", "verify", "-x509_strict", "-crl_check",
                "-CAfile", self.root, "-untrusted", self.ca,
                "-CRLfile", self.crl, leaf,
            ),
            "certificate revoked",
        )  # fmt: skip

    def gnutls(self, certificate):
        chain = self._file(
            "chain.pem", certificate.public_bytes(Encoding.PEM)
            + open(self.ca, "rb").read() + open(self.root, "rb").read())  # fmt: skip
        return self._judged(
            self._run(
                "certtool", "--verify", "--load-ca-certificate", self.root,
                "--load-crl", self.crl, "--infile", chain,
            ),
            "revoked",
        )  # fmt: skip

    def _nss(self, program, *argv):
        return self._run(program, "-d", f"sql:{self.folder}/nss", *argv)

    def _make_nss(self):
        os.makedirs(f"{self.folder}/nss", exist_ok=True)
        der = self._file("crl.der", x509.load_pem_x509_crl(
            open(self.crl, "rb").read()).public_bytes(Encoding.DER))  # fmt: skip
        for argv in (
            ("certutil", "-N", "--empty-password"),
            ("certutil", "-A", "-n", "root", "-t", "CT,C,C", "-a", "-i", self.root),
            ("certutil", "-A", "-n", "ca", "-t", ",,", "-a", "-i", self.ca),
            ("crlutil", "-I", "-i", der, "-t", "1"),
        ):  # fmt: skip
            done = self._nss(*argv)
            assert done.returncode == 0, (argv, done.stdout, done.stderr)

    def nss(self, certificate):
        leaf = self._file("nss.pem", certificate.public_bytes(Encoding.PEM))
        self._nss("certutil", "-D", "-n", "leaf")
        done = self._nss("certutil", "-A", "-n", "leaf", "-t", ",,", "-a",
                         "-i", leaf)  # fmt: skip
        assert done.returncode == 0, done.stderr
        return self._judged(
            self._nss("certutil", "-V", "-n", "leaf", "-u", "C"), "revoked"
        )
