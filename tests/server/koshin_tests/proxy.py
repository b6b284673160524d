"""proxy - the headers of PROXY protocol 2, by hand and by a real balancer."""

import contextlib
import ipaddress
import socket
import struct
import subprocess

from koshin_tests.patience import until

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
LOCAL = SIGNATURE + b"\x20\x00\x00\x00"

CONFIG = """
global
    maxconn 1000
defaults
    mode tcp
    timeout connect 60s
    timeout client 60s
    timeout server 60s
listen est
    bind {address}:{port}
    server one 127.0.0.1:{to} {how}
"""


def header(source, port=40000, tlvs=b""):
    """Version 2, for a client of that address."""
    address = ipaddress.ip_address(source)
    body = address.packed + address.packed + struct.pack("!HH", port, 443)
    family = 0x11 if address.version == 4 else 0x21
    body += tlvs
    return SIGNATURE + struct.pack("!BBH", 0x21, family, len(body)) + body


def free_port(address):
    with socket.socket() as s:
        s.bind((address, 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def haproxy(tmp, to, how="send-proxy-v2 source 127.0.0.2", address="127.0.0.1"):
    """A HAProxy in front of a port of 127.0.0.1; its own port."""
    port = free_port(address)
    config = tmp / "haproxy.cfg"
    config.write_text(CONFIG.format(address=address, port=port, to=to, how=how))
    process = subprocess.Popen(["haproxy", "-db", "-f", config])
    try:
        until(lambda: listens(address, port))
        yield port
    finally:
        process.terminate()
        process.wait()


def listens(address, port):
    with contextlib.suppress(OSError), socket.socket() as s:
        s.connect((address, port))
        return True
