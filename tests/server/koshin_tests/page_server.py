"""page_server - the files of portal/pages/ by themselves, under the policy that
the door gives them; what browsers report against it is kept. For what needs no
answer of the door."""

import http.server
import json
import re
import runpy
import threading

from koshin_tests.place import ROOT

PAGES = ROOT / "portal" / "pages"
PACK = runpy.run_path(str(ROOT / "portal" / "pack"))
SECTION = re.compile(r'<section id="([\w-]+)-page"(.*?)</section>', re.DOTALL)
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'; require-trusted-types-for 'script';"
    " trusted-types 'none'; report-uri /reports"
)
BRAND = (
    b'export default {"name":"Example Bank","contact":"03-1234-5678",'
    b'"logo":false,"members":true,"style":""};'
)
BLANK = (
    b'<!doctype html><html lang="en"><title>Blank</title>'
    b'<link rel="icon" href="mark.svg"><p>Blank'
)


class PageServer:
    def __init__(self):
        self.reports = []
        self._server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), _handler(self.reports)
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, daemon=True
        )
        self._thread.start()

    @property
    def url(self):
        return f"http://localhost:{self._server.server_port}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def content(path):
    """The file that stands for a path, with its ending; None if none does."""
    if path == "/blank":
        return BLANK, ".html"
    if path == "/brand.js":
        return BRAND, ".js"
    name = "index.html" if path == "/" else path.lstrip("/")
    name = name if "." in name else name + ".html"
    # What is no page is found from those of each area.
    name = name if name.endswith(".html") else name.rpartition("/")[2]
    file = PAGES / name
    if file.is_file() and file.suffix in TYPES:
        return whole(file), file.suffix
    return None


def sections():
    """The names of all pages (koshin_tests/looks.py), each where it stands and
    not where others have it, too; with "!" where something may be wrong."""
    found = set()
    for file in PAGES.rglob("*.html"):
        name = str(file.relative_to(PAGES)).removesuffix(".html")
        parts = SECTION.findall(file.read_text())
        found.update(f"{name}#{part}" for part, _ in parts)
        found.update(f"{name}#{part}!" for part, content in parts
                     if "data-problem" in content)  # fmt: skip
        if not parts:
            found.add(name)
    return found


def whole(file):
    """With its frame and what it has of other pages, as the build puts it in."""
    if file.suffix != ".html":
        return file.read_bytes()
    sources = {str(p.relative_to(PAGES)): p for p in PAGES.rglob("*.*")}
    return PACK["page"](str(file.relative_to(PAGES)), sources).encode()


def _handler(reports):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            found = content(self.path.partition("?")[0])
            body, kind = found or (b"", ".html")
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", TYPES[kind])
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("Cache-Control", "no-store")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            size = int(self.headers["Content-Length"])
            reports.append(json.loads(self.rfile.read(size)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    return Handler
