"""floor - the least that a request over a new connection can cost here.

`openssl s_server` makes the same handshakes, with the same certificates, and
gives the same bytes as an answer. What it takes is what this machine takes at
this moment; a figure divided by it can be compared with that of another day.
"""

import os
import shutil
import socket
import subprocess
import time

from ports import free_port

REQUESTS = "2000"
READY_S = 10


class Floor:
    """Runs inside of `with`."""

    def __init__(self, subject):
        self.folder = os.path.join(subject.folder, "floor")
        self.k = subject.k
        self.port = free_port()

    def __enter__(self):
        self._prepare_answer()
        tls = os.path.join(self.k.folder, "tls")
        certificate = os.path.join(tls, "server.pem")
        self.process = subprocess.Popen(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{self.port}",
             "-cert", certificate, "-cert_chain", certificate,
             "-key", os.path.join(tls, "server.key"),
             # Koshin asks for one, too, and looks it up in the ledger.
             "-verify", "3", "-verify_quiet", "-quiet", "-HTTP"],
            cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._wait()
        return self

    def __exit__(self, *error):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)

    def _prepare_answer(self):
        """With -HTTP, a file is a whole answer. Koshin's own body."""
        body = subprocess.run(
            ["curl", "-sS", "--cacert", self.k.root,
             f"{self.k.url}/.well-known/est/device/cacerts"],
            check=True, capture_output=True,
        ).stdout  # fmt: skip
        path = os.path.join(self.folder, ".well-known/est/device")
        os.makedirs(path)
        with open(os.path.join(path, "cacerts"), "wb") as file:
            file.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/pkcs7-mime\r\n"
                b"Connection: close\r\nContent-Length: %d\r\n\r\n%s"
                % (len(body), body)
            )

    def _wait(self):
        give_up = time.monotonic() + READY_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.05)

    def cpu_ms(self, subject, *options):
        """Of one handshake and answer."""
        seen = subject.run(
            "cacerts-new", "--requests", REQUESTS, "--connections", "2",
            *options, url=f"https://127.0.0.1:{self.port}",
            pids=[self.process.pid],
        )  # fmt: skip
        return seen["server"]["cpu_ms_per_request"]
