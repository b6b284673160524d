"""mail_page - what the mail catcher kept, in a browser: for `make run` alone,
so that who tries Koshin out there reads his codes there as well.

    with mail_page.served(s.maildir, port) as url: ...

The newest mail comes first, each as text, whatever is in it. Of itself the page
says nothing that would have to be in a language. It is of loopback, over HTTP;
Koshin knows nothing of it, and `make install` leaves it where it is.
"""

import base64
import contextlib
import hashlib
import html
import http.server
import re
import threading

import maildir

ADDRESS = "127.0.0.1"
NEWEST = 50
POLL_S = 0.1  # how long its end may take
CODE = re.compile(r"^[0-9]{6}$", re.M)
STYLE = """
:root { color-scheme: light dark; background: Canvas; color: CanvasText; }
body { margin: 2rem auto; max-width: 44rem; padding: 0 1rem;
	font: 1rem/1.6 system-ui, sans-serif; overflow-wrap: anywhere; }
article { border: 1px solid #8888; border-radius: .5rem; margin: 1rem 0;
	padding: .5rem 1.25rem; }
h2 { font-size: 1.125rem; margin: .5rem 0 0; }
.who { margin: 0; opacity: .75; }
pre { font: inherit; white-space: pre-wrap; }
strong { font: 2rem/1.4 ui-monospace, monospace; letter-spacing: .15em; }
"""
# Asks by itself whether there is a newer one.
SCRIPT = """
const newest = document.documentElement.dataset.newest;
setInterval(async () => {
	const now = await fetch("/newest").then(a => a.text(), () => newest);
	if (now !== newest)
		location.reload();
}, 1000);
"""
PAGE = """<!doctype html>
<html lang="mul" data-newest="{newest}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{count} \N{ENVELOPE}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{count} \N{ENVELOPE}</h1>
{mails}
</main>
<script>{script}</script>
</body>
</html>
"""
MAIL = """<article>
<h2>{subject}</h2>
<p class="who">{to} \N{MIDDLE DOT} {date}</p>
<pre>{text}</pre>
</article>
"""


def _digest(text):
    made = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{made}'"


FIELDS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src {_digest(STYLE)}; "
        f"script-src {_digest(SCRIPT)}; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def _text(mail):
    """What another program has sent may have no text, or HTML: that is shown
    as it was written."""
    body = mail.get_body(preferencelist=("plain", "html"))
    try:
        text = body.get_content() if body is not None else ""
    except (LookupError, ValueError):  # a character set that nobody knows
        text = ""
    return html.escape(text.replace("\r\n", "\n").rstrip())


def _mail(mail):
    return MAIL.format(
        subject=html.escape(str(mail["Subject"])),
        to=html.escape(", ".join(mail.get_all("Delivered-To", []))),
        date=html.escape(str(mail["Date"])),
        text=CODE.sub(r"<strong>\g<0></strong>", _text(mail)),
    )


def page(folder):
    """The whole of it, of that Maildir."""
    names = maildir.names(folder)
    after = names[-NEWEST - 1] if len(names) > NEWEST else ""
    mails = [_mail(mail) for mail in maildir.mails(folder, after=after)]
    return PAGE.format(
        newest=html.escape(maildir.mark(folder)), count=len(names),
        style=STYLE, script=SCRIPT, mails="".join(reversed(mails)),
    )  # fmt: skip


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder, port):
        super().__init__((ADDRESS, port), _Handler)
        self.folder = folder
        self.hosts = [f"{h}:{self.server_port}" for h in ("localhost", ADDRESS)]


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        # Pages of others reach loopback by names of theirs.
        if self.headers["Host"] not in self.server.hosts:
            self._answer(421, "text/plain", "")
        elif self.path == "/":
            self._answer(200, "text/html", page(self.server.folder))
        elif self.path == "/newest":
            self._answer(200, "text/plain", maildir.mark(self.server.folder))
        else:
            self._answer(404, "text/plain", "")

    def _answer(self, status, kind, text):
        body = text.encode(errors="replace")
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in FIELDS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """The terminal is for Koshin's log."""


@contextlib.contextmanager
def served(folder, port):
    """Its URL; port 0 is any that is free."""
    with _Server(folder, port) as server:
        thread = threading.Thread(
            target=server.serve_forever, args=(POLL_S,), daemon=True
        )
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
