"""The pages of the portal are built into the program. They come fast, are kept
by browsers for as long as they are the same, and under a policy that lets
nothing else run."""

import gzip
import hashlib
import re
import socket
import ssl
import subprocess

import pytest

from koshin_tests.operators import Desk, opened_to_operators
from koshin_tests.place import ROOT
from koshin_tests.portal import Browser, Member, opened

ON_ALL = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}

NAME = "portal.example"


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened).start()


@pytest.fixture
def browser(server):
    return Browser(server)


def linked(page):
    """What a file refers to, of those that are named by digest."""
    return re.findall(r'"(/static/[^"]+)"', page.body.decode())


def test_R_WEB_a_page_comes_under_a_policy_that_runs_our_files_alone(browser):
    page = browser.get("/")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-store"
    policy = page.headers["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "report-uri /reports" in policy
    assert not any("unsafe" in word or "http" in word for word in policy)
    assert "camera=()" in page.headers["Permissions-Policy"]
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    for name, value in ON_ALL.items():
        assert page.headers[name] == value


def test_what_a_page_needs_is_kept_under_a_name_of_its_content(browser):
    paths = linked(browser.get("/"))
    assert paths
    for path in paths:
        file = browser.get(path)
        assert file.status == 200
        digest = hashlib.sha256(file.body).hexdigest()[:16]
        assert f".{digest}." in path
        assert file.headers["ETag"] == f'"{digest}"'
        assert "immutable" in file.headers["Cache-Control"]
        # A picture may be opened by itself.
        policy = file.headers.get("Content-Security-Policy")
        assert (policy is not None) == path.endswith(".svg")
        for name, value in ON_ALL.items():
            assert file.headers[name] == value


def test_what_the_browser_has_is_not_sent_again(browser):
    path = linked(browser.get("/"))[0]
    etag = browser.get(path).headers["ETag"]
    for tags in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        again = browser.get(path, if_none_match=tags)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["ETag"] == etag
        assert "immutable" in again.headers["Cache-Control"]
    assert browser.get(path, if_none_match='"other"').status == 200


def test_who_takes_gzip_gets_the_same_in_less(browser):
    plain = browser.get("/")
    packed = browser.get("/", accept_encoding="br, gzip;q=0.8")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert len(packed.body) < len(plain.body)
    assert gzip.decompress(packed.body) == plain.body
    refused = browser.get("/", accept_encoding="gzip;q=0")
    assert "Content-Encoding" not in refused.headers


def test_HEAD_says_all_but_the_page(browser):
    head, page = browser.ask("HEAD", "/"), browser.get("/")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(page.body))
    assert head.headers["ETag"] == page.headers["ETag"]


def test_HTTPS_alone_is_told_where_it_holds_for_nobody_else(server, browser):
    """Of localhost a browser would believe it at each port."""
    hsts = "Strict-Transport-Security"

    def named(settings):
        opened(settings)
        settings["portal"]["host"] = NAME

    with server.twin(named) as other:
        # By its address TLS names nobody, so that the certificate fits.
        there = Browser(other, host=NAME, name="127.0.0.1")
        for path, status in (
            ("/", 200), ("/nothing", 404), ("/api/v1/session", 200),
            ("/api/v1/nothing", 404),
        ):  # fmt: skip
            told, untold = there.get(path), browser.get(path)
            assert (told.status, untold.status) == (status, status)
            assert told.headers[hsts] == "max-age=31536000"
            assert hsts not in untold.headers


def test_what_is_not_there_has_a_page_that_leads_back(browser):
    for path in ("/nothing", "/index.html", "/static/", "/.well-known/est/cacerts"):
        page = browser.get(path)
        assert page.status == 404
        assert b'<a href="/"' in page.body
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["Cache-Control"] == "no-store"


def test_a_page_takes_no_other_method(browser):
    page = browser.ask("POST", "/", body=b"x")
    assert (page.status, page.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1"])
def test_a_request_under_another_name_is_refused(server, host):
    page = Browser(server, host=host).get("/")
    assert page.status == 421
    assert b"<" not in page.body


def test_nobody_is_asked_for_a_client_certificate(server):
    """A browser would ask its user, at each visit (openssl prints the names
    that a server asks by)."""

    def said(port):
        return subprocess.run(
            ["openssl", "s_client", "-connect", f"localhost:{port}"],
            input="", capture_output=True, text=True, timeout=60,
        ).stdout  # fmt: skip

    assert "No client certificate CA names sent" not in said(server.port)
    assert "No client certificate CA names sent" in said(server.portal_port)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_session_of_one_listener_is_resumed_at_no_other(server, version):
    context = ssl.create_default_context(cafile=server.root)
    context.minimum_version = context.maximum_version = version

    def shake(port, session=None):
        with socket.create_connection(("localhost", port), timeout=30) as s:
            with context.wrap_socket(
                s, server_hostname="localhost", session=session
            ) as tls:
                tls.sendall(b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n")
                tls.recv(4096)
                return tls.session, tls.session_reused

    ours, _ = shake(server.portal_port)
    assert shake(server.portal_port, ours)[1]
    assert not shake(server.port, ours)[1]
    theirs, _ = shake(server.port)
    assert shake(server.port, theirs)[1]
    assert not shake(server.portal_port, theirs)[1]


def all_served(browser, folder):
    """What that folder's pages lead to, by path: pages by their name; what they,
    and what they need, refer to, under the name of its content."""
    left = [
        "/" if page.stem == "index" else f"/{page.stem}"
        for page in folder.glob("*.html")
    ]
    served = {}
    while left:
        path = left.pop()
        if path not in served:
            served[path] = browser.get(path)
            assert served[path].status == 200, path
            left += linked(served[path])
    return set(served)


def test_each_file_of_the_folder_is_there(new_server):
    """At one listener or another."""
    server = new_server(change=opened_to_operators).start()
    folder = ROOT / "portal" / "pages"
    served = all_served(Browser(server), folder) | all_served(
        Member(server), folder / "member"
    ) | all_served(Desk(server), folder / "operator")
    plain = {
        re.sub(r"^/static/(.*)\.[0-9a-f]{16}(\.\w+)$", r"\1\2", path)
        for path in served if path.startswith("/static/")
    }  # fmt: skip
    assert plain == {
        str(file.relative_to(folder)) for file in folder.rglob("*.*")
        if file.suffix != ".html"
    }  # fmt: skip


def test_the_description_of_the_API_is_there_for_who_asks(browser):
    got = browser.get("/openapi.yaml")
    assert got.status == 200
    assert got.headers["Content-Type"] == "application/yaml"
    assert got.body == (ROOT / "portal" / "openapi.yaml").read_bytes()
    # Its name stays when it changes.
    assert got.headers["Cache-Control"] == "no-cache"
    again = browser.get("/openapi.yaml", if_none_match=got.headers["ETag"])
    assert (again.status, again.body) == (304, b"")


def test_EST_is_not_at_the_door_of_people_nor_they_at_its(server, browser):
    assert browser.get("/.well-known/est/cacerts").status == 404
    at_est = Browser(server, port=server.port)
    assert at_est.get("/").status == 404
    assert "Content-Security-Policy" not in at_est.get("/").headers
