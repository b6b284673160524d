"""C-45: the addresses that the service listens on. A name such as localhost has
one of each family, in an order that is the machine's, and not every client
tries the second one."""

import subprocess

import pytest
import yaml

from koshin_tests.clients.raw import Connection, get
from koshin_tests.patience import run
from koshin_tests.place import may_mount

BOTH = ["127.0.0.1", "::1"]


def status_at(server, address):
    with Connection(server, address=address) as connection:
        return connection.ask(get("cacerts")).status


@pytest.fixture(scope="module")
def server(module_server):
    return module_server()


def test_C_45_localhost_is_both_loopback_addresses(server):
    """As `koshin init --listen localhost:PORT` has written it."""
    with open(server.instance.config) as file:
        assert yaml.safe_load(file)["listen"]["address"] == BOTH

    def elsewhere(settings):
        settings["service"]["run"] = server.folder + "/run2"
        settings["listen"] = {"address": ["::1"], "port": server.port}

    server.start()
    try:
        assert [status_at(server, a) for a in BOTH] == [200, 200]
        other = server.copied(elsewhere)
        taken = run(server.instance.koshin, "serve", "--config", other.config,
                    text=True)  # fmt: skip
        assert taken.returncode == 1
        assert "cannot listen on ::1" in taken.stderr
    finally:
        assert server.instance.stop() == 0


def test_C_45_by_default_it_listens_on_both_families(server):
    def change(settings):
        del settings["listen"]["address"]

    def back(settings):
        settings["listen"]["address"] = BOTH

    server.instance.configure(change)
    server.start()
    try:
        assert [status_at(server, a) for a in BOTH] == [200, 200]
    finally:
        server.instance.configure(back)
        assert server.instance.stop() == 0


@pytest.mark.only_if(may_mount())
def test_C_45_without_ipv6_the_other_address_serves(server):
    """A network of its own, in which the kernel has IPv6 switched off: the
    stores have Unix sockets, so only the port of EST is in it."""
    server.instance.start(
        prefix=(
            "unshare", "--net", "sh", "-c",
            "ip link set lo up &&"
            " echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6 &&"
            ' exec "$@"', "sh",
        )
    )  # fmt: skip
    try:
        (line,) = [
            line for line in server.instance.log_text().splitlines()
            if " listen-missing " in line
        ]  # fmt: skip
        assert "::1" in line and " warn " in line
        done = subprocess.run(
            ["nsenter", "--net", "--target", str(server.instance.process.pid),
             "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
             "--cacert", server.root,
             f"https://localhost:{server.port}/.well-known/est/cacerts"],
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.stdout == "200", done.stderr
    finally:
        assert server.instance.stop() == 0
