"""smtp_server - the mail catcher as one of the services: its life, its port,
its certificate, and the script it behaves by (see smtp_catcher.py)."""

import contextlib
import json
import os
import shutil
import signal
import socket

import process
from ports import ADDRESS, free_port
from process import ServiceError

PROGRAM = os.path.join(
    os.path.dirname(os.path.realpath(__file__)), "smtp_catcher.py"
)


class SmtpServer:
    def __init__(self, folder, wanted_port, log, tied=False):
        self.user = process.myself()
        self.folder = folder
        self.wanted_port = wanted_port
        self.log = log
        self._tied = tied
        self.maildir = os.path.join(folder, "mail")
        self.certificate = os.path.join(folder, "smtp-cert.pem")
        self._key = os.path.join(folder, "smtp-key.pem")

    @property
    def port(self):
        """The port it has, or had when it last ran; None if it never did."""
        try:
            with open(self._port_file(), encoding="ascii") as file:
                return int(file.read())
        except (FileNotFoundError, ValueError):
            return None

    def pid(self):
        return next(iter(self._find()), None)

    def start(self):
        if self.pid() is not None:
            if self.wanted_port in (0, self.port):
                return
            self.stop()
        with self._listen() as listener:
            _write(self._port_file(), f"{listener.getsockname()[1]}\n")
            self._launch(listener.fileno())

    def stop(self):
        process.end(self._find)

    def kill9(self):
        process.end(self._find, signal.SIGKILL)

    def forget(self):
        """Remove the mails and the rest. The server must not run."""
        shutil.rmtree(self.maildir, ignore_errors=True)
        for path in (
            self.certificate,
            self._key,
            self._script_file(),
            self._port_file(),
        ):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)

    def script(self, **behaviour):
        """Say how the server behaves from the next connection on; without
        arguments it behaves well. For TLS it gets a certificate."""
        if behaviour.get("tls", "none") != "none":
            self._make_certificate()
            behaviour.setdefault("cert", self.certificate)
            behaviour.setdefault("key", self._key)
        _write(self._script_file(), json.dumps(behaviour, indent=2) + "\n")

    def _listen(self):
        """On the wanted port; if any will do, on the last one if it is
        free, because the configuration of a Koshin may name it."""
        if self.wanted_port != 0:
            return _bound(self.wanted_port)
        try:
            return _bound(self.port or free_port())
        except ServiceError:
            return _bound(free_port())

    def _launch(self, listening):
        """The catcher says through a pipe that it is ready; asking by SMTP
        would use up a fault that a test has scripted."""
        hear, say = os.pipe()
        os.set_blocking(hear, False)
        # -I: nothing of the user's Python settings gets in.
        argv = ["/usr/bin/python3", "-I", PROGRAM, "--folder", self.folder]
        argv += ["--listen", str(listening), "--ready", str(say)]
        if self._tied:
            argv = process.tied(argv)
        try:
            process.launch(
                argv,
                self.user,
                self.log,
                lambda: _heard(hear),
                "the mail catcher",
                pass_fds=(listening, say),
            )
        finally:
            os.close(hear)
            os.close(say)

    def _find(self):
        folder = os.fsencode(self.folder)
        mark = b"\0" + os.fsencode(PROGRAM) + b"\0--folder\0" + folder + b"\0"
        return process.find(self.user, lambda line: mark in line)

    def _port_file(self):
        return os.path.join(self.folder, "smtp.port")

    def _script_file(self):
        return os.path.join(self.folder, "smtp.json")

    def _make_certificate(self):
        if os.path.exists(self.certificate):
            return
        argv = ["openssl", "req", "-x509", "-nodes", "-days", "3650"]
        argv += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        argv += ["-subj", "/CN=localhost", "-addext"]
        argv += ["subjectAltName=DNS:localhost,IP:127.0.0.1"]
        argv += ["-keyout", self._key, "-out", self.certificate]
        process.run(argv, self.user, "making the mail server's certificate")


def _bound(port):
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((ADDRESS, port))
        listener.listen(128)
    except OSError as wrong:
        listener.close()
        raise ServiceError(
            f"the mail catcher cannot have port {port} of {ADDRESS} "
            f"({wrong.strerror}); choose another one, or 0 for a free one"
        ) from None
    return listener


def _heard(pipe):
    try:
        return os.read(pipe, 1) != b""
    except BlockingIOError:
        return False


def _write(path, text):
    """Whole or not at all; the catcher may be reading it."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".new", path)
