"""I-11: what a process has worked with is in its memory no more, and what it
keeps lies in pages that are never swapped out."""

import contextlib
import os
import socket
import ssl

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from koshin_tests.canary import Secrets, base64_forms, enroll
from koshin_tests.clients import requests
from koshin_tests.clients.curl import EstClient
from koshin_tests.clients.raw import Connection, basic, post
from koshin_tests.memory import places_of, written
from koshin_tests.patience import PATIENCE_S, until
from koshin_tests.taken import grant_key

PASSWORD = "Kanari6-vog"
WRONG_PASSWORD = "Kanari7-vog"


@pytest.fixture(scope="module")
def server(module_server):
    return module_server().start()


@pytest.fixture(scope="module")
def played(server):
    """The secrets of an enrollment with all that can go wrong in it."""
    _, _, secrets = enroll(server, PASSWORD, WRONG_PASSWORD)
    return secrets


@pytest.mark.parametrize("name", ["front", "auth", "courier", "issuer",
                                  "sealer"])
def test_I_11_memory_forgets_passwords_and_codes(server, played, name):
    def left():
        return {
            str(region): names
            for region, data in written(server.instance.pids()[name])
            if (names := played.found_in(data))
        }

    assert left() == {}


def test_I_11_the_first_password_of_a_process_is_forgotten_too(
    module_server,
):
    """Where functions of libraries are found as late as that, the loader
    leaves the registers of their first caller on the stack."""
    server = module_server().start()
    secrets = Secrets()
    secrets.add("the password", WRONG_PASSWORD)
    assert server.try_secret("somebody1", WRONG_PASSWORD).status == 401
    pid = server.instance.pids()["front"]
    assert not any(secrets.found_in(data) for _, data in written(pid))
    server.instance.stop()


def test_I_11_the_search_would_find_them(server, played):
    """While a request waits for its body, its password is there."""
    head = post("simpleenroll", requests.request(),
                "Content-Type: application/pkcs10\r\n",
                basic("somebody1", WRONG_PASSWORD))  # fmt: skip
    head = head[: head.index(b"\r\n\r\n") + 4]
    with Connection(server) as c:
        c.send(head)
        until(lambda: any(
            played.found_in(data)
            for _, data in written(server.instance.pids()["front"])
        ))  # fmt: skip


def private_number(path):
    with open(path, "rb") as file:
        key = load_pem_private_key(file.read(), None)
    return key.private_numbers().private_value.to_bytes(32, "big")


def keys_of(server):
    """{name: bytes} of all keys of the running service."""
    def at(name):
        return os.path.join(server.folder, name)

    found = {
        "CA": private_number(at("ca/issuing.key")),
        "TLS": private_number(at("tls/server.key")),
    }
    for name in ("code", "pepper", "audit", "ticket"):
        with open(at(f"secrets/{name}.key")) as file:
            found[name] = bytes.fromhex(file.read())
    with open(at("secrets/redis-auth.password")) as file:
        found["Redis"] = bytes.fromhex(file.read())
    found["grant"] = grant_key(server)
    return found


HAS = {
    "front": {"TLS", "ticket"},
    "issuer": {"CA", "grant"},
    "auth": {"code", "pepper", "grant", "Redis"},
    "courier": {"code"},
    "sealer": {"audit"},
}


def copies(key):
    """As it is, as OpenSSL's numbers have it, and as files do."""
    yield "bytes", key
    yield "number", key[::-1]
    yield "hexadecimal", key.hex().encode()
    for text in base64_forms(key):
        yield "base64", text


@pytest.mark.parametrize("process", HAS)
def test_T14_keys_lie_in_locked_memory_alone(server, played, process):
    pid = server.instance.pids()[process]
    wrong, seen = [], set()
    for name, key in keys_of(server).items():
        for form, text in copies(key):
            for region in places_of(pid, text):
                seen.add(name)
                if not region.locked or region.dumped:
                    wrong.append(f"{name} as {form}: {region}")
    assert wrong == []
    assert seen == HAS[process]


# Root locks without limit, so it may not be quite root.
TIGHT = ("setpriv", "--bounding-set=-ipc_lock", "--inh-caps=-ipc_lock",
         "prlimit", "--memlock=0")  # fmt: skip


def test_T14_a_limit_that_is_too_low_is_told(module_server):
    server = module_server().start(prefix=TIGHT)
    for process in HAS:
        assert (
            f"error {process} memory-not-locked limit=0"
            in server.instance.log_text()
        )
    server.instance.stop()


def test_T14_nothing_is_told_where_it_is_enough(server):
    assert "memory-not-locked" not in server.instance.log_text()


def half_handshake(server):
    """A client of TLS 1.2 that has heard the server's key and is silent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ecdh_curve("prime256v1")
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    coming, going = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(coming, going).do_handshake()
    at = socket.create_connection(("127.0.0.1", server.port), PATIENCE_S)
    at.sendall(going.read())
    assert at.recv(1)[0] == 22  # it goes on
    return at


def test_T14_half_handshakes_leave_room_for_others(module_server):
    """Each has a key of the server in the memory that is locked."""
    server = module_server(
        change=lambda settings: settings["est"].update(per_address_max=3000)
    ).start()
    with contextlib.ExitStack() as stack:
        for _ in range(2500):
            stack.enter_context(half_handshake(server))
        account = server.account()
        EstClient(server, "short").step1(account, requests.request())


@pytest.mark.parametrize("process", HAS)
def test_T14_no_process_leaves_a_core(server, process):
    with open(f"/proc/{server.instance.pids()[process]}/limits") as file:
        (core,) = [line for line in file if line.startswith("Max core file")]
    assert core.split()[4:6] == ["0", "0"]
